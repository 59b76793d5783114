/** A one-off invoice as a caller asks for it, and the sale that it is (billing.md 9.2). Pure. */
import { Either, Schema } from "effect"
import type { Customer } from "../../accounts/index.js"
import {
  type CurrencyCode,
  currencyOf,
  Exact,
  exponentOf,
  Instant,
  InvalidInput,
  LARGEST_AMOUNT,
  listOf,
  orNull,
  Text,
  type UnknownCurrency
} from "../../core/index.js"
import type { SaleLine } from "./line.js"
import type { Sale } from "./sales.js"

/** A plain decimal ≥ 0 of at most 20 digits before the point and 15 after it, as text; a bigint reads as one too. */
const Decimal = Schema.Union(
  Schema.String.pipe(Schema.pattern(/^[0-9]{1,20}(?:\.[0-9]{1,15})?$/)),
  Schema.transform(Schema.BigIntFromSelf.pipe(Schema.nonNegativeBigInt()), Schema.String, {
    strict: true,
    decode: (value) => value.toString(),
    encode: (text) => BigInt(text)
  })
).annotations({ message: () => ({ message: "expected a decimal of at least 0 as text, at most 15 decimals", override: true }) })

const Line = Schema.Struct({
  description: Text.name(500),
  units: Schema.optionalWith(Decimal, { default: () => "1" }),
  /** Minor units of one unit; decimals as far as the main unit has at most 15. */
  unit_amount_cents: Decimal,
  /** In place of the taxes of any level. */
  tax_codes: Schema.optionalWith(listOf(Text.atMost(255), 50), { default: () => [] })
})

const Lines = Schema.Array(Line).pipe(Schema.minItems(1, { message: () => "expected at least one line" }), Schema.maxItems(1000))

export const OneOff = Schema.Struct({
  external_customer_id: Text.atMost(255),
  /** The customer's unless given. */
  currency: Schema.optional(Schema.String),
  lines: Lines,
  billing_entity_id: orNull(Schema.String),
  due_date: orNull(Instant),
  /** Whether it waits until it is finalized by hand. */
  draft: Schema.optionalWith(Schema.Boolean, { default: () => false })
})
export type OneOffInput = typeof OneOff.Encoded

export const UpdateDraft = Schema.Struct({
  due_date: Schema.optional(Schema.NullOr(Instant)),
  billing_entity_id: Schema.optional(Schema.NullOr(Schema.String)),
  lines: Schema.optional(Lines)
})
/** What is left out stays, null clears: the due date is then by the payment term, the issuer that of the subscription or customer. `lines`: all of a one-off. */
export type UpdateDraftInput = typeof UpdateDraft.Encoded

const LARGEST = Exact.fromBigInt(LARGEST_AMOUNT)

const exactOf = ({ unit_amount_cents, units }: Pick<SaleLine, "units" | "unit_amount_cents">): Exact.Exact =>
  Exact.multiply(Exact.unsafeFromText(units), Exact.unsafeFromText(unit_amount_cents))

const wrong = (field: string, reason: string) => Either.left(new InvalidInput({ field, reason }))

const lineOf = (line: typeof Line.Type, index: number, exponent: number): Either.Either<SaleLine, InvalidInput> => {
  const { description, tax_codes, unit_amount_cents, units } = line
  const decimals = unit_amount_cents.split(".")[1]?.length ?? 0
  if (decimals + exponent > 15) return wrong(`lines[${index}].unit_amount_cents`, `expected at most ${15 - exponent} decimals`)
  if (Exact.compare(exactOf(line), LARGEST) > 0) return wrong(`lines[${index}]`, "expected an amount of at most 10^16 minor units")
  return Either.right({ description, units, unit_amount_cents, taxes: [...new Set(tax_codes)], applied_add_on_id: null, add_on_id: null })
}

/** The lines of a sale in a currency. */
export const saleLines = (
  lines: (typeof OneOff.Type)["lines"],
  currency: CurrencyCode
): Either.Either<ReadonlyArray<SaleLine>, InvalidInput> =>
  Either.flatMap(Either.all(lines.map((line, index) => lineOf(line, index, exponentOf(currency)))), (sold) =>
    Exact.compare(Exact.sum(sold.map(exactOf)), LARGEST) > 0
      ? wrong("lines", "expected amounts of at most 10^16 minor units together")
      : Either.right(sold)
  )

/** The sale that a one-off invoice is. */
export const oneOffSale = (given: typeof OneOff.Type, customer: Customer): Either.Either<Sale, InvalidInput | UnknownCurrency> =>
  Either.gen(function* () {
    const { code: currency } = yield* currencyOf(given.currency ?? customer.currency)
    const lines = yield* saleLines(given.lines, currency)
    const { billing_entity_id, draft, due_date } = given
    return { invoice_type: "one_off", customer, currency, billing_entity_id, lines, due_date, draft } as const
  })
