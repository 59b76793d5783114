/** The doctor: one oracle for the invariants of reliability.md over a database; tests run it, and hosts in production. */
import { Array as Arr, Context, Effect, Layer } from "effect"
import { type PlanNotFound, PlanTerms } from "../../catalog/index.js"
import { type CurrentOrganization, instant, type StorageError, Transactor } from "../../core/index.js"
import { UsageWindows } from "../../invoicing/index.js"
import { eachMetric, examineSlots, MetricStore, SlotStore, UsageStore } from "../../metering/index.js"
import { AdvanceStore } from "../../rating/index.js"
import { SubscriptionStore } from "../../subscriptions/index.js"
import { DailyUsageStore, examineDays } from "../../usage/index.js"
import { readChain } from "../audit/audit-trail.js"
import { AuditStore } from "../audit/store.js"
import { checkAdvance, checkTaken, queriesOf } from "./advance.js"
import { checkApplication } from "./coupons.js"
import { checkDocument } from "./document.js"
import { checkEntitlement } from "./entitlements.js"
import { examineLedger } from "./ledger.js"
import { checkNote } from "./notes.js"
import { checkSeries } from "./numbers.js"
import { checkCharge, checkPayment, checkRequest } from "./payments.js"
import { checkAhead } from "./progressive.js"
import { checkDay, checkSlot } from "./slots.js"
import { DoctorStore } from "./store.js"
import { checkUsage, expectations } from "./usage.js"
import type { Violation } from "./violation.js"
import { checkWallet } from "./wallets.js"
import { checkWebhook } from "./webhooks.js"
import { checkWindows } from "./windows.js"

/** What was looked at, and what does not hold. */
export interface DoctorReport {
  readonly invoices: number
  readonly fees: number
  readonly subscriptions: number
  readonly violations: ReadonlyArray<Violation>
}

export interface DoctorShape {
  /**
   * Checks every invariant over the current organization, in one state of the database. Reads in pages; changes nothing.
   *
   * Fails with `StorageError`, or `PlanNotFound` where a version of a plan is gone.
   */
  readonly check: () => Effect.Effect<DoctorReport, StorageError | PlanNotFound, CurrentOrganization>
}

const PAGE = 500

/** No window begins earlier, none later. */
const EARLIEST = instant(0)
const EVER = instant(Date.UTC(9999, 11, 31))

/** Reads page after page by id until one is not full. */
const eachPage = <A extends { readonly id: string }, E>(
  read: (after: string | null, limit: number) => Effect.Effect<ReadonlyArray<A>, StorageError, CurrentOrganization>,
  use: (rows: ReadonlyArray<A>) => Effect.Effect<void, E, CurrentOrganization>
) =>
  Effect.gen(function* () {
    let after: string | null = null
    while (true) {
      const rows: ReadonlyArray<A> = yield* read(after, PAGE)
      yield* use(rows)
      if (rows.length < PAGE) return
      after = rows[rows.length - 1]!.id
    }
  })

type Needs =
  | DoctorStore
  | AuditStore
  | AdvanceStore
  | SubscriptionStore
  | MetricStore
  | SlotStore
  | UsageStore
  | DailyUsageStore
  | UsageWindows
  | PlanTerms
  | Transactor

