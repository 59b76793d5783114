/** What a caller gives for coupons and their applications, and what makes a coupon whole (billing.md 5.6). Pure. */
import { DateTime, Either, Schema } from "effect"
import {
  currencyOf,
  Exact,
  Instant,
  InvalidInput,
  MinorUnits,
  named,
  orNull,
  pageFields,
  Text,
  type UnknownCurrency
} from "../core/index.js"
import { type AppliedCoupon, type Coupon, CouponExpiration, CouponFrequency, CouponStatus, CouponType } from "./coupon.js"

const HUNDRED = Exact.fromBigInt(100n)

const isRate = (text: string): boolean => {
  const rate = /^[0-9]{1,3}(?:\.[0-9]{1,2})?$/.test(text) ? Exact.unsafeFromText(text) : undefined
  return rate !== undefined && Exact.sign(rate) > 0 && Exact.compare(rate, HUNDRED) <= 0
}

/** In percent: above 0, at most 100, at most 2 decimals, as text; kept without trailing zeros. */
const Rate = Schema.String.pipe(
  Schema.filter(isRate, { message: () => "expected a percentage above 0 and at most 100 with at most 2 decimals, as text" })
)

const Amount = MinorUnits.pipe(Schema.filter((value) => value > 0n, { message: () => "expected more than 0" }))

const Duration = Schema.Int.pipe(Schema.between(1, 1_000_000, { message: () => "expected a whole number of at least 1" }))

const terms = {
  amount_cents: orNull(Amount),
  amount_currency: orNull(Schema.String),
  percentage_rate: orNull(Rate),
  frequency_duration: orNull(Duration),
  expiration_at: orNull(Instant)
}

export const CreateCoupon = Schema.Struct({
  code: Text.name(255),
  name: Text.name(255),
  description: orNull(Text.atMost(10_000)),
  coupon_type: CouponType,
  frequency: Schema.optionalWith(CouponFrequency, { default: () => "once" as const }),
  reusable: Schema.optionalWith(Schema.Boolean, { default: () => true }),
  expiration: Schema.optionalWith(CouponExpiration, { default: () => "no_expiration" as const }),
  ...terms
})
export type CreateCouponInput = typeof CreateCoupon.Encoded

const changed = <A, I>(schema: Schema.Schema<A, I>) => Schema.optional(Schema.NullOr(schema))

/** What is left out stays, null clears. Type, frequency and duration are fixed once applied. */
export const UpdateCoupon = Schema.Struct({
  code: Schema.optional(Text.name(255)),
  name: Schema.optional(Text.name(255)),
  description: changed(Text.atMost(10_000)),
  coupon_type: Schema.optional(CouponType),
  amount_cents: changed(Amount),
  amount_currency: changed(Schema.String),
  percentage_rate: changed(Rate),
  frequency: Schema.optional(CouponFrequency),
  frequency_duration: changed(Duration),
  reusable: Schema.optional(Schema.Boolean),
  expiration: Schema.optional(CouponExpiration),
  expiration_at: changed(Instant)
})
export type UpdateCouponInput = typeof UpdateCoupon.Encoded

/** Amount and currency of a fixed coupon, or rate of a percentage, in place of the coupon's. */
export const ApplyCoupon = Schema.Struct({
  coupon_code: Text.atMost(255),
  external_customer_id: Text.atMost(255),
  amount_cents: orNull(Amount),
  amount_currency: orNull(Schema.String),
  percentage_rate: orNull(Rate)
})
export type ApplyCouponInput = typeof ApplyCoupon.Encoded

export const ListCoupons = Schema.Struct({ ...pageFields, status: Schema.optional(CouponStatus) })
export type ListCouponsInput = typeof ListCoupons.Encoded

export const ListAppliedCoupons = Schema.Struct({
  ...pageFields,
  customer_id: Schema.optional(Schema.String),
  coupon_id: Schema.optional(Schema.String),
  status: Schema.optional(CouponStatus)
})
export type ListAppliedCouponsInput = typeof ListAppliedCoupons.Encoded

