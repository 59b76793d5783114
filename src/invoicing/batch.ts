/** What billing many subscriptions needs to know, loaded with a constant number of statements, and looked up from memory. */
import { Array as Arr, Context, Effect, Layer } from "effect"
import { BillingEntityStore, type Customer, CustomerStore, type Issuer, issuerOf, OrganizationStore } from "../accounts/index.js"
import type { PlanNotFound } from "../catalog/index.js"
import { type PlanRef, PlanTerms, type TaxLookup, TaxTable, type TermsLookup, type VersionTerms } from "../catalog/index.js"
import type { CurrentOrganization, StorageError } from "../core/index.js"
import {
  type BilledPeriod,
  type ClosedWindow,
  type ScheduleState,
  type Subscription,
  SubscriptionStore,
  scheduleOf,
  waitingRef
} from "../subscriptions/index.js"

/** Lookups over what was loaded for a batch of subscriptions. */
export interface Batch {
  readonly customerOf: (row: Subscription) => Customer
  readonly issuerOf: (row: Subscription) => Issuer
  readonly termsOf: (row: Subscription) => VersionTerms
  readonly terms: TermsLookup
  readonly scheduleOf: (row: Subscription) => ScheduleState
  readonly taxes: TaxLookup
  /** Its closed windows from the first late event on that was not corrected yet, oldest first; null where none came late. */
  readonly lateOf: (row: Subscription) => ReadonlyArray<ClosedWindow> | null
  /** All subscriptions of a row's customer, oldest first; what was closed of each only where there are several. */
  readonly familyOf: (row: Subscription) => ReadonlyArray<FamilyMember>
}

/** A subscription, and its windows that were closed so far. */
export interface FamilyMember {
  readonly row: Subscription
  readonly closed: ReadonlyArray<BilledPeriod>
}

const refOf = (row: Subscription): PlanRef => ({ plan_id: row.plan_id, version: row.plan_version })

/** The versions of plans that a record of a billed stretch names. */
export const refsOfBilled = (period: BilledPeriod): ReadonlyArray<PlanRef> => [
  { plan_id: period.plan_id, version: period.plan_version },
  ...(period.next_plan_id === null || period.next_plan_version === null
    ? []
    : [{ plan_id: period.next_plan_id, version: period.next_plan_version }])
]

const unique = (values: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set(values)]

/** Loads batches. */
export class Batches extends Context.Tag("billwright/Batches")<
  Batches,
  {
    /** `more` names plan versions beyond the subscriptions' own: those of windows that are priced again. */
    readonly load: (
      rows: ReadonlyArray<Subscription>,
      more?: ReadonlyArray<PlanRef>
    ) => Effect.Effect<Batch, StorageError | PlanNotFound, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<
    Batches,
    never,
    SubscriptionStore | CustomerStore | OrganizationStore | BillingEntityStore | PlanTerms | TaxTable
  > = Layer.effect(
    Batches,
    Effect.gen(function* () {
      const subscriptions = yield* SubscriptionStore
      const customers = yield* CustomerStore
      const organizations = yield* OrganizationStore
      const entities = yield* BillingEntityStore
      const planTerms = yield* PlanTerms
      const taxTable = yield* TaxTable

      const load = Effect.fn("Batches.load")(function* (rows: ReadonlyArray<Subscription>, more: ReadonlyArray<PlanRef> = []) {
        const customer_ids = unique(rows.map((row) => row.customer_id))
        const known = new Map((yield* customers.load(customer_ids)).map((customer) => [customer.id as string, customer]))
        const organization = yield* organizations.current
        if (organization === undefined) return yield* Effect.dieMessage("subscriptions without their organization")
        const issuers = { organization, billing_entities: yield* entities.all }
        const family = yield* subscriptions.ofCustomers(customer_ids)
        const families = Arr.groupBy(family, (row) => row.customer_id)
        // Only where a customer has several subscriptions does it matter which plan was in force when.
        const shared = family.filter((row) => families[row.customer_id]!.length > 1)
        const closed = Arr.groupBy(
          shared.length === 0 ? [] : (yield* subscriptions.billed(shared.map((row) => row.id))).filter((period) => period.kind === "usage"),
          (period) => period.subscription_id
        )
        const late = yield* subscriptions.lateUsage(rows.map((row) => row.id))
        const reopened = Arr.groupBy(yield* subscriptions.closedSince(late), (window) => window.subscription_id)
        const lateIds = new Set(late.map((one) => one.subscription_id))
        const pauses = Arr.groupBy(yield* subscriptions.pauses(rows.map((row) => row.id)), (pause) => pause.subscription_id)
        const refs: ReadonlyArray<PlanRef> = [
          ...[...rows, ...shared].map(refOf),
          ...rows.flatMap((row) => waitingRef(row) ?? []),
          ...[...Object.values(closed), ...Object.values(reopened)].flat().flatMap(refsOfBilled),
          ...more
        ]
        const terms = yield* planTerms.load(refs)
        const used = [...new Map(refs.map((ref) => [`${ref.plan_id} ${ref.version}`, terms(ref)])).values()]
        const intervals = new Map(used.map(({ plan }) => [plan.id as string, plan.interval]))
        const taxes = yield* taxTable.load({
          customer_ids,
          plan_ids: unique(used.map((version) => version.plan_id)),
          charge_ids: unique(used.flatMap((version) => version.charges.map(({ charge }) => charge.id))),
          commitment_ids: unique(used.flatMap(({ commitment }) => (commitment === null ? [] : [commitment.id]))),
          billing_entity_ids: issuers.billing_entities.map((entity) => entity.id)
        })
        const customerOf = (row: Subscription): Customer => known.get(row.customer_id)!
        const batch: Batch = {
          customerOf,
          issuerOf: (row) => issuerOf(issuers, { subscription: row.billing_entity_id, customer: customerOf(row).billing_entity_id }),
          terms,
          termsOf: (row) => terms(refOf(row)),
          scheduleOf: (row) =>
            scheduleOf(row, {
              intervalOf: (plan_id) => intervals.get(plan_id)!,
              timezone: customerOf(row).timezone,
              pauses: pauses[row.id] ?? []
            }),
          taxes,
          lateOf: (row) => (lateIds.has(row.id) ? (reopened[row.id] ?? []) : null),
          familyOf: (row) => (families[row.customer_id] ?? [row]).map((sibling) => ({ row: sibling, closed: closed[sibling.id] ?? [] }))
        }
        return batch
      })
      return Batches.of({ load })
    })
  )
}
