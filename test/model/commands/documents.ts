/** Commands about invoices, what is sold by hand, taxes, payments and credit notes. */
import { Effect } from "effect"
import fc from "fast-check"
import { Taxes } from "../../../src/catalog/index.js"
import type { CreditNoteType } from "../../../src/credits/index.js"
import { AddOns, CreditNotes, Invoices, settledCents } from "../../../src/invoicing/index.js"
import { Payments } from "../../../src/payments/index.js"
import { creditableOf, refundableOf, wholeOf } from "../limits.js"
import { expecting, idle, invoices, lose, mostly, pick, type Run, rowsOf, Surprise, someInvoice } from "../performing.js"
import { PLANS, type PlanCode, UNTAXED } from "../reference.js"

export const kinds = {
  refresh: fc.record({ pick }),
  finalize: fc.record({ pick }),
  deleteDraft: fc.record({ pick }),
  pay: fc.record({ pick, part: fc.integer({ min: 1, max: 4 }) }),
  void: fc.record({ pick }),
  oneOff: fc.record({ units: fc.integer({ min: 1, max: 9 }), draft: fc.boolean() }),
  addOn: fc.record({ cents: fc.option(fc.nat({ max: 5000 }), { nil: null }) }),
  taxRate: fc.record({ rate: fc.constantFrom("0", "0.07", "0.19", "0.0875", "0.2") }),
  taxLevel: fc.record({ pick }),
  note: fc.record({
    pick,
    kind: fc.constantFrom<CreditNoteType>("credit", "credit", "refund", "refund", "offset"),
    part: fc.integer({ min: 1, max: 4 }),
    draft: fc.boolean()
  }),
  limits: fc.record({ units: fc.integer({ min: 1, max: 60 }) }),
  finalizeNote: fc.record({ pick }),
  deleteNote: fc.record({ pick }),
  voidNote: fc.record({ pick }),
  applyNote: fc.record({ pick, other: pick, cents: fc.integer({ min: 1, max: 2000 }) })
}
type Kinds = { readonly [K in keyof typeof kinds]: (typeof kinds)[K] extends fc.Arbitrary<infer A> ? A : never }

interface NoteRow {
  readonly id: string
  readonly invoice_id: string
  readonly credit_note_type: CreditNoteType
  readonly status: "draft" | "finalized"
  readonly credit_status: string | null
  readonly credit_cents: string
  readonly balance_cents: string
  readonly total_cents: string
  /** Why it was made: `manual` where a person did. */
  readonly cause: string
}

const notes = rowsOf<NoteRow>(
  "credit_notes",
  `id, invoice_id, credit_note_type, status, credit_status, CAST(credit_amount_cents AS TEXT) AS credit_cents,
    CAST(balance_amount_cents AS TEXT) AS balance_cents, CAST(total_amount_cents AS TEXT) AS total_cents,
    (SELECT MIN(i.cause) FROM credit_note_items i WHERE i.organization_id = credit_notes.organization_id
      AND i.credit_note_id = credit_notes.id) AS cause`
)

/** Some note; mostly of those that suit. */
const someNote = (index: number, suits: (note: NoteRow) => boolean) => Effect.map(notes, (all) => mostly(all, index, suits))

const isDraftByHand = ({ cause, status }: NoteRow): boolean => status === "draft" && cause === "manual"

/** Notes by hand go to what was sold by hand, so that the model still follows subscriptions; at times to any invoice. */
const isSold = ({ subscription_id }: { readonly subscription_id: string | null }) => subscription_id === null

