/** Random sequences of commands on an engine against the reference model, with the doctor after every command. */
import { Cause, DateTime, Effect } from "effect"
import fc from "fast-check"
import { testClock } from "../../adapters/testing/index.js"
import { BillingEntities, Customers, Organizations } from "../../src/accounts/index.js"
import { Plans, Taxes } from "../../src/catalog/index.js"
import { CurrentOrganization } from "../../src/core/index.js"
import { Coupons } from "../../src/credits/index.js"
import { Billing, CreditNotes, Invoices, UsageThresholds } from "../../src/invoicing/index.js"
import { Metrics } from "../../src/metering/index.js"
import { Doctor } from "../../src/operations/index.js"
import { Subscriptions } from "../../src/subscriptions/index.js"
import type { Engine } from "../conformance/timeline/engines.js"
import { hostOn } from "../conformance/timeline/host.js"
import { type Command, command, performCommand, type Run, Surprise } from "./commands.js"
import { asOf, crossingKey, emptyModel, PING, PLANS, type PlanCode, usagePrice, windowsOf } from "./reference.js"

const START = Date.UTC(2025, 0, 9, 10, 30)
const DAY = 86_400_000
const ALL = { limit: 1000, order_by: "created_at:asc" } as const

/** Commands of a sequence; each has an organization of its own. */
const LENGTH = 40

const setUp = (grace: number) =>
  Effect.gen(function* () {
    const organization = yield* (yield* Organizations).create({ name: "Organization", default_currency: "EUR" })
    const parts = Effect.gen(function* () {
      yield* (yield* BillingEntities).create({ code: "e", name: "E", invoice_prefix: "INV", invoice_grace_period: grace })
      yield* (yield* Taxes).create({ code: "vat", name: "VAT", rate: "0.19", applied_to_organization: true })
      yield* (yield* Customers).create({ external_id: "c", name: "C", currency: "EUR" })
      const metrics = yield* Metrics
      yield* metrics.create({ code: "units", name: "Units", aggregation_type: "sum", field_name: "value" })
      yield* metrics.create({ code: "seats", name: "Seats", aggregation_type: "latest", field_name: "value", recurring: true })
      yield* metrics.create({ code: "pings", name: "Pings", aggregation_type: "count" })
      for (const [code, { base, seats, units }] of Object.entries(PLANS)) {
        yield* (yield* Plans).create({
          code,
          name: code,
          interval: "monthly",
          amount_cents: BigInt(base),
          commitment: code === "large" ? { amount_cents: "3000" } : null,
          charges: [
            { metric_code: "units", charge_model: "standard", properties: { amount: `0.${`${units}`.padStart(2, "0")}` } },
            { metric_code: "seats", charge_model: "standard", properties: { amount: `${seats / 100}` } },
            { metric_code: "pings", charge_model: "standard", properties: { amount: `0.0${PING}` }, pay_in_advance: true }
          ]
        })
      }
      const coupons = yield* Coupons
      yield* coupons.create({ code: "tenth", name: "Tenth", coupon_type: "percentage", percentage_rate: "10", frequency: "forever" })
      yield* coupons.create({ code: "fixed", name: "Fixed", coupon_type: "fixed_amount", amount_cents: "700", amount_currency: "EUR" })
    })
    yield* Effect.provideService(parts, CurrentOrganization, organization.id)
    return organization.id
  })

const healthy = Effect.gen(function* () {
  const { violations } = yield* (yield* Doctor).check()
  const [first] = violations
  if (first !== undefined) throw new Surprise(`the doctor: ${first.code} ${first.table} ${first.id}: ${first.reason}`)
})

const same = (what: string, expected: unknown, got: unknown) => {
  const [a, b] = [JSON.stringify(expected), JSON.stringify(got)]
  if (a !== b) throw new Surprise(`${what}: expected ${a}, got ${b}`)
}

/** Statuses, plans and crossings are what the model says. */
const agrees = ({ model }: Run) =>
  Effect.gen(function* () {
    const rows = (yield* (yield* Subscriptions).list(ALL)).items
    const plans = new Map((yield* (yield* Plans).list(ALL)).items.map((plan) => [plan.id as string, plan.code as PlanCode]))
    const names = new Map<string, string>()
    for (const row of rows) {
      names.set(row.id, row.external_id)
      const life = model.lives.get(row.external_id)!
      if (life.lost) continue
      same(
        `${life.name}`,
        [life.status, life.plan, life.pending?.plan ?? null],
        [row.status, plans.get(row.plan_id), row.previous_plan_id === null ? null : plans.get(row.previous_plan_id)]
      )
    }
    const known = (key: string) => model.lives.get(key.split(" ")[0]!)!.lost === false
    const crossed = (yield* (yield* UsageThresholds).crossings({ limit: 1000 })).items.flatMap((crossing) =>
      crossing.period_first_day === null
        ? []
        : [crossingKey(names.get(crossing.subscription_id)!, crossing.usage_threshold_id, crossing.period_first_day)]
    )
    same("crossed thresholds", [...model.crossed].filter(known).sort(), crossed.filter(known).sort())
  })

