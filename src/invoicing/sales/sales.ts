/** Documents that no subscription is behind: what is sold once, as add-on or one-off (billing.md 9.2). No coupon reduces them. */
import { Context, type DateTime, Effect, Either, Layer } from "effect"
import { BillingEntityStore, type Customer, CustomerStore, type Issuer, issuerOf, OrganizationStore } from "../../accounts/index.js"
import { TaxNotFound, TaxTable } from "../../catalog/index.js"
import { type CurrencyCode, type CurrentOrganization, exponentOf, Ids, localDate, type StorageError } from "../../core/index.js"
import { type AssembledDocument, assemble, type FeeLine } from "../assemble.js"
import { type DocumentHead, draftOf, idsNeeded } from "../document.js"
import type { Fee } from "../fee.js"
import { Issuing } from "../issuing.js"
import { type InvoiceDocument, InvoiceStore, suppliedBy } from "../store.js"
import { lineOfFee } from "../stored-line.js"
import { answeredLines, awaitsTaxes, questionOf, type TaxAnswers, TaxesWanted } from "../tax-question.js"
import { type SaleLine, saleFeeLine } from "./line.js"

/** What is sold to whom. */
export interface Sale {
  readonly invoice_type: "add_on" | "one_off"
  readonly customer: Customer
  readonly currency: CurrencyCode
  /** The issuer that is named on the invoice; null: the customer's, else the default. */
  readonly billing_entity_id: string | null
  readonly lines: ReadonlyArray<SaleLine>
  /** Null: by the payment term. */
  readonly due_date: DateTime.Utc | null
  /** Whether it waits until somebody finalizes it. */
  readonly draft: boolean
}

/** Whose document it is. */
interface Parties {
  readonly customer: Customer
  readonly issuer: Issuer
}