export const perform = {
  refresh: ({ pick }, run) =>
    Effect.gen(function* () {
      const draft = yield* someInvoice("draft", pick)
      if (draft === undefined) return idle(run)
      yield* (yield* Invoices).refresh(draft.id)
    }),

  finalize: ({ pick }, run) =>
    Effect.gen(function* () {
      const draft = yield* someInvoice("draft", pick)
      if (draft === undefined) return idle(run)
      yield* (yield* Invoices).finalize(draft.id)
    }),

  deleteDraft: ({ pick }, run) =>
    Effect.gen(function* () {
      const draft = yield* someInvoice("draft", pick, isSold)
      if (draft === undefined) return idle(run)
      yield* lose(run, draft)
      yield* (yield* Invoices).delete(draft.id)
    }),

  pay: ({ part, pick }, run) =>
    Effect.gen(function* () {
      const invoice = yield* someInvoice("final", pick, ({ status }) => status === "finalized")
      if (invoice === undefined) return idle(run)
      const settlements = yield* (yield* Invoices).settlements(invoice.id)
      const due = invoice.status === "finalized" ? wholeOf(invoice.total_cents) - settledCents(settlements) : 0n
      const amount = part === 4 ? due + 1n : (due + BigInt(part) - 1n) / BigInt(part)
      const expected =
        invoice.status === "voided" ? "InvalidTransition" : due === 0n ? "NothingDue" : part === 4 ? "AmountExceedsDue" : null
      yield* expecting(
        run,
        (yield* Payments).record({ invoice_id: invoice.id, amount_cents: amount > 0n ? amount : 1n }),
        expected === null ? null : [expected]
      )
    }),

  void: ({ pick }, run) =>
    Effect.gen(function* () {
      const invoice = yield* someInvoice("final", pick, (one) => one.status === "finalized" && isSold(one))
      if (invoice === undefined) return idle(run)
      const refused = invoice.status === "finalized" ? ["", "InvoiceHasPayments", "InvoiceHasCreditNotes"] : ["InvalidTransition"]
      const done = yield* expecting(run, (yield* Invoices).void(invoice.id), refused)
      if (done === undefined || invoice.subscription_id === null) return
      // Of usage that is still to be billed a voided progressive invoice changes nothing.
      const isAhead = invoice.invoice_type === "progressive_billing"
      const isClosed = (yield* invoices).some(
        (other) =>
          other.subscription_id === invoice.subscription_id &&
          other.invoice_type === "subscription" &&
          other.status !== "draft" &&
          other.period_start === invoice.period_start
      )
      if (!isAhead || isClosed) yield* lose(run, invoice)
    }),

  oneOff: ({ draft, units }) =>
    Effect.gen(function* () {
      yield* (yield* Invoices).oneOff({
        external_customer_id: "c",
        draft,
        lines: [{ description: "Work", units: `${units}`, unit_amount_cents: "333" }]
      })
    }),

  addOn: ({ cents }) =>
    Effect.gen(function* () {
      const { applied, invoice } = yield* (yield* AddOns).apply({
        add_on_code: "visit",
        external_customer_id: "c",
        ...(cents === null ? {} : { amount_cents: `${cents}` })
      })
      const expected = BigInt(cents ?? 4500)
      if (applied.amount_cents !== expected || invoice.invoice.subtotal_cents !== expected) {
        throw new Surprise(`an add-on of ${expected} is billed ${invoice.invoice.subtotal_cents}`)
      }
    }),

  taxRate: ({ rate }) => Effect.flatMap(Taxes, (taxes) => Effect.asVoid(taxes.update({ code: "vat" }, { rate }))),

  taxLevel: ({ pick }, run) =>
    Effect.gen(function* () {
      const taxes = yield* Taxes
      const codes = Object.keys(PLANS) as ReadonlyArray<PlanCode>
      const plans = yield* rowsOf<{ id: string; code: string }>("plans", "id, code")
      const [customer] = yield* rowsOf<{ id: string }>("customers", "id")
      const plan = plans.find(({ code }) => code === codes[pick % codes.length])!
      const level =
        pick % 3 === 0
          ? ({ taxable_type: "customer", taxable_id: customer!.id } as const)
          : ({ taxable_type: "plan", taxable_id: plan.id } as const)
      const input = { tax_code: "reduced", ...level }
      const isOn = (yield* taxes.applied(level)).length > 0
      const verb: Effect.Effect<unknown, unknown, Effect.Effect.Context<ReturnType<typeof taxes.apply>>> = pick % 8 === 0 || !isOn
        ? taxes.apply(input)
        : taxes.remove(input)
      yield* expecting(run, verb, pick % 8 === 0 && isOn ? ["AlreadyApplied"] : null)
    }),

  note: ({ draft, kind, part, pick }, run) =>
    Effect.gen(function* () {
      const service = yield* CreditNotes
      const suits = (one: { readonly status: string; readonly subscription_id: string | null; readonly paid_cents: string }) =>
        isSold(one) &&
        (kind === "refund" ? wholeOf(one.paid_cents) > 0n : kind === "credit" ? one.status !== "voided" : one.status === "finalized")
      const invoice = yield* someInvoice("final", pick, suits)
      if (invoice === undefined) return idle(run)
      const invoice_id = invoice.id
      const whole = yield* expecting(run, service.estimate({ invoice_id }), invoice.status === "voided" ? ["InvalidTransition"] : null)
      if (whole === undefined) return
      const creditable = yield* creditableOf(invoice_id)
      for (const { creditable_cents, fee_id } of whole.fees) {
        if (creditable_cents !== creditable.get(fee_id)) {
          throw new Surprise(`${creditable_cents} of fee ${fee_id} can be given back, expected ${creditable.get(fee_id)}`)
        }
      }
      const refundable = invoice.invoice_type === "credit" ? whole.refundable_cents : yield* refundableOf(invoice_id)
      const open = whole.fees.filter(({ creditable_cents }) => creditable_cents > 0n)
      if (open.length === 0) return idle(run)
      const beyond = part === 4
      const items = open.map(({ creditable_cents, fee_id }) => ({
        fee_id,
        amount_cents: beyond ? creditable_cents + 1n : (creditable_cents + BigInt(part) - 1n) / BigInt(part)
      }))
      const total = beyond ? 0n : (yield* service.estimate({ invoice_id, items })).total_amount_cents
      const above =
        kind === "refund" && total > refundable
          ? ["RefundExceedsPaid"]
          : kind === "offset" && total > whole.due_cents
            ? ["AmountExceedsDue"]
            : null
      const expected = kind === "credit" && invoice.invoice_type === "credit" ? ["InvalidInput"] : beyond ? ["AmountExceedsFee"] : above
      // What is left of a purchase leaves an expired wallet before it can be refunded.
      const refused = expected ?? (kind === "refund" && invoice.invoice_type === "credit" ? ["", "RefundExceedsPaid"] : null)
      const input = { invoice_id, credit_note_type: kind, items }
      const made = yield* expecting(run, draft ? service.create(input) : service.issue(input), refused)
      if (made === undefined) return
      if (made.note.total_amount_cents !== total) throw new Surprise(`a note of ${made.note.total_amount_cents}, estimated ${total}`)
      yield* lose(run, invoice)
    }),

  // What is sold without tax is worth what its notes say: of what is due and of what was paid not a cent more can be given back.
  limits: ({ units }, run) =>
    Effect.gen(function* () {
      const [service, notes] = [yield* Invoices, yield* CreditNotes]
      const total = BigInt(units) * 333n
      const line = { description: "Work", units: `${units}`, unit_amount_cents: "333", tax_codes: [UNTAXED] }
      const { fees, invoice } = yield* service.oneOff({ external_customer_id: "c", lines: [line] })
      if (invoice.total_cents !== total) throw new Surprise(`${units} units without tax cost ${invoice.total_cents}, expected ${total}`)
      const due = total - settledCents(yield* service.settlements(invoice.id))
      if (due < 8n) return idle(run)
      const paid = (due + 1n) / 2n
      yield* (yield* Payments).record({ invoice_id: invoice.id, amount_cents: paid })
      const give = (credit_note_type: CreditNoteType, amount_cents: bigint, refused: string | null) =>
        expecting(
          run,
          notes.issue({ invoice_id: invoice.id, credit_note_type, items: [{ fee_id: fees[0]!.id, amount_cents }] }),
          refused === null ? null : [refused]
        )
      const inTwo = (type: CreditNoteType, whole: bigint, refused: string) =>
        Effect.gen(function* () {
          const half = whole / 2n
          yield* give(type, whole + 1n, refused)
          yield* give(type, half, null)
          yield* give(type, whole - half + 1n, refused)
        })
      yield* inTwo("offset", due - paid, "AmountExceedsDue")
      yield* inTwo("refund", paid, "RefundExceedsPaid")
      yield* give("refund", paid - paid / 2n, null)
      yield* give("refund", 1n, "RefundExceedsPaid")
      run.outcome = "done"
    }),

  finalizeNote: ({ pick }, run) =>
    Effect.gen(function* () {
      const note = yield* someNote(pick, isDraftByHand)
      if (note === undefined) return idle(run)
      const invoice = (yield* invoices).find(({ id }) => id === note.invoice_id)!
      const isRefund = isDraftByHand(note) && note.credit_note_type === "refund" && invoice.invoice_type !== "credit"
      // What the machinery made goes with its invoice, and what is due may have changed since.
      const refused =
        note.status !== "draft"
          ? ["InvalidTransition"]
          : !isRefund
            ? ["", "InvalidTransition", "RefundExceedsPaid", "AmountExceedsDue"]
            : wholeOf(note.total_cents) > (yield* refundableOf(note.invoice_id))
              ? ["RefundExceedsPaid"]
              : null
      yield* expecting(run, (yield* CreditNotes).finalize(note.id), refused)
    }),

  deleteNote: ({ pick }, run) =>
    Effect.gen(function* () {
      const note = yield* someNote(pick, isDraftByHand)
      if (note === undefined) return idle(run)
      const refused = isDraftByHand(note) ? null : ["InvalidTransition"]
      yield* expecting(run, (yield* CreditNotes).delete(note.id), refused)
    }),

  voidNote: ({ pick }, run) =>
    Effect.gen(function* () {
      const isWhole = ({ balance_cents, credit_cents, credit_status }: NoteRow) =>
        credit_status === "available" && wholeOf(credit_cents) === wholeOf(balance_cents)
      const note = yield* someNote(pick, isWhole)
      if (note === undefined) return idle(run)
      const done = yield* expecting(run, (yield* CreditNotes).void(note.id), isWhole(note) ? null : ["InvalidTransition"])
      const invoice = (yield* invoices).find(({ id }) => id === note.invoice_id)!
      if (done !== undefined) yield* lose(run, invoice)
    }),

  applyNote: ({ cents: amount, other, pick }, run) =>
    Effect.gen(function* () {
      const note = yield* someNote(pick, ({ credit_status }) => credit_status === "available")
      const invoice = yield* someInvoice(
        "final",
        other,
        ({ id, invoice_type, status }) => status === "finalized" && invoice_type !== "credit" && id !== note?.invoice_id
      )
      if (note === undefined || invoice === undefined) return idle(run)
      const due =
        invoice.status === "finalized" ? wholeOf(invoice.total_cents) - settledCents(yield* (yield* Invoices).settlements(invoice.id)) : 0n
      const possible = [wholeOf(note.balance_cents), due].reduce((least, one) => (one < least ? one : least), BigInt(amount))
      const isFitting = invoice.id !== note.invoice_id && invoice.invoice_type !== "credit"
      const isPossible = isFitting && note.credit_status === "available" && invoice.status === "finalized" && possible > 0n
      const expected = ["InvalidTransition", "InvalidInput", "AmountExceedsBalance", "AmountExceedsDue"]
      yield* expecting(
        run,
        (yield* CreditNotes).apply(note.id, { invoice_id: invoice.id, amount_cents: isPossible ? possible : BigInt(amount) }),
        isPossible ? null : expected
      )
    })
} satisfies { readonly [K in keyof Kinds]: (given: Kinds[K], run: Run) => Effect.Effect<void, unknown, unknown> }
