/** The commands of the model test as data, and how each is done: on the services, and on the reference model. */
import { DateTime, Effect, Either } from "effect"
import fc from "fast-check"
import type { CurrentOrganization } from "../../src/core/index.js"
import { Coupons, WalletHolds, Wallets } from "../../src/credits/index.js"
import { Billing, type InvoiceDocument, Invoices, settledCents, UsageThresholds } from "../../src/invoicing/index.js"
import { Events } from "../../src/metering/index.js"
import { Payments } from "../../src/payments/index.js"
import { type Subscription, Subscriptions } from "../../src/subscriptions/index.js"
import { Usage } from "../../src/usage/index.js"
import {
  advance,
  checkThresholds,
  type LifeCommand,
  METRICS,
  type Metric,
  type Model,
  monthEnd,
  periodEnd,
  refusal,
  runningPrice
} from "./reference.js"

const HOUR = 3_600_000

/** What runs stand on besides the model. */
export interface Run {
  readonly model: Model
  readonly set: (now: number) => void
  counter: number
  /** Events that were accepted. */
  readonly transactions: Array<{ readonly id: string; readonly event: object }>
}

const pick = fc.nat({ max: 1000 })
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

const kinds = {
  wait: fc.record({ hours: fc.oneof(fc.nat({ max: 60 }), fc.nat({ max: 900 })), toBoundary: fc.nat({ max: 4 }).map((n) => n === 0) }),
  ingest: fc.record({
    pick,
    metric: fc.constantFrom<Metric>(...METRICS),
    values: fc.array(fc.nat({ max: 60 }), { minLength: 1, maxLength: 4 }),
    back: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 1200 }) })
  }),
  repeat: fc.record({ pick }),
  bill: fc.record({}),
  finalizeDue: fc.record({}),
  subscribe: fc.record({ large: fc.boolean(), advance: fc.boolean(), trial: fc.constantFrom(0, 0, 0, 10) }),
  life: fc.record({ pick, command: life, skip: fc.nat({ max: 7 }).map((n) => n === 0), now: fc.boolean() }),
  threshold: fc.record({ pick, amount: fc.integer({ min: 1, max: 3000 }), recurring: fc.boolean(), own: fc.boolean() }),
  retire: fc.record({ pick }),
  check: fc.record({ pick }),
  refresh: fc.record({ pick }),
  finalize: fc.record({ pick }),
  deleteDraft: fc.record({ pick }),
  generate: fc.record({ pick }),
  preview: fc.record({ pick }),
  usage: fc.record({ pick }),
  pay: fc.record({ pick, part: fc.integer({ min: 1, max: 4 }) }),
  void: fc.record({ pick }),
  oneOff: fc.record({ units: fc.integer({ min: 1, max: 9 }), draft: fc.boolean() }),
  reserve: fc.record({ pick, cents: fc.integer({ min: 1, max: 800 }) }),
  settleHold: fc.record({ pick, cents: fc.nat({ max: 900 }) }),
  releaseHold: fc.record({ pick }),
  coupon: fc.record({ pick }),
  wallet: fc.record({ credits: fc.integer({ min: 1, max: 2000 }), priority: fc.integer({ min: 1, max: 3 }) }),
  topUp: fc.record({ pick, credits: fc.integer({ min: 1, max: 2000 }), bought: fc.boolean() }),
  voidCredits: fc.record({ pick, credits: fc.integer({ min: 1, max: 500 }) }),
  endWallet: fc.record({ pick })
}
type Kinds = { readonly [K in keyof typeof kinds]: (typeof kinds)[K] extends fc.Arbitrary<infer A> ? A : never }
export type Command = { readonly [K in keyof Kinds]: { readonly op: K } & Kinds[K] }[keyof Kinds]

const WEIGHTS: Partial<Record<keyof Kinds, number>> = {
  wait: 9,
  ingest: 12,
  bill: 7,
  finalizeDue: 2,
  subscribe: 2,
  life: 6,
  threshold: 3,
  pay: 3,
  repeat: 1,
  check: 2
}