/** After everything is billed, each window of usage has cost what its events cost: once, whoever billed it and however often it was corrected. */
const conserved = (run: Run) =>
  Effect.gen(function* () {
    const { model } = run
    const billed_until = model.now
    for (const days of [40, 5, 40, 5]) {
      model.now += days * DAY
      run.set(model.now)
      for (const { failures } of [yield* (yield* Billing).billDue(), yield* (yield* Billing).finalizeDue()]) {
        if (failures.length > 0) throw new Surprise(failures[0]!.error.message)
      }
      yield* healthy
    }
    const invoices = yield* Invoices
    const cents = new Map<string, bigint>()
    const keys = new Map<string, string>()
    const add = (key: string, amount: bigint) => cents.set(key, (cents.get(key) ?? 0n) + amount)
    for (const { id } of (yield* invoices.list(ALL)).items) {
      const { fees, invoice } = yield* invoices.get(id)
      for (const fee of fees) {
        if (fee.fee_type !== "charge" || invoice.status === "voided") continue
        const key = `${fee.subscription_id} ${fee.metric_code} ${fee.period_start!.epochMillis}`
        keys.set(fee.id, key)
        add(key, fee.amount_cents - fee.progressive_billing_credit_amount_cents)
      }
    }
    const notes = yield* CreditNotes
    for (const { id } of (yield* notes.list(ALL)).items) {
      for (const item of (yield* notes.get(id)).items) {
        const key = keys.get(item.fee_id)
        if (key !== undefined) add(key, -item.amount_cents)
      }
    }
    for (const row of (yield* (yield* Subscriptions).list(ALL)).items) {
      const life = asOf(model.lives.get(row.external_id)!, model.now, true)
      if (life.lost) continue
      const windows = windowsOf(life, billed_until + 1).filter(({ to }) => to <= model.now)
      for (const window of windows) {
        const price = usagePrice(model, life, window)
        for (const metric of ["units", "seats"] as const) {
          const got = cents.get(`${row.id} ${metric} ${window.from}`) ?? 0n
          same(`${metric} of ${life.name} from ${new Date(window.from).toISOString()}`, price[metric].toString(), got.toString())
        }
      }
      // A ping is billed in the window that ran then; a change or an end in that same instant comes after it.
      if (model.facts.some((fact) => fact.subscription === life.name && fact.metric === "pings" && fact.at === life.ending)) continue
      const pings = windows.reduce((sum, window) => sum + usagePrice(model, life, window).pings, 0)
      const got = [...cents].reduce((sum, [key, amount]) => (key.startsWith(`${row.id} pings `) ? sum + amount : sum), 0n)
      same(`pings of ${life.name}`, pings.toString(), got.toString())
    }
  })

/** One sequence, in an organization of its own. */
const sequence = (commands: ReadonlyArray<Command>, grace: number, set: (now: number) => void, count: () => void) =>
  Effect.gen(function* () {
    set(START)
    const organization = yield* setUp(grace)
    const run: Run = { model: emptyModel(START), set, counter: 0, transactions: [] }
    const all = Effect.gen(function* () {
      for (const [index, each] of commands.entries()) {
        const where = `command ${index} ${JSON.stringify(each)}`
        yield* Effect.catchAllCause(Effect.zipRight(performCommand(each, run), Effect.zipRight(healthy, agrees(run))), (cause) =>
          Effect.dieMessage(`${where} at ${new Date(run.model.now).toISOString()}: ${String(Cause.squash(cause))}`)
        )
        count()
      }
      yield* conserved(run)
    })
    yield* Effect.provideService(all, CurrentOrganization, organization)
  })

export interface TortureOptions {
  readonly commands: number
  readonly seed: number
  /** Where fast-check found it, to go there at once. */
  readonly path?: string
}

export interface TortureReport {
  readonly commands: number
  readonly milliseconds: number
  /** What failed, with the seed and the shortest sequence found; null where nothing did. */
  readonly failure: string | null
}

/** Runs at least so many commands; the same seed runs the same ones. */
export const torture = async (engine: Engine, { commands, path, seed }: TortureOptions): Promise<TortureReport> => {
  const clock = testClock(DateTime.unsafeMake(START))
  const host = hostOn(engine, clock)
  const begun = performance.now()
  let done = 0
  const set = (now: number) => clock.set(DateTime.unsafeMake(now))
  const sequences = fc.record({
    grace: fc.constantFrom(0, 0, 3),
    commands: fc.array(command, { minLength: 1, maxLength: LENGTH, size: "max" })
  })
  try {
    const property = fc.asyncProperty(sequences, async ({ commands, grace }) => {
      await host.runPromise(sequence(commands, grace, set, () => ++done))
    })
    const report = (failure: string | null): TortureReport => ({ commands: done, milliseconds: performance.now() - begun, failure })
    let round = 0
    while (done < commands) {
      const details = await fc.check(property, {
        seed: seed + round,
        numRuns: path === undefined ? Math.max(1, Math.ceil((commands - done) / LENGTH)) : 1,
        ...(path === undefined ? {} : { path })
      })
      if (details.failed) return report(fc.defaultReportMessage(details) ?? "failed")
      if (path !== undefined) break
      round += 1
    }
    return report(null)
  } finally {
    await host.dispose()
  }
}
