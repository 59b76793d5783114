/** What a tax integration is asked about a document, and the rates that it gave in place of the levels (billing 9.3). Pure. */
import { Either } from "effect"
import type { Customer, Issuer } from "../accounts/index.js"
import type { TaxLookup, TaxRate } from "../catalog/index.js"
import type { FeeLine } from "./assemble.js"

/** A line as it is taxed: what is left of it after progressive credit and coupons, minor units; never 0. */
export interface TaxableLine {
  /** Its place among the document's lines. */
  readonly line: number
  readonly fee_type: FeeLine["fee_type"]
  readonly description: string
  /** The metric's, add-on's or plan's code; null on a line of a one-off invoice. */
  readonly item_code: string | null
  readonly units: string
  readonly amount_cents: bigint
}

/** A document that is about to become final, or is shown as it would. */
export interface TaxQuestion {
  readonly invoice_id: string
  readonly currency: string
  /** The civil day of issue, `YYYY-MM-DD`. */
  readonly issued_on: string
  readonly issuer: Issuer
  readonly customer: Customer
  readonly lines: ReadonlyArray<TaxableLine>
}

/** The taxes of each line of a question, in their order; a line without is exempt. */
export interface TaxAnswer {
  readonly integration_id: string
  readonly provider_type: string
  readonly taxes: ReadonlyArray<ReadonlyArray<TaxRate>>
}

/** Answers by what was asked. */
export type TaxAnswers = ReadonlyMap<string, TaxAnswer>

export const NO_ANSWERS: TaxAnswers = new Map()

/** Documents whose rates are not known yet: whoever opened the transaction undoes it, asks outside of it, and starts again. */
export class TaxesWanted {
  readonly _tag = "TaxesWanted"
  constructor(readonly questions: ReadonlyArray<TaxQuestion>) {}
}

const netOf = (line: FeeLine): bigint => line.amount_cents - line.progressive_billing_credit_amount_cents - line.coupons_amount_cents

/** Whether a document of these lines cannot be final before a tax integration was asked. */
export const awaitsTaxes = (lines: ReadonlyArray<FeeLine>, { taxes }: { readonly taxes: Pick<TaxLookup, "supplied"> }): boolean =>
  taxes.supplied && lines.some((line) => netOf(line) !== 0n)

/** The question of a document; `itemCodeOf` names what a line without a metric is for. */
export const questionOf = (
  head: Omit<TaxQuestion, "lines">,
  lines: ReadonlyArray<FeeLine>,
  itemCodeOf: (line: FeeLine) => string | null
): TaxQuestion => ({
  ...head,
  lines: lines.flatMap((line, index): ReadonlyArray<TaxableLine> => {
    const amount_cents = netOf(line)
    if (amount_cents === 0n) return []
    const { description, fee_type, metric_code, units } = line
    return [{ line: index, fee_type, description, item_code: metric_code ?? itemCodeOf(line), units, amount_cents }]
  })
})

/** What tells one question from another: everything that the answer may follow from, and no id that a new calculation makes anew. */
export const questionKey = ({ currency, customer, issued_on, issuer, lines }: TaxQuestion): string =>
  JSON.stringify([
    currency,
    issued_on,
    [issuer.kind, issuer.id, issuer.country, issuer.state, issuer.city, issuer.zip_code, issuer.address_line1, issuer.tax_id],
    [customer.id, customer.name, customer.billing_metadata],
    lines.map(({ amount_cents, ...line }) => ({ ...line, amount_cents: amount_cents.toString() }))
  ])

/** The lines with the taxes that were given for them, and whose answer it is; left: the question that has to be asked first. */
export const answeredLines = (
  question: TaxQuestion,
  lines: ReadonlyArray<FeeLine>,
  answers: TaxAnswers
): Either.Either<{ readonly lines: ReadonlyArray<FeeLine>; readonly answer: TaxAnswer | null }, TaxQuestion> => {
  if (question.lines.length === 0) return Either.right({ lines, answer: null })
  const answer = answers.get(questionKey(question))
  if (answer === undefined) return Either.left(question)
  const taxed = new Map(question.lines.map(({ item_code, line }, index) => [line, { item_code, taxes: answer.taxes[index] ?? [] }]))
  const answered = lines.map((line, index): FeeLine => {
    const { item_code = null, taxes = [] } = taxed.get(index) ?? {}
    // What it was asked about as is kept with it: so it is recorded over there.
    return item_code === null || line.metric_code !== null
      ? { ...line, taxes }
      : { ...line, taxes, properties: { ...line.properties, item_code } }
  })
  return Either.right({ lines: answered, answer })
}