export const command: fc.Arbitrary<Command> = fc.oneof(
  ...Object.entries(kinds).map(([op, arbitrary]) => ({
    weight: WEIGHTS[op as keyof Kinds] ?? 1,
    arbitrary: (arbitrary as fc.Arbitrary<object>).map((given) => ({ op, ...given }) as Command)
  }))
)

/** What a command was answered otherwise than the model says. */
export class Surprise extends Error {
  override readonly name = "Surprise"
}

const tagOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "_tag" in error
    ? String(error._tag)
    : error instanceof Error
      ? error.message
      : String(error)

/** Does it; the answer where it is done, undefined where it is refused as the model says; anything else is a surprise. */
const expecting = <A, E, R>(effect: Effect.Effect<A, E, R>, refused: ReadonlyArray<string> | null) =>
  Effect.map(Effect.either(effect), (done): A | undefined => {
    if (Either.isRight(done)) {
      if (refused === null || refused.includes("")) return done.right
      throw new Surprise(`done, where ${refused.join(" or ")} was expected`)
    }
    if (refused?.includes(tagOf(done.left)) === true) return undefined
    throw new Surprise(`refused: ${tagOf(done.left)} ${String(done.left)}, expected ${refused?.join(" or ") ?? "to be done"}`)
  })

const iso = (at: number): string => DateTime.formatIso(DateTime.unsafeMake(at))
const at = <A>(items: ReadonlyArray<A>, index: number): A | undefined => items[index % Math.max(1, items.length)]
const lives = ({ model }: Run) => [...model.lives.values()]
const ALL = { limit: 1000, order_by: "created_at:asc" } as const

const invoices = Effect.flatMap(Invoices, (service) => Effect.map(service.list(ALL), ({ items }) => items))

/** Some invoice; drafts alone, or final ones. */
const someInvoice = (index: number, which: "draft" | "final") =>
  Effect.map(invoices, (all) =>
    at(
      all.filter(({ status }) => (status === "draft") === (which === "draft")),
      index
    )
  )

const loseOf = (run: Run, invoice: InvoiceDocument["invoice"], names: ReadonlyMap<string, string>) => {
  const found = run.model.lives.get(names.get(invoice.subscription_id ?? "") ?? "")
  if (found !== undefined) found.lost = true
}

const subscriptionNames = Effect.flatMap(Subscriptions, (service) =>
  Effect.map(service.list(ALL), ({ items }) => new Map(items.map((row) => [row.id as string, row.external_id])))
)

