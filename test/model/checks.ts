/** What is checked: the doctor and the model after each command, and at the end of a sequence that everything was billed once. */
import { Effect } from "effect"
import { Billing } from "../../src/invoicing/index.js"
import { Doctor, type Violation } from "../../src/operations/index.js"
import { watchingDoctor } from "../support/watching-doctor.js"
import { walletsPayInOrder } from "./limits.js"
import { millisOf, type Run, rowsOf, Surprise } from "./performing.js"
import { asOf, crossingKey, type PlanCode, usagePrice, windowsOf } from "./reference.js"

const DAY = 86_400_000

const sound = ([first]: ReadonlyArray<Violation>): void => {
  if (first !== undefined) throw new Surprise(`the doctor: ${first.code} ${first.table} ${first.id}: ${first.reason}`)
}

const healthy = Effect.gen(function* () {
  sound((yield* (yield* Doctor).check()).violations)
})

/** A part of the doctor that was not asked again might have found something: every so many commands it is asked whole, by itself. */
const SAMPLE = 40

/**
 * The doctor and the order of wallets. Of the doctor those parts are asked again whose tables were written; whole it is asked now and
 * then, and at the end.
 */
export const doctorOf = (run: Run) =>
  Effect.gen(function* () {
    const watching = yield* watchingDoctor
    const inOrder = walletsPayInOrder(() => run.model.now)
    let asked = 0
    return Effect.gen(function* () {
      sound(yield* watching)
      asked += 1
      if (asked % SAMPLE === 0) yield* healthy
      yield* inOrder
    })
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
  coupons: string
}>(
  "fees",
  `id, invoice_id, fee_type, subscription_id, metric_code AS code, period_start,
    CAST(CAST(amount_cents - progressive_billing_credit_amount_cents AS BIGINT) AS TEXT) AS cents,
    CAST(CAST(coupons_amount_cents AS BIGINT) AS TEXT) AS coupons`
)

const credited = rowsOf<{ fee_id: string; cents: string }>(
  "credit_note_items",
  "fee_id, CAST(CAST(amount_cents AS BIGINT) AS TEXT) AS cents"
)

interface Billed {
  readonly cents: bigint
  /** What of it cost so little after coupons that a note which gives it back comes to nothing: such a note is not made. */
  readonly worthless: bigint
}

const NOTHING: Billed = { cents: 0n, worthless: 0n }

const plus = (a: Billed, b: Billed): Billed => ({ cents: a.cents + b.cents, worthless: a.worthless + b.worthless })

const worthless = (cents: bigint, coupons: bigint): bigint => (cents === coupons ? cents : (cents - 1n) / (cents - coupons))

/** What invoices that stand bill for each subscription, metric and window, less what was given back. */
const billedCents = Effect.gen(function* () {
  const voided = new Set(
    (yield* rowsOf<{ id: string; status: string }>("invoices", "id, status")).flatMap(({ id, status }) => (status === "voided" ? [id] : []))
  )
  const billed = new Map<string, Billed>()
  const keys = new Map<string, string>()
  const add = (key: string, more: Billed) => billed.set(key, plus(billed.get(key) ?? NOTHING, more))
  for (const fee of yield* fees) {
    if (fee.fee_type !== "charge" || voided.has(fee.invoice_id)) continue
    const key = `${fee.subscription_id} ${fee.code} ${millisOf(fee.period_start)}`
    keys.set(fee.id, key)
    const [cents, coupons] = [BigInt(fee.cents), BigInt(fee.coupons)]
    add(key, { cents, worthless: coupons === 0n ? 0n : worthless(cents, coupons) })
  }
  for (const item of yield* credited) {
    const key = keys.get(item.fee_id)
    if (key !== undefined) add(key, { cents: -BigInt(item.cents), worthless: 0n })
  }
  return billed
})

const billedOnce = (what: string, price: number, { cents, worthless }: Billed): void => {
  const beyond = cents - BigInt(price)
  if (beyond < 0n || beyond > worthless) throw new Surprise(`${what}: expected ${price}, got ${cents}`)
}

/** After everything is billed, each window of usage has cost what its events cost: once, whoever billed it and however often it was corrected. */
export const conserved = (run: Run) =>
  Effect.gen(function* () {
    const { model } = run
    const billed_until = model.now
    for (const days of [40, 5]) {
      model.now += days * DAY
      run.set(model.now)
      for (const { failures } of [yield* (yield* Billing).billDue(), yield* (yield* Billing).finalizeDue()]) {
        if (failures.length > 0) throw new Surprise(failures[0]!.error.message)
      }
    }
    yield* healthy
    const billed = yield* billedCents
    for (const row of yield* subscriptions) {
      const life = asOf(model.lives.get(row.external_id)!, model.now, true)
      if (life.lost) continue
      const windows = windowsOf(life, billed_until + 1).filter(({ to }) => to <= model.now)
      for (const window of windows) {
        const price = usagePrice(model, life, window)
        for (const metric of ["units", "seats"] as const) {
          const got = billed.get(`${row.id} ${metric} ${window.from}`) ?? NOTHING
          billedOnce(`${metric} of ${life.name} from ${new Date(window.from).toISOString()}`, price[metric], got)
        }
      }
      // A ping is billed in the window that ran then; a change or an end in that same instant comes after it.
      if (model.facts.some((fact) => fact.subscription === life.name && fact.metric === "pings" && fact.at === life.ending)) continue
      const pings = windows.reduce((sum, window) => sum + usagePrice(model, life, window).pings, 0)
      const got = [...billed].reduce((sum, [key, more]) => (key.startsWith(`${row.id} pings `) ? plus(sum, more) : sum), NOTHING)
      billedOnce(`pings of ${life.name}`, pings, got)
    }
  })
