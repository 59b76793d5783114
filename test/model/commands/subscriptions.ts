/** Commands about time, usage and lives of subscriptions. */
import { Effect } from "effect"
import fc from "fast-check"
import type { CurrentOrganization } from "../../../src/core/index.js"
import { Billing, Invoices, UsageThresholds } from "../../../src/invoicing/index.js"
import { Events } from "../../../src/metering/index.js"
import { type Subscription, Subscriptions } from "../../../src/subscriptions/index.js"
import { DailyUsages, Usage } from "../../../src/usage/index.js"
import { at, expecting, idle, iso, lives, mostly, pick, type Run, Surprise } from "../performing.js"
import {
  advance,
  checkThresholds,
  isDivided,
  type LifeCommand,
  METRICS,
  type Metric,
  monthEnd,
  periodEnd,
  refusal,
  runningPrice
} from "../reference.js"

const HOUR = 3_600_000
const MOST_LIVES = 6

/** Ends are rare, or there would be nothing to watch. */
const life = fc.oneof(
  ...(
    [
      ["pause", 3],
      ["resume", 3],
      ["upgrade", 4],
      ["downgrade", 4],
      ["cancelPlanChange", 1],
      ["cancel", 1],
      ["terminate", 1]
    ] as ReadonlyArray<readonly [LifeCommand, number]>
  ).map(([name, weight]) => ({ weight, arbitrary: fc.constant(name) }))
)

export const kinds = {
  wait: fc.record({ hours: fc.oneof(fc.nat({ max: 60 }), fc.nat({ max: 900 })), toBoundary: fc.nat({ max: 4 }).map((n) => n === 0) }),
  ingest: fc.record({
    pick,
    metric: fc.constantFrom<Metric>(...METRICS),
    values: fc.array(fc.nat({ max: 60 }), { minLength: 1, maxLength: 4 }),
    back: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 1200 }) })
  }),
  repeat: fc.record({ pick }),
  days: fc.record({}),
  bill: fc.record({}),
  finalizeDue: fc.record({}),
  subscribe: fc.record({ large: fc.boolean(), advance: fc.boolean(), trial: fc.constantFrom(0, 0, 0, 10) }),
  life: fc.record({ pick, command: life, skip: fc.nat({ max: 7 }).map((n) => n === 0), now: fc.boolean() }),
  threshold: fc.record({ pick, amount: fc.integer({ min: 1, max: 3000 }), recurring: fc.boolean(), own: fc.boolean() }),
  retire: fc.record({ pick }),
  check: fc.record({ pick }),
  generate: fc.record({ pick }),
  preview: fc.record({ pick }),
  usage: fc.record({ pick })
}
type Kinds = { readonly [K in keyof typeof kinds]: (typeof kinds)[K] extends fc.Arbitrary<infer A> ? A : never }

const running = (run: Run, index: number) => mostly(lives(run), index, ({ status }) => status !== "terminated")

const failing = (failures: ReadonlyArray<{ readonly error: { readonly message: string } }>): void => {
  if (failures.length > 0) throw new Surprise(`failed: ${failures[0]!.error.message}`)
}

