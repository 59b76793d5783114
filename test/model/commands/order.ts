/** Commands that bring about what random ones seldom do: several things that could be used up first, and a note on a draft. */
import { Effect } from "effect"
import fc from "fast-check"
import { Wallets } from "../../../src/credits/index.js"
import { CreditNotes, type InvoiceDocument, Invoices } from "../../../src/invoicing/index.js"
import { Payments } from "../../../src/payments/index.js"
import { Subscriptions } from "../../../src/subscriptions/index.js"
import { wholeOf } from "../limits.js"
import { idle, invoices, type Run, rowsOf, Surprise } from "../performing.js"
import { UNTAXED } from "../reference.js"

export const kinds = {
  payByNotes: fc.record({ cents: fc.integer({ min: 400, max: 2900 }) }),
  drawCredits: fc.record({ credits: fc.integer({ min: 2, max: 50 }) }),
  shortLife: fc.record({})
}
type Kinds = { readonly [K in keyof typeof kinds]: (typeof kinds)[K] extends fc.Arbitrary<infer A> ? A : never }

/** A second later. */
const later = ({ model, set }: Run) =>
  Effect.sync(() => {
    model.now += 1000
    set(model.now)
  })

const sell = (units: number) =>
  Effect.flatMap(Invoices, (service) =>
    service.oneOff({
      external_customer_id: "c",
      lines: [{ description: "Work", units: `${units}`, unit_amount_cents: "333", tax_codes: [UNTAXED] }]
    })
  )

const topUps = rowsOf<{ wallet_id: string; status: string; left: string }>(
  "wallet_transactions",
  "wallet_id, transaction_status AS status, CAST(remaining_cents AS TEXT) AS left"
)

/** Beyond those that are subscribed for long. */
const MOST_LIVES = 9

export const perform = {
  // Of two notes the older one pays what is sold next.
  payByNotes: ({ cents }, run) =>
    Effect.gen(function* () {
      const service = yield* CreditNotes
      const give = ({ fees, invoice }: InvoiceDocument) =>
        service.issue({
          invoice_id: invoice.id,
          credit_note_type: "credit",
          items: [{ fee_id: fees[0]!.id, amount_cents: `${cents}` }]
        })
      const [first, second] = [yield* sell(9), yield* sell(9)]
      yield* give(first)
      yield* later(run)
      const { note } = yield* give(second)
      yield* later(run)
      yield* sell(1)
      const left = (yield* service.get(note.id)).note.balance_amount_cents
      if (left !== BigInt(cents)) throw new Surprise(`of the newer note of ${cents} there is ${left} left`)
    }),

  // What was granted is taken before what was bought, though that is older; of what was granted the older.
  drawCredits: ({ credits }, run) =>
    Effect.gen(function* () {
      const service = yield* Wallets
      const { id } = yield* service.create({ external_customer_id: "c", code: `w${run.counter++}`, priority: 3, rate_amount: "1" })
      const bought = yield* service.topUp({ id }, { credits: `${credits}`, kind: "purchased" })
      yield* (yield* Payments).record({ invoice_id: bought.invoice_id!, amount_cents: BigInt(credits) })
      for (const _ of [1, 2]) {
        yield* later(run)
        yield* service.topUp({ id }, { credits: `${credits}`, kind: "granted" })
      }
      yield* service.voidCredits({ id }, { credits: `${credits + 1}` })
      const left = (yield* topUps).filter(({ left, wallet_id }) => wallet_id === id && wholeOf(left) > 0n)
      const told = left.map(({ left, status }) => `${wholeOf(left)} ${status}`).sort()
      const expected = [`${credits} purchased`, `${credits - 1} granted`].sort()
      if (`${told}` !== `${expected}`) throw new Surprise(`a wallet has ${told.join(", ")} left, expected ${expected.join(", ")}`)
    }),

  // Paid in advance and ended at once: what is given back is on a draft where there are days of grace, and becomes final with it.
  shortLife: (_, run) =>
    Effect.gen(function* () {
      const { model } = run
      if (model.lives.size >= MOST_LIVES) return idle(run)
      const name = `s${model.lives.size}`
      const [plan, start] = ["large" as const, model.now]
      const service = yield* Subscriptions
      const row = yield* service.create({ external_id: name, external_customer_id: "c", plan_code: plan, pay_in_advance: true })
      yield* later(run)
      yield* service.terminate({ external_id: name }, { on_termination_action: "generate_credit_note" })
      const ended = { status: "terminated", plan, pending: null, ending: model.now } as const
      model.lives.set(name, { name, start, first: plan, changes: [], lost: false, ...ended })
      const drafts = (yield* invoices).filter(({ status, subscription_id }) => status === "draft" && subscription_id === row.id)
      for (const { id } of drafts) yield* (yield* Invoices).finalize(id)
    })
} satisfies { readonly [K in keyof Kinds]: (given: Kinds[K], run: Run) => Effect.Effect<void, unknown, unknown> }
