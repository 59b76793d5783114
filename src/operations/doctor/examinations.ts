/** What the doctor looks at, part by part: what a part says follows from the rows that it reads, and from nothing else but the time. */
import { Array as Arr, Context, DateTime, Effect, Layer } from "effect"
import { type PlanNotFound, PlanTerms } from "../../catalog/index.js"
import { type CurrentOrganization, instant, type StorageError } from "../../core/index.js"
import { UsageWindows } from "../../invoicing/index.js"
import { eachMetric, examineSlots, MetricStore, SlotStore, UsageStore } from "../../metering/index.js"
import { TemplateStore } from "../../notifications/index.js"
import { AdvanceStore } from "../../rating/index.js"
import { SubscriptionStore } from "../../subscriptions/index.js"
import { DailyUsageStore, examineDays } from "../../usage/index.js"
import { readChain } from "../audit/audit-trail.js"
import { AuditStore } from "../audit/store.js"
import { checkAdvance, checkTaken, queriesOf } from "./advance.js"
import { checkApplication } from "./coupons.js"
import { checkDocument } from "./document.js"
import { checkEntitlement } from "./entitlements.js"
import { checkIntegration } from "./integrations.js"
import { examineLedger } from "./ledger.js"
import { checkNote } from "./notes.js"
import { checkSeries } from "./numbers.js"
import { checkCharge, checkPayment, checkRequest } from "./payments.js"
import { checkAhead } from "./progressive.js"
import { checkDay, checkSlot } from "./slots.js"
import { DoctorStore } from "./store.js"
import { checkTemplate } from "./templates.js"
import { checkUsage, expectations } from "./usage.js"
import type { Violation } from "./violation.js"
import { checkWallet } from "./wallets.js"
import { checkWebhook } from "./webhooks.js"
import { checkWindows } from "./windows.js"

type Looked<A> = Effect.Effect<A, StorageError | PlanNotFound, CurrentOrganization>

/** What a part looked at, and what does not hold. */
export interface Findings {
  readonly invoices: number
  readonly fees: number
  readonly subscriptions: number
  readonly violations: ReadonlyArray<Violation>
}

/** One part of what the doctor looks at; all of them, in one state of the database, are the doctor. */
export interface Examination {
  readonly name: string
  readonly examine: Looked<Findings>
}

const PAGE = 500

/** A call of an outside system, its worker's lease included, is over long before. */
const LONGEST_CALL_HOURS = 2

/** No window begins earlier, none later. */
const EARLIEST = instant(0)
const EVER = instant(Date.UTC(9999, 11, 31))

type ReadPage<A> = (after: string | null, limit: number) => Effect.Effect<ReadonlyArray<A>, StorageError, CurrentOrganization>

/** Reads page after page by id until one is not full. */
const eachPage = <A extends { readonly id: string }>(
  read: ReadPage<A>,
  use: (rows: ReadonlyArray<A>) => Looked<ReadonlyArray<Violation>>
) =>
  Effect.gen(function* () {
    const violations: Array<Violation> = []
    let after: string | null = null
    while (true) {
      const rows: ReadonlyArray<A> = yield* read(after, PAGE)
      violations.push(...(yield* use(rows)))
      if (rows.length < PAGE) return violations
      after = rows[rows.length - 1]!.id
    }
  })

/** Every row of a page by itself. */
const eachRow = <A extends { readonly id: string }>(read: ReadPage<A>, check: (row: A) => ReadonlyArray<Violation>) =>
  eachPage(read, (rows) => Effect.succeed(rows.flatMap(check)))

const part = (name: string, examine: Looked<ReadonlyArray<Violation>>): Examination => ({
  name,
  examine: Effect.map(examine, (violations) => ({ invoices: 0, fees: 0, subscriptions: 0, violations }))
})