export const perform = {
  wait: ({ hours, toBoundary }, run) =>
    Effect.sync(() => {
      const { model } = run
      model.now = toBoundary ? monthEnd(model.now) : model.now + hours * HOUR + 60_000
      run.set(model.now)
    }),

  ingest: ({ back, metric, pick, values }, run) =>
    Effect.gen(function* () {
      const { model } = run
      const target = running(run, pick)
      if (target === undefined) return idle(run)
      const when = model.now - back * HOUR
      const batch = values.map((value) => ({
        transaction_id: `t${run.counter++}`,
        external_customer_id: "c",
        external_subscription_id: target.name,
        code: metric,
        timestamp: iso(when),
        properties: { value: `${value}` }
      }))
      const result = yield* (yield* Events).ingest(batch)
      if (result.accepted !== batch.length) throw new Surprise(`accepted ${result.accepted} of ${batch.length}`)
      for (const event of batch) run.transactions.push({ id: event.transaction_id, event })
      model.facts.push(...values.map((value) => ({ subscription: target.name, metric, value, at: when })))
      checkThresholds(model, target.name)
    }),

  repeat: ({ pick }, run) =>
    Effect.gen(function* () {
      const known = at(run.transactions, pick)
      if (known === undefined) return idle(run)
      const result = yield* (yield* Events).ingest([known.event as never])
      if (result.duplicates !== 1) throw new Surprise("an event that is known is no duplicate")
    }),

  days: () => Effect.flatMap(DailyUsages, (service) => Effect.asVoid(service.aggregate())),

  bill: (_, run) =>
    Effect.gen(function* () {
      failing((yield* (yield* Billing).billDue()).failures)
      run.model.billed_at = run.model.now
      for (const each of lives(run)) advance(each, run.model.now, true)
    }),

  finalizeDue: () =>
    Effect.gen(function* () {
      failing((yield* (yield* Billing).finalizeDue()).failures)
    }),

  subscribe: ({ advance: pay_in_advance, large, trial }, run) =>
    Effect.gen(function* () {
      const { model } = run
      if (model.lives.size >= MOST_LIVES) return idle(run)
      const name = `s${model.lives.size}`
      const plan = large ? ("large" as const) : ("small" as const)
      yield* (yield* Subscriptions).create({
        external_id: name,
        external_customer_id: "c",
        plan_code: plan,
        pay_in_advance,
        trial_period_days: trial
      })
      model.lives.set(name, {
        name,
        start: model.now,
        first: plan,
        status: "active",
        plan,
        pending: null,
        ending: null,
        changes: [],
        lost: false
      })
    }),

  life: ({ command, now, pick, skip }, run) =>
    Effect.gen(function* () {
      const target = mostly(lives(run), pick, (one) => refusal(one, command, run.model.now) === null)
      if (target === undefined) return idle(run)
      const service = yield* Subscriptions
      const ref = { external_id: target.name }
      const verbs = {
        pause: service.pause(ref),
        resume: service.resume(ref),
        cancel: service.cancel(ref, now ? { when: "now" } : {}),
        terminate: service.terminate(ref, { on_termination_action: skip ? "skip" : now ? "generate_credit_note" : "generate_invoice" }),
        upgrade: service.changePlan(ref, { plan_code: "large" }),
        downgrade: service.changePlan(ref, { plan_code: "small", ...(now ? { when: "now" as const } : {}) }),
        cancelPlanChange: service.cancelPlanChange(ref)
      } as const
      const any = ["", "InvalidTransition", "SamePlan"]
      const expected = refusal(target, command, run.model.now)
      const row = yield* expecting<Pick<Subscription, "ending_at">, unknown, CurrentOrganization>(
        run,
        verbs[command],
        target.lost ? any : expected === null ? null : [expected]
      )
      if (row === undefined || target.lost) return
      const before = target.status
      advance(target, run.model.now, false)
      if (target.status === "terminated" && before !== "terminated") return
      const at_ = run.model.now
      if (command === "pause") target.status = "paused"
      if (command === "resume") target.status = "active"
      if (command === "cancelPlanChange") target.pending = null
      if (command === "cancel" || command === "terminate") {
        target.status = command === "terminate" || now ? "terminated" : "canceled"
        target.pending = null
        target.ending = row.ending_at!.epochMillis
        if (command === "terminate" && skip) target.lost = true
      }
      if (command === "upgrade" || command === "downgrade") {
        const plan = command === "upgrade" ? ("large" as const) : ("small" as const)
        if (command === "downgrade" && !now) target.pending = { plan, at: periodEnd(run.model, target) }
        else {
          target.changes.push({ at: at_, plan })
          target.plan = plan
          target.pending = null
        }
      }
    }),

  threshold: ({ amount, own, pick, recurring }, run) =>
    Effect.gen(function* () {
      const { model } = run
      const target = running(run, pick)
      const subscription = own && target !== undefined ? target.name : null
      const plan = subscription !== null ? null : pick % 2 === 0 ? ("small" as const) : ("large" as const)
      const same = model.thresholds.some(
        (known) =>
          !known.retired &&
          known.amount === amount &&
          known.recurring === recurring &&
          known.plan === plan &&
          known.subscription === subscription
      )
      const made = yield* expecting(
        run,
        (yield* UsageThresholds).create({
          amount_cents: `${amount}`,
          recurring,
          ...(subscription === null ? { plan_code: plan! } : { external_subscription_id: subscription })
        }),
        same ? ["InvalidInput"] : null
      )
      if (made !== undefined) model.thresholds.push({ id: made.id, plan, subscription, amount, recurring, retired: false })
    }),

  retire: ({ pick }, run) =>
    Effect.gen(function* () {
      const target = mostly(run.model.thresholds, pick, ({ retired }) => !retired)
      if (target === undefined) return idle(run)
      yield* expecting(run, (yield* UsageThresholds).delete(target.id), target.retired ? ["UsageThresholdNotFound"] : null)
      target.retired = true
    }),

  check: ({ pick }, run) =>
    Effect.gen(function* () {
      const target = running(run, pick)
      if (target === undefined) return idle(run)
      yield* (yield* UsageThresholds).check({ external_id: target.name })
      checkThresholds(run.model, target.name)
    }),

  generate: ({ pick }, run) =>
    Effect.gen(function* () {
      const target = mostly(lives(run), pick, ({ lost }) => lost)
      if (target === undefined) return idle(run)
      yield* (yield* Invoices).generate({ external_id: target.name })
    }),

  preview: ({ pick }, run) =>
    Effect.gen(function* () {
      const target = running(run, pick)
      if (target === undefined) return idle(run)
      yield* expecting(run, (yield* Invoices).preview({ external_id: target.name }), ["", "InvalidTransition"])
    }),

  usage: ({ pick }, run) =>
    Effect.gen(function* () {
      const { model } = run
      const target = mostly(lives(run), pick, ({ lost, status }) => !lost && status !== "terminated")
      if (target === undefined || target.lost || isDivided(model, target.name)) return idle(run)
      const price = runningPrice(model, target.name)
      const current = yield* expecting(
        run,
        (yield* Usage).current({ external_id: target.name }),
        price === null ? ["InvalidTransition"] : null
      )
      if (current !== undefined && current.amount_cents !== BigInt(price!.in_arrears + price!.pings)) {
        throw new Surprise(`usage of ${current.amount_cents}, expected ${JSON.stringify(price)}`)
      }
    })
} satisfies { readonly [K in keyof Kinds]: (given: Kinds[K], run: Run) => Effect.Effect<void, unknown, unknown> }