export class Doctor extends Context.Tag("billwright/Doctor")<Doctor, DoctorShape>() {
  static readonly layer: Layer.Layer<Doctor, never, Needs> = Layer.effect(
    Doctor,
    Effect.gen(function* () {
      const store = yield* DoctorStore
      const audit = yield* AuditStore
      const subscriptions = yield* SubscriptionStore
      const planTerms = yield* PlanTerms
      const metrics = yield* MetricStore
      const slots = yield* SlotStore
      const advance = yield* AdvanceStore
      const usage = yield* UsageStore
      const daily = yield* DailyUsageStore
      const windows = yield* UsageWindows
      const { snapshot } = yield* Transactor

      /** The usage of some customers, in arrears and in advance, with a constant number of statements. */
      const usageOf = Effect.fnUntraced(function* (customers: ReadonlyArray<{ readonly id: string; readonly external_id: string }>) {
        const rows = yield* subscriptions.ofCustomers(customers.map(({ id }) => id))
        if (rows.length === 0) return []
        const subscription_ids = rows.map(({ id }) => id)
        const closed = yield* subscriptions.closedSince(subscription_ids.map((subscription_id) => ({ subscription_id, since: EARLIEST })))
        const waiting = rows.flatMap(({ previous_plan_id: plan_id, previous_plan_version: plan_version }) =>
          plan_id === null || plan_version === null ? [] : [{ plan_id, plan_version }]
        )
        const terms = yield* planTerms.load(
          [...rows, ...waiting, ...closed].map(({ plan_id, plan_version: version }) => ({ plan_id, version }))
        )
        const invoices = new Set(closed.flatMap(({ invoice_id }) => (invoice_id === null ? [] : [invoice_id])))
        const counts = new Map((yield* store.feeCounts([...invoices])).map((one) => [one.invoice_id, one]))
        const windowsRead = subscription_ids.map((subscription_id) => ({ subscription_id, from: EARLIEST, to: EVER }))
        const lines = Arr.groupBy(yield* advance.ofWindows(windowsRead), (line) => line.subscription_id)
        const fees = Arr.groupBy(yield* store.eventFees(subscription_ids), (fee) => fee.subscription_id)
        const rowsOf = Arr.groupBy(rows, (row) => row.customer_id)
        const closedOf = Arr.groupBy(closed, (window) => window.subscription_id)
        const found = customers.map(({ external_id, id }) => {
          const lives = (rowsOf[id] ?? []).map((row) => ({
            row,
            closed: closedOf[row.id] ?? [],
            lines: lines[row.id] ?? [],
            fees: fees[row.id] ?? []
          }))
          return { arrears: expectations(external_id, lives, terms, counts), advance: checkAdvance(external_id, lives, terms) }
        })
        const arrears = found.flatMap((each) => each.arrears)
        const asked = found.flatMap((each) => each.advance.asked)
        const counted = yield* store.countEvents([...arrears.map(({ query }) => query), ...queriesOf(asked)])
        return [
          ...checkUsage(arrears, counted.slice(0, arrears.length)),
          ...found.flatMap((each) => each.advance.violations),
          ...checkTaken(asked, counted.slice(arrears.length))
        ]
      })

      const examine = Effect.gen(function* () {
        const violations: Array<Violation> = []
        const seen = { invoices: 0, fees: 0, subscriptions: 0 }
        for (const { figures, id, table } of yield* store.unsound) violations.push({ code: "M9", table, id, reason: figures })
        yield* eachPage(store.documents, (documents) =>
          Effect.sync(() => {
            seen.invoices += documents.length
            for (const document of documents) {
              seen.fees += document.fees.length
              violations.push(...checkDocument(document))
            }
          })
        )
        yield* eachPage(store.lives, (lives) =>
          Effect.sync(() => {
            seen.subscriptions += lives.length
            for (const life of lives) violations.push(...checkWindows(life))
          })
        )
        yield* eachPage(store.applications, (applications) =>
          Effect.sync(() => void violations.push(...applications.flatMap(checkApplication)))
        )
        yield* eachPage(store.entitlements, (entitlements) =>
          Effect.sync(() => void violations.push(...entitlements.flatMap(checkEntitlement)))
        )
        yield* eachPage(store.notes, (notes) => Effect.sync(() => void violations.push(...notes.flatMap(checkNote))))
        yield* eachPage(store.wallets, (wallets) => Effect.sync(() => void violations.push(...wallets.flatMap(checkWallet))))
        yield* eachPage(store.customers, (customers) => Effect.map(usageOf(customers), (found) => void violations.push(...found)))
        yield* eachPage(store.payments, (payments) => Effect.sync(() => void violations.push(...payments.flatMap(checkPayment))))
        yield* eachPage(store.charges, (charges) => Effect.sync(() => void violations.push(...charges.flatMap(checkCharge))))
        yield* eachPage(store.requests, (requests) => Effect.sync(() => void violations.push(...requests.flatMap(checkRequest))))
        yield* eachPage(store.ahead, (ahead) => Effect.sync(() => void violations.push(...ahead.flatMap(checkAhead))))
        yield* eachPage(store.webhooks, (webhooks) => Effect.sync(() => void violations.push(...webhooks.flatMap(checkWebhook))))
        for (const { id, source_id } of yield* store.unsourced) {
          violations.push({ code: "M7", table: "invoice_settlements", id, reason: `there is no payment ${source_id}` })
        }
        yield* eachMetric(metrics, (metric) =>
          Effect.map(examineSlots(slots, metric), (wrong) => void violations.push(...wrong.map(checkSlot)))
        )
        for (const { id } of yield* store.mistaxedNotes) {
          violations.push({ code: "M2", table: "credit_notes", id, reason: "taxes_amount_cents is not the sum of its taxes" })
        }
        for (const { id } of yield* store.unbilledAddOns) {
          violations.push({ code: "M2", table: "applied_add_ons", id, reason: "its invoice has no fee of its amount and currency" })
        }
        yield* eachPage(daily.settled, (rows) =>
          Effect.map(examineDays({ metrics, subscriptions, usage, windows }, rows), (wrong) => void violations.push(...wrong.map(checkDay)))
        )
        violations.push(...(yield* examineLedger(store.booked)))
        violations.push(...(yield* store.field))
        for (const series of yield* store.series) violations.push(...checkSeries(series))
        const { broken } = yield* readChain(audit)
        violations.push(...broken.map((row): Violation => ({ code: "A1", ...row })))
        return { ...seen, violations }
      })

      return Doctor.of({
        check: Effect.fn("Doctor.check")(function* () {
          return yield* snapshot(examine)
        })
      })
    })
  )
}