/** Makes documents of sales, inside the transaction that the caller opened. */
export class Sales extends Context.Tag("billwright/Sales")<
  Sales,
  {
    /** Stores the invoice of a sale: a draft, or final at once unless it waits for a tax integration. Fails with `TaxNotFound` for a tax that a line names. */
    readonly sell: (sale: Sale, now: DateTime.Utc) => Effect.Effect<InvoiceDocument, TaxNotFound | StorageError, CurrentOrganization>
    /** Calculates a locked draft of a sale again: the same lines, with the taxes as they are now. */
    readonly refresh: (
      draft: InvoiceDocument,
      now: DateTime.Utc,
      answers: TaxAnswers | null
    ) => Effect.Effect<void, TaxesWanted | StorageError, CurrentOrganization>
    /** The same with other lines. Fails with `TaxNotFound` for a tax that one of them names. */
    readonly reline: (
      draft: InvoiceDocument,
      lines: ReadonlyArray<SaleLine>,
      now: DateTime.Utc
    ) => Effect.Effect<void, TaxNotFound | StorageError, CurrentOrganization>
    /** The same, and makes it final. */
    readonly finalize: (
      draft: InvoiceDocument,
      now: DateTime.Utc,
      answers: TaxAnswers
    ) => Effect.Effect<void, TaxesWanted | StorageError, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<
    Sales,
    never,
    OrganizationStore | BillingEntityStore | CustomerStore | TaxTable | InvoiceStore | Issuing | Ids
  > = Layer.effect(
    Sales,
    Effect.gen(function* () {
      const organizations = yield* OrganizationStore
      const entities = yield* BillingEntityStore
      const customers = yield* CustomerStore
      const taxTable = yield* TaxTable
      const invoices = yield* InvoiceStore
      const issuing = yield* Issuing
      const ids = yield* Ids

      const issuerFor = Effect.fnUntraced(function* (customer: Customer, billing_entity_id: string | null) {
        const organization = yield* organizations.current
        if (organization === undefined) return yield* Effect.dieMessage("a customer without its organization")
        const named = { invoice: billing_entity_id, customer: customer.billing_entity_id }
        return issuerOf({ organization, billing_entities: yield* entities.all }, named)
      })

      const entityOf = (issuer: Issuer): string | null => (issuer.kind === "billing_entity" ? issuer.id : null)

      const headOf = (
        sale: Pick<Sale, "invoice_type" | "currency" | "billing_entity_id">,
        { customer, issuer }: Parties,
        now: DateTime.Utc
      ): DocumentHead => ({
        organization_id: customer.organization_id,
        customer,
        issuer,
        invoice_type: sale.invoice_type,
        named_billing_entity_id: sale.billing_entity_id,
        subscription_id: null,
        currency: sale.currency,
        billing_period_start: null,
        billing_period_end: null,
        billed_at: now,
        grace_days: 0
      })

      const freshFor = (figures: AssembledDocument) => Effect.map(ids.many(idsNeeded(figures)), (fresh) => fresh[Symbol.iterator]())

      const issue = (document: InvoiceDocument, parties: Parties, now: DateTime.Utc) =>
        issuing.issue([{ ...parties, document, notes: [] }], now)

      /** The lines of a sale as fees, with their taxes. */
      const feeLinesOf = Effect.fnUntraced(function* (
        lines: ReadonlyArray<SaleLine>,
        { customer, issuer }: Parties,
        currency: CurrencyCode,
        now: DateTime.Utc
      ) {
        const billing_entity_id = entityOf(issuer)
        const taxes = yield* taxTable.load({
          customer_ids: [customer.id],
          add_on_ids: lines.flatMap(({ add_on_id }) => add_on_id ?? []),
          billing_entity_ids: billing_entity_id === null ? [] : [billing_entity_id],
          tax_codes: [...new Set(lines.flatMap((line) => line.taxes))]
        })
        const terms = { exponent: exponentOf(currency), rounding_mode: issuer.rounding_mode, now }
        const made = yield* Effect.forEach(lines, (line) =>
          Effect.gen(function* () {
            const named = yield* Effect.forEach(line.taxes, (code) => {
              const tax = taxes.named(code)
              return tax === undefined ? new TaxNotFound({ id: code }) : Effect.succeed(tax)
            })
            const { add_on_id } = line
            return saleFeeLine(line, { ...terms, taxes: taxes.of({ line: named, add_on_id, customer_id: customer.id, billing_entity_id }) })
          })
        )
        return { lines: made, taxes }
      })

      const sell = Effect.fn("Sales.sell")(function* (sale: Sale, now: DateTime.Utc) {
        const { currency, customer, lines } = sale
        const issuer = yield* issuerFor(customer, sale.billing_entity_id)
        const { rounding_mode } = issuer
        const { lines: feeLines, taxes } = yield* feeLinesOf(lines, { customer, issuer }, currency, now)
        const figures = assemble(feeLines, rounding_mode)
        const draft = draftOf(headOf(sale, { customer, issuer }, now), figures, { fresh: yield* freshFor(figures) }, now)
        const finalize_at = sale.draft ? null : draft.invoice.finalize_at
        const document = { ...draft, invoice: { ...draft.invoice, finalize_at, due_date: sale.due_date } }
        yield* invoices.insert([document])
        if (!sale.draft && !awaitsTaxes(feeLines, { taxes })) yield* issue(document, { customer, issuer }, now)
        return (yield* invoices.load([document.invoice.id]))[0]!
      })

      /** The taxes of the lines of a draft as they are now; those that were named stay named. */
      const linesAgain = Effect.fnUntraced(function* (fees: ReadonlyArray<Fee>, { customer, issuer }: Parties) {
        const billing_entity_id = entityOf(issuer)
        const taxes = yield* taxTable.load({
          customer_ids: [customer.id],
          billing_entity_ids: billing_entity_id === null ? [] : [billing_entity_id],
          tax_ids: fees.flatMap((fee) => fee.properties.tax_ids ?? [])
        })
        const lines = fees.map((fee) => {
          const line = (fee.properties.tax_ids ?? []).flatMap((id) => taxes.named(id) ?? [])
          return lineOfFee(fee, taxes.of({ line, customer_id: customer.id, billing_entity_id }))
        })
        return { lines, supplied: taxes.supplied }
      })

      /** The parties of a draft as they are now. */
      const partiesOf = Effect.fnUntraced(function* ({ customer_id, named_billing_entity_id }: InvoiceDocument["invoice"]) {
        const [customer] = yield* customers.load([customer_id])
        if (customer === undefined) return yield* Effect.dieMessage("an invoice without its customer")
        return { customer, issuer: yield* issuerFor(customer, named_billing_entity_id) }
      })

      /** Puts lines in place of a draft's; `fee_ids` are those of fees that stay the same rows. */
      const relined = Effect.fnUntraced(function* (
        { invoice }: InvoiceDocument,
        parties: Parties,
        lines: ReadonlyArray<FeeLine>,
        fee_ids: ReadonlyArray<string>,
        now: DateTime.Utc
      ) {
        const figures = assemble(lines, parties.issuer.rounding_mode)
        const { billed_at, created_at, due_date, finalize_at, named_billing_entity_id: billing_entity_id } = invoice
        const sale = {
          invoice_type: invoice.invoice_type as Sale["invoice_type"],
          currency: invoice.currency as CurrencyCode,
          billing_entity_id
        }
        const kept = { fresh: yield* freshFor(figures), invoice_id: invoice.id, fee_ids }
        const anew = draftOf(headOf(sale, parties, now), figures, kept, now)
        const document = { ...anew, invoice: { ...anew.invoice, billed_at, created_at, due_date, finalize_at } }
        yield* invoices.replace([document])
        return document
      })

      /** Null: where a tax integration is in charge the taxes are left out. */
      const again = Effect.fnUntraced(function* (draft: InvoiceDocument, now: DateTime.Utc, answers: TaxAnswers | null) {
        const { invoice } = draft
        const parties = yield* partiesOf(invoice)
        const { customer, issuer } = parties
        const untaxed = yield* linesAgain(draft.fees, parties)
        const head = { invoice_id: invoice.id, currency: invoice.currency, issued_on: localDate(now, customer.timezone), issuer, customer }
        const question = questionOf(head, untaxed.lines, (line) => line.properties.item_code ?? null)
        const answered =
          untaxed.supplied && answers !== null
            ? answeredLines(question, untaxed.lines, answers)
            : Either.right({ lines: untaxed.lines, answer: null })
        if (Either.isLeft(answered)) return yield* Effect.fail(new TaxesWanted([answered.left]))
        const { answer, lines } = answered.right
        const fee_ids = draft.fees.map((fee) => fee.id)
        const document = yield* relined(draft, parties, lines, fee_ids, now)
        return { ...parties, document, answer }
      })

      return Sales.of({
        sell,
        refresh: Effect.fn("Sales.refresh")((draft, now, answers) => Effect.asVoid(again(draft, now, answers))),
        reline: Effect.fn("Sales.reline")(function* (draft, lines, now) {
          const parties = yield* partiesOf(draft.invoice)
          const again = yield* feeLinesOf(lines, parties, draft.invoice.currency as CurrencyCode, now)
          yield* relined(draft, parties, again.lines, [], now)
        }),
        finalize: Effect.fn("Sales.finalize")(function* (draft, now, answers) {
          const { answer, document, ...parties } = yield* again(draft, now, answers)
          yield* invoices.recordTaxations(suppliedBy(document.invoice, answer, now))
          yield* issue(document, parties, now)
        })
      })
    })
  )
}
