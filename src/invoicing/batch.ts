/** What billing many subscriptions needs to know, loaded with a constant number of statements, and looked up from memory. */
import { Array as Arr, Context, Effect, Layer } from "effect"
import { type Customer, type Issuer, issuerOf } from "../accounts/index.js"
import type { PlanNotFound } from "../catalog/index.js"
import { type PlanRef, PlanTerms, type TaxLookup, TaxTable, type TermsLookup, type VersionTerms } from "../catalog/index.js"
import type { CurrentOrganization, StorageError } from "../core/index.js"
import type { GrantFacts, GrantSubject } from "../entitlements/index.js"
import {
  type BilledPeriod,
  type ClosedWindow,
  type ScheduleState,
  type Subscription,
  type SubscriptionRef,
  scheduleOf,
  waitingRef
} from "../subscriptions/index.js"
import { type FoundRows, type Surroundings, SurroundingsStore } from "./surroundings.js"

/** Lookups over what was loaded for a batch of subscriptions. */
export interface Batch {
  readonly customerOf: (row: Subscription) => Customer
  /** `named` on the document itself, or else the subscription's. */
  readonly issuerOf: (row: Subscription, named?: string | null) => Issuer
  readonly termsOf: (row: Subscription) => VersionTerms
  readonly terms: TermsLookup
  readonly scheduleOf: (row: Subscription) => ScheduleState
  readonly taxes: TaxLookup
  /** Its closed windows from the first late event on that was not corrected yet, oldest first; null where none came late. */
  readonly lateOf: (row: Subscription) => ReadonlyArray<ClosedWindow> | null
  /** All subscriptions of a row's customer, oldest first; what was closed of each only where there are several. */
  readonly familyOf: (row: Subscription) => ReadonlyArray<FamilyMember>
  /** Whether it has ever crossed a usage threshold: only then can something be billed ahead. */
  readonly hasCrossed: (row: Subscription) => boolean
}

/** A subscription, and its windows that were closed so far. */
export interface FamilyMember {
  readonly row: Subscription
  readonly closed: ReadonlyArray<BilledPeriod>
}

/** A batch as a document sees it that names its issuer. */
export const issuedBy = (batch: Batch, named: string | null): Batch =>
  named === null ? batch : { ...batch, issuerOf: (row) => batch.issuerOf(row, named) }

const refOf = (row: Subscription): PlanRef => ({ plan_id: row.plan_id, version: row.plan_version })

/** The versions of plans that a record of a billed stretch names. */
export const refsOfBilled = (period: BilledPeriod): ReadonlyArray<PlanRef> => [
  { plan_id: period.plan_id, version: period.plan_version },
  ...(period.next_plan_id === null || period.next_plan_version === null
    ? []
    : [{ plan_id: period.next_plan_id, version: period.next_plan_version }])
]

const unique = (values: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set(values)]

/** What a batch knows before its taxes: all that reads of usage need. */
export type UntaxedBatch = Omit<Batch, "taxes">

const termsNamed = (rows: ReadonlyArray<Subscription>, { closed, family, reopened }: Surroundings): ReadonlyArray<PlanRef> => {
  // Only where a customer has several subscriptions does it matter which plan was in force when.
  const shared = Object.values(Arr.groupBy(family, (row) => row.customer_id)).filter((members) => members.length > 1)
  return [
    ...[...rows, ...shared.flat()].map(refOf),
    ...rows.flatMap((row) => waitingRef(row) ?? []),
    ...[...closed, ...reopened].flatMap(refsOfBilled)
  ]
}

const lookups = (surroundings: Surroundings, terms: TermsLookup, refs: ReadonlyArray<PlanRef>): UntaxedBatch => {
  const { issuers } = surroundings
  const customers = new Map(surroundings.customers.map((customer) => [customer.id as string, customer]))
  const families = Arr.groupBy(surroundings.family, (row) => row.customer_id)
  const closed = Arr.groupBy(surroundings.closed, (period) => period.subscription_id)
  const reopened = Arr.groupBy(surroundings.reopened, (window) => window.subscription_id)
  const pauses = Arr.groupBy(surroundings.pauses, (pause) => pause.subscription_id)
  const late = new Set(surroundings.late.map((one) => one.subscription_id))
  const intervals = new Map(refs.map((ref) => [ref.plan_id, terms(ref).plan.interval]))
  const customerOf = (row: Subscription): Customer => customers.get(row.customer_id)!
  return {
    customerOf,
    issuerOf: (row, named = null) =>
      issuerOf(issuers, { invoice: named, subscription: row.billing_entity_id, customer: customerOf(row).billing_entity_id }),
    terms,
    termsOf: (row) => terms(refOf(row)),
    scheduleOf: (row) =>
      scheduleOf(row, {
        intervalOf: (plan_id) => intervals.get(plan_id)!,
        timezone: customerOf(row).timezone,
        pauses: pauses[row.id] ?? []
      }),
    lateOf: (row) => (late.has(row.id) ? (reopened[row.id] ?? []) : null),
    familyOf: (row) => (families[row.customer_id] ?? [row]).map((sibling) => ({ row: sibling, closed: closed[sibling.id] ?? [] })),
    hasCrossed: (row) => surroundings.crossed.has(row.id)
  }
}