type CouponTerms = Pick<
  Coupon,
  | "coupon_type"
  | "amount_cents"
  | "amount_currency"
  | "percentage_rate"
  | "frequency"
  | "frequency_duration"
  | "expiration"
  | "expiration_at"
>

const wrong = (field: string, reason: string) => Either.left(new InvalidInput({ field, reason }))

/** The first field of `there` that is missing, or of `absent` that is given. */
const misplaced = (row: object, there: ReadonlyArray<string>, absent: ReadonlyArray<string>, because: string) => {
  const given = (field: string) => (row as Readonly<Record<string, unknown>>)[field] != null
  const missing = there.find((field) => !given(field))
  if (missing !== undefined) return wrong(missing, `needed for ${because}`)
  const surplus = absent.find(given)
  return surplus === undefined ? Either.right(undefined) : wrong(surplus, `not for ${because}`)
}

const knownCurrency = (code: string | null): Either.Either<unknown, UnknownCurrency> =>
  code === null ? Either.right(undefined) : currencyOf(code)

/** `20.00` and `20` are one rate. */
const shortestRate = (rate: string): string => Exact.toText(Exact.unsafeFromText(rate))

const FIXED = ["amount_cents", "amount_currency"]

/**
 * A coupon's terms if they are whole: a fixed amount has amount and currency, a percentage a rate, a recurring one a
 * duration, a time limit an instant; and nothing else. `expiresAnew`: the instant was given now, and lies in the future.
 */
export const wholeCoupon = <C extends CouponTerms>(
  coupon: C,
  now: DateTime.Utc,
  expiresAnew: boolean
): Either.Either<C, InvalidInput | UnknownCurrency> =>
  Either.gen(function* () {
    const { coupon_type, expiration, expiration_at, frequency } = coupon
    const isFixed = coupon_type === "fixed_amount"
    yield* isFixed
      ? misplaced(coupon, FIXED, ["percentage_rate"], "a fixed amount")
      : misplaced(coupon, ["percentage_rate"], FIXED, "a percentage")
    yield* knownCurrency(coupon.amount_currency)
    yield* frequency === "recurring"
      ? misplaced(coupon, ["frequency_duration"], [], "a recurring coupon")
      : misplaced(coupon, [], ["frequency_duration"], `a coupon of frequency ${frequency}`)
    yield* expiration === "time_limit"
      ? misplaced(coupon, ["expiration_at"], [], "a time limit")
      : misplaced(coupon, [], ["expiration_at"], "a coupon without time limit")
    if (expiresAnew && expiration_at !== null && DateTime.lessThanOrEqualTo(expiration_at, now)) {
      return yield* wrong("expiration_at", "expected an instant in the future")
    }
    const { percentage_rate } = coupon
    return { ...coupon, percentage_rate: percentage_rate === null ? null : shortestRate(percentage_rate) }
  })

/** A coupon after an update; whole again, or why not. */
export const editedCoupon = (before: Coupon, update: typeof UpdateCoupon.Type, now: DateTime.Utc) =>
  wholeCoupon({ ...before, ...named(update), updated_at: now }, now, update.expiration_at != null)

/** What an application overrides, if the coupon's type has it. */
export const overridesOf = (
  { amount_cents, amount_currency, percentage_rate }: typeof ApplyCoupon.Type,
  coupon: Coupon
): Either.Either<Pick<AppliedCoupon, "amount_cents" | "amount_currency" | "percentage_rate">, InvalidInput | UnknownCurrency> =>
  Either.gen(function* () {
    const given = { amount_cents, amount_currency, percentage_rate }
    yield* coupon.coupon_type === "fixed_amount"
      ? misplaced(given, [], ["percentage_rate"], "a fixed amount")
      : misplaced(given, [], FIXED, "a percentage")
    yield* knownCurrency(amount_currency)
    return { ...given, percentage_rate: percentage_rate === null ? null : shortestRate(percentage_rate) }
  })