const perform = {
  wait: ({ hours, toBoundary }, run) =>
    Effect.sync(() => {
      const { model } = run
      model.now = toBoundary ? monthEnd(model.now) : model.now + hours * HOUR + 60_000
      run.set(model.now)
    }),

  ingest: ({ back, metric, pick, values }, run) =>
    Effect.gen(function* () {
      const { model } = run
      const target = at(lives(run), pick)
      if (target === undefined) return
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
      if (known === undefined) return
      const result = yield* (yield* Events).ingest([known.event as never])
      if (result.duplicates !== 1) throw new Surprise("an event that is known is no duplicate")
    }),

  bill: (_, run) =>
    Effect.gen(function* () {
      const { failures } = yield* (yield* Billing).billDue()
      if (failures.length > 0) throw new Surprise(`billing failed: ${failures[0]!.error.message}`)
      run.model.billed_at = run.model.now
      for (const each of lives(run)) advance(each, run.model.now, true)
    }),

  finalizeDue: () =>
    Effect.gen(function* () {
      const { failures } = yield* (yield* Billing).finalizeDue()
      if (failures.length > 0) throw new Surprise(`finalization failed: ${failures[0]!.error.message}`)
    }),

  subscribe: ({ advance: pay_in_advance, large, trial }, run) =>
    Effect.gen(function* () {
      const { model } = run
      if (model.lives.size >= 5) return
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
      const target = at(lives(run), pick)
      if (target === undefined) return
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
      const target = at(lives(run), pick)
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
      const target = at(run.model.thresholds, pick)
      if (target === undefined) return
      yield* expecting((yield* UsageThresholds).delete(target.id), target.retired ? ["UsageThresholdNotFound"] : null)
      target.retired = true
    }),

  check: ({ pick }, run) =>
    Effect.gen(function* () {
      const target = at(lives(run), pick)
      if (target === undefined) return
      yield* (yield* UsageThresholds).check({ external_id: target.name })
      checkThresholds(run.model, target.name)
    }),

  refresh: ({ pick }) =>
    Effect.gen(function* () {
      const draft = yield* someInvoice(pick, "draft")
      if (draft !== undefined) yield* (yield* Invoices).refresh(draft.id)
    }),

  finalize: ({ pick }) =>
    Effect.gen(function* () {
      const draft = yield* someInvoice(pick, "draft")
      if (draft !== undefined) yield* (yield* Invoices).finalize(draft.id)
    }),

  deleteDraft: ({ pick }, run) =>
    Effect.gen(function* () {
      const draft = yield* someInvoice(pick, "draft")
      if (draft === undefined) return
      loseOf(run, draft, yield* subscriptionNames)
      yield* (yield* Invoices).delete(draft.id)
    }),

  generate: ({ pick }, run) =>
    Effect.gen(function* () {
      const target = at(lives(run), pick)
      if (target !== undefined) yield* (yield* Invoices).generate({ external_id: target.name })
    }),

  preview: ({ pick }, run) =>
    Effect.gen(function* () {
      const target = at(lives(run), pick)
      if (target === undefined) return
      yield* expecting((yield* Invoices).preview({ external_id: target.name }), ["", "InvalidTransition"])
    }),

  usage: ({ pick }, run) =>
    Effect.gen(function* () {
      const { model } = run
      const target = at(lives(run), pick)
      if (target === undefined || target.lost) return
      const running = runningPrice(model, target.name)
      const current = yield* expecting(
        (yield* Usage).current({ external_id: target.name }),
        running === null ? ["InvalidTransition"] : null
      )
      if (current !== undefined && current.amount_cents !== BigInt(running!.in_arrears + running!.pings)) {
        throw new Surprise(`usage of ${current.amount_cents}, expected ${JSON.stringify(running)}`)
      }
    }),

  pay: ({ part, pick }) =>
    Effect.gen(function* () {
      const invoice = yield* someInvoice(pick, "final")
      if (invoice === undefined) return
      const { settlements } = yield* (yield* Invoices).get(invoice.id)
      const due = invoice.status === "finalized" ? invoice.total_cents - settledCents(settlements) : 0n
      const amount = part === 4 ? due + 1n : (due + BigInt(part) - 1n) / BigInt(part)
      const expected =
        invoice.status === "voided" ? "InvalidTransition" : due === 0n ? "NothingDue" : part === 4 ? "AmountExceedsDue" : null
      yield* expecting(
        (yield* Payments).record({ invoice_id: invoice.id, amount_cents: amount > 0n ? amount : 1n }),
        expected === null ? null : [expected]
      )
    }),

  void: ({ pick }, run) =>
    Effect.gen(function* () {
      const invoice = yield* someInvoice(pick, "final")
      if (invoice === undefined) return
      const refused = invoice.status === "finalized" ? ["", "InvoiceHasPayments", "InvoiceHasCreditNotes"] : ["InvalidTransition"]
      const done = yield* expecting((yield* Invoices).void(invoice.id), refused)
      if (done === undefined || invoice.subscription_id === null) return
      // Of usage that is still to be billed a voided progressive invoice changes nothing.
      const isAhead = invoice.invoice_type === "progressive_billing"
      const isClosed = (yield* invoices).some(
        (other) =>
          other.subscription_id === invoice.subscription_id &&
          other.invoice_type === "subscription" &&
          other.status !== "draft" &&
          other.billing_period_start?.epochMillis === invoice.billing_period_start?.epochMillis
      )
      if (!isAhead || isClosed) loseOf(run, invoice, yield* subscriptionNames)
    }),

  oneOff: ({ draft, units }) =>
    Effect.gen(function* () {
      yield* (yield* Invoices).oneOff({
        external_customer_id: "c",
        draft,
        lines: [{ description: "Work", units: `${units}`, unit_amount_cents: "333" }]
      })
    }),

  reserve: ({ cents, pick }) =>
    Effect.gen(function* () {
      const service = yield* Wallets
      const wallet = at((yield* service.list(ALL)).items, pick)
      if (wallet === undefined) return
      const { available_cents } = yield* service.balances({ id: wallet.id })
      const refused = wallet.status !== "active" ? ["InvalidTransition"] : BigInt(cents) > available_cents ? ["AmountExceedsBalance"] : null
      yield* expecting(
        (yield* WalletHolds).reserve({ wallet_id: wallet.id, amount_cents: `${cents}`, expires_in_seconds: 80_000 }),
        refused
      )
    }),

  settleHold: ({ cents, pick }, run) =>
    Effect.gen(function* () {
      const service = yield* WalletHolds
      const hold = at((yield* service.list(ALL)).items, pick)
      if (hold === undefined) return
      yield* expecting(
        service.settle(hold.id, { amount_cents: `${cents}` }),
        hold.status !== "active" || hold.expires_at.epochMillis <= run.model.now
          ? ["InvalidTransition"]
          : BigInt(cents) <= hold.amount_cents
            ? null
            : ["", "AmountExceedsBalance"]
      )
    }),

  releaseHold: ({ pick }) =>
    Effect.gen(function* () {
      const service = yield* WalletHolds
      const hold = at((yield* service.list(ALL)).items, pick)
      if (hold !== undefined) yield* expecting(service.release(hold.id), ["", "InvalidTransition"])
    }),

  coupon: ({ pick }) =>
    Effect.gen(function* () {
      const input = { coupon_code: ["tenth", "fixed"][pick % 2]!, external_customer_id: "c" }
      yield* expecting((yield* Coupons).apply(input), ["", "CouponAlreadyApplied"])
    }),

  wallet: ({ credits, priority }, run) =>
    Effect.gen(function* () {
      yield* (yield* Wallets).create({
        external_customer_id: "c",
        code: `w${run.counter++}`,
        priority,
        granted_credits: `${credits}`
      })
    }),

  topUp: ({ bought, credits, pick }) =>
    Effect.gen(function* () {
      const service = yield* Wallets
      const wallet = at((yield* service.list(ALL)).items, pick)
      if (wallet === undefined) return
      yield* expecting(
        service.topUp({ id: wallet.id }, { credits: `${credits}`, kind: bought ? "purchased" : "granted" }),
        wallet.status === "active" ? null : ["InvalidTransition"]
      )
    }),

  voidCredits: ({ credits, pick }) =>
    Effect.gen(function* () {
      const service = yield* Wallets
      const wallet = at((yield* service.list(ALL)).items, pick)
      if (wallet === undefined) return
      const tooMuch = BigInt(credits) > (yield* service.balances({ id: wallet.id })).available_cents
      yield* expecting(
        service.voidCredits({ id: wallet.id }, { credits: `${credits}` }),
        wallet.status !== "active" ? ["InvalidTransition"] : tooMuch ? ["AmountExceedsBalance"] : null
      )
    }),

  endWallet: ({ pick }) =>
    Effect.gen(function* () {
      const service = yield* Wallets
      const wallet = at((yield* service.list(ALL)).items, pick)
      if (wallet === undefined) return
      yield* expecting(service.terminate({ id: wallet.id }), wallet.status === "active" ? null : ["InvalidTransition"])
    })
} satisfies { readonly [K in keyof Kinds]: (given: Kinds[K], run: Run) => Effect.Effect<void, unknown, unknown> }

type Needs = Effect.Effect.Context<ReturnType<(typeof perform)[keyof Kinds]>>

export const performCommand = ({ op, ...given }: Command, run: Run): Effect.Effect<void, unknown, Needs> =>
  (perform[op] as (given: unknown, run: Run) => Effect.Effect<void, unknown, Needs>)(given, run)