const examinations = Effect.gen(function* () {
  const store = yield* DoctorStore
  const templates = yield* TemplateStore
  const audit = yield* AuditStore
  const subscriptions = yield* SubscriptionStore
  const planTerms = yield* PlanTerms
  const metrics = yield* MetricStore
  const slots = yield* SlotStore
  const advance = yield* AdvanceStore
  const usage = yield* UsageStore
  const daily = yield* DailyUsageStore
  const windows = yield* UsageWindows

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

  const documents: Examination = {
    name: "documents",
    examine: Effect.gen(function* () {
      const seen = { invoices: 0, fees: 0 }
      const violations = yield* eachPage(store.documents, (documents) =>
        Effect.sync(() => {
          seen.invoices += documents.length
          for (const { fees } of documents) seen.fees += fees.length
          return documents.flatMap(checkDocument)
        })
      )
      return { ...seen, subscriptions: 0, violations }
    })
  }

  const lives: Examination = {
    name: "lives",
    examine: Effect.gen(function* () {
      let seen = 0
      const violations = yield* eachPage(store.lives, (lives) =>
        Effect.sync(() => {
          seen += lives.length
          return lives.flatMap(checkWindows)
        })
      )
      return { invoices: 0, fees: 0, subscriptions: seen, violations }
    })
  }

  const soundness = Effect.map(store.unsound, (rows) =>
    rows.map(({ figures, id, table }): Violation => ({ code: "M9", table, id, reason: figures }))
  )
  const integrations = Effect.gen(function* () {
    const before = DateTime.subtract(yield* DateTime.now, { hours: LONGEST_CALL_HOURS })
    return (yield* store.integrations(before)).flatMap(checkIntegration)
  })
  const sources = Effect.map(store.unsourced, (rows) =>
    rows.map(
      ({ id, source_id }): Violation => ({ code: "M7", table: "invoice_settlements", id, reason: `there is no payment ${source_id}` })
    )
  )
  const slotted = Effect.gen(function* () {
    const violations: Array<Violation> = []
    yield* eachMetric(metrics, (metric) =>
      Effect.map(examineSlots(slots, metric), (wrong) => void violations.push(...wrong.map(checkSlot)))
    )
    return violations
  })
  const noteTaxes = Effect.map(store.mistaxedNotes, (rows) =>
    rows.map(({ id }): Violation => ({ code: "M2", table: "credit_notes", id, reason: "taxes_amount_cents is not the sum of its taxes" }))
  )
  const addOns = Effect.map(store.unbilledAddOns, (rows) =>
    rows.map(
      ({ id }): Violation => ({
        code: "M2",
        table: "applied_add_ons",
        id,
        reason: "its invoice has no fee of its amount and currency"
      })
    )
  )
  const days = eachPage(daily.settled, (rows) =>
    Effect.map(examineDays({ metrics, subscriptions, usage, windows }, rows), (wrong) => wrong.map(checkDay))
  )
  const chain = Effect.map(readChain(audit), ({ broken }) => broken.map((row): Violation => ({ code: "A1", ...row })))

  return [
    part("soundness", soundness),
    documents,
    lives,
    part("applications", eachRow(store.applications, checkApplication)),
    part("entitlements", eachRow(store.entitlements, checkEntitlement)),
    part("notes", eachRow(store.notes, checkNote)),
    part("wallets", eachRow(store.wallets, checkWallet)),
    part("usage", eachPage(store.customers, usageOf)),
    part("payments", eachRow(store.payments, checkPayment)),
    part("charges", eachRow(store.charges, checkCharge)),
    part("requests", eachRow(store.requests, checkRequest)),
    part("ahead", eachRow(store.ahead, checkAhead)),
    part("webhooks", eachRow(store.webhooks, checkWebhook)),
    part("integrations", integrations),
    part("sources", sources),
    part("slots", slotted),
    part("note taxes", noteTaxes),
    part("add-ons", addOns),
    part("days", days),
    part("ledger", examineLedger(store.booked)),
    part("field", store.field),
    part("messages", store.messages),
    part("taxations", store.taxations),
    part(
      "templates",
      Effect.map(templates.list({}), (all) => all.flatMap(checkTemplate))
    ),
    part(
      "series",
      Effect.map(store.series, (all) => all.flatMap(checkSeries))
    ),
    part("audit", chain)
  ] as ReadonlyArray<Examination>
})

/** The parts, in the order in which the doctor tells what they found. */
export class Examinations extends Context.Tag("billwright/Examinations")<Examinations, ReadonlyArray<Examination>>() {
  static readonly layer: Layer.Layer<Examinations, never, Effect.Effect.Context<typeof examinations>> = Layer.effect(
    Examinations,
    examinations
  )
}