/** Subscriptions that were asked by name, with their batch. */
export interface FoundBatch {
  readonly rows: ReadonlyArray<Subscription>
  readonly batch: UntaxedBatch
}

/** Loads batches. */
export class Batches extends Context.Tag("billwright/Batches")<
  Batches,
  {
    /** `more` names plan versions beyond the subscriptions' own: those of windows that are priced again. */
    readonly load: (
      rows: ReadonlyArray<Subscription>,
      more?: ReadonlyArray<PlanRef>
    ) => Effect.Effect<Batch, StorageError | PlanNotFound, CurrentOrganization>
    /** The same without taxes. */
    readonly untaxed: (rows: ReadonlyArray<Subscription>) => Effect.Effect<UntaxedBatch, StorageError | PlanNotFound, CurrentOrganization>
    /** The same of one that is asked by name; undefined where there is none. */
    readonly find: (ref: SubscriptionRef) => Effect.Effect<FoundBatch | undefined, StorageError | PlanNotFound, CurrentOrganization>
    /** The same of a subject's subscriptions, with what a feature grants to them. */
    readonly granted: (
      subject: GrantSubject,
      feature_code: string
    ) => Effect.Effect<
      { readonly facts: GrantFacts; readonly found: FoundBatch | undefined },
      StorageError | PlanNotFound,
      CurrentOrganization
    >
  }
>() {
  static readonly layer: Layer.Layer<Batches, never, SurroundingsStore | PlanTerms | TaxTable> = Layer.effect(
    Batches,
    Effect.gen(function* () {
      const store = yield* SurroundingsStore
      const planTerms = yield* PlanTerms
      const taxTable = yield* TaxTable

      const complete = (surroundings: Surroundings, refs: ReadonlyArray<PlanRef>, known: ReadonlyArray<VersionTerms> = []) =>
        Effect.map(planTerms.load(refs, known), (terms) => lookups(surroundings, terms, refs))

      const batchOf = ({ rows, surroundings, versions }: FoundRows) =>
        Effect.map(complete(surroundings, termsNamed(rows, surroundings), versions), (batch): FoundBatch => ({ rows, batch }))

      return Batches.of({
        load: Effect.fn("Batches.load")(function* (rows, more = []) {
          const surroundings = yield* store.load(rows)
          const refs = [...termsNamed(rows, surroundings), ...more]
          const untaxed = yield* complete(surroundings, refs)
          const used = [...new Map(refs.map((ref) => [`${ref.plan_id} ${ref.version}`, untaxed.terms(ref)])).values()]
          const taxes = yield* taxTable.load({
            customer_ids: unique(rows.map((row) => row.customer_id)),
            plan_ids: unique(used.map((version) => version.plan_id)),
            charge_ids: unique(used.flatMap((version) => version.charges.map(({ charge }) => charge.id))),
            commitment_ids: unique(used.flatMap(({ commitment }) => (commitment === null ? [] : [commitment.id]))),
            billing_entity_ids: surroundings.issuers.billing_entities.map((entity) => entity.id)
          })
          return { ...untaxed, taxes }
        }),

        untaxed: Effect.fn("Batches.untaxed")(function* (rows) {
          const surroundings = yield* store.load(rows)
          return yield* complete(surroundings, termsNamed(rows, surroundings))
        }),

        find: Effect.fnUntraced(function* (ref) {
          const found = yield* store.find(ref)
          return found && (yield* batchOf(found))
        }),

        granted: Effect.fnUntraced(function* (subject, feature_code) {
          const { facts, found } = yield* store.granted(subject, feature_code)
          return { facts, found: found && (yield* batchOf(found)) }
        })
      })
    })
  )
}
