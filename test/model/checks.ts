/** What is checked: the doctor and the model after each command, and at the end of a sequence that everything was billed once. */
import { Effect } from "effect"
import { Billing } from "../../src/invoicing/index.js"
import { Doctor } from "../../src/operations/index.js"
import { millisOf, type Run, rowsOf, Surprise } from "./performing.js"
import { asOf, crossingKey, type PlanCode, usagePrice, windowsOf } from "./reference.js"

const DAY = 86_400_000

export const healthy = Effect.gen(function* () {
  const { violations } = yield* (yield* Doctor).check()
  const [first] = violations
  if (first !== undefined) throw new Surprise(`the doctor: ${first.code} ${first.table} ${first.id}: ${first.reason}`)
})

const same = (what: string, expected: unknown, got: unknown) => {
  const [a, b] = [JSON.stringify(expected), JSON.stringify(got)]
  if (a !== b) throw new Surprise(`${what}: expected ${a}, got ${b}`)
}

const subscriptions = rowsOf<{ id: string; external_id: string; status: string; plan_id: string; previous_plan_id: string | null }>(
  "subscriptions",
  "id, external_id, status, plan_id, previous_plan_id"
)

const crossings = rowsOf<{ subscription_id: string; usage_threshold_id: string; first_day: string | null }>(
  "applied_usage_thresholds",
  "subscription_id, usage_threshold_id, CAST(period_first_day AS TEXT) AS first_day"
)

/** Statuses, plans and crossings are what the model says. */
export const agrees = ({ model }: Run, plans: ReadonlyMap<string, PlanCode>) =>
  Effect.gen(function* () {
    const names = new Map<string, string>()
    for (const row of yield* subscriptions) {
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
    const crossed = (yield* crossings).flatMap(({ first_day, subscription_id, usage_threshold_id }) =>
      first_day === null ? [] : [crossingKey(names.get(subscription_id)!, usage_threshold_id, first_day)]
    )
    same("crossed thresholds", [...model.crossed].filter(known).sort(), crossed.filter(known).sort())
  })

const fees = rowsOf<{
  id: string
  invoice_id: string
  fee_type: string
  subscription_id: string
  code: string
  period_start: unknown
  cents: string
}>(
  "fees",
  `id, invoice_id, fee_type, subscription_id, metric_code AS code, period_start,
    CAST(CAST(amount_cents - progressive_billing_credit_amount_cents AS BIGINT) AS TEXT) AS cents`
)

const credited = rowsOf<{ fee_id: string; cents: string }>(
  "credit_note_items",
  "fee_id, CAST(CAST(amount_cents AS BIGINT) AS TEXT) AS cents"
)

/** What invoices that stand bill for each subscription, metric and window, less what was given back. */
const billedCents = Effect.gen(function* () {
  const voided = new Set(
    (yield* rowsOf<{ id: string; status: string }>("invoices", "id, status")).flatMap(({ id, status }) => (status === "voided" ? [id] : []))
  )
  const cents = new Map<string, bigint>()
  const keys = new Map<string, string>()
  const add = (key: string, amount: bigint) => cents.set(key, (cents.get(key) ?? 0n) + amount)
  for (const fee of yield* fees) {
    if (fee.fee_type !== "charge" || voided.has(fee.invoice_id)) continue
    const key = `${fee.subscription_id} ${fee.code} ${millisOf(fee.period_start)}`
    keys.set(fee.id, key)
    add(key, BigInt(fee.cents))
  }
  for (const item of yield* credited) {
    const key = keys.get(item.fee_id)
    if (key !== undefined) add(key, -BigInt(item.cents))
  }
  return cents
})

/** After everything is billed, each window of usage has cost what its events cost: once, whoever billed it and however often it was corrected. */
export const conserved = (run: Run) =>
  Effect.gen(function* () {
    const { model } = run
    const billed_until = model.now
    for (const days of [40, 5, 40, 5]) {
      model.now += days * DAY
      run.set(model.now)
      for (const { failures } of [yield* (yield* Billing).billDue(), yield* (yield* Billing).finalizeDue()]) {
        if (failures.length > 0) throw new Surprise(failures[0]!.error.message)
      }
    }
    yield* healthy
    const cents = yield* billedCents
    for (const row of yield* subscriptions) {
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
