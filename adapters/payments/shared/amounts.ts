/** Amounts as a provider counts them: what is converted, and what it cannot express. */
import { Either } from "effect"
import { currencyOf } from "../../../src/core/index.js"
import { ProviderFailed, type ProviderName } from "../../../src/payments/index.js"

/** How many decimals a provider counts a currency with; null: it takes none of it. `step` is the smallest part of it that it takes. */
export interface Counting {
  readonly provider: ProviderName
  readonly decimals: (currency: string, standard: number) => number | null
  readonly step?: (currency: string) => bigint
}

const standardOf = (currency: string): number | null =>
  Either.match(currencyOf(currency), { onLeft: () => null, onRight: ({ exponent }) => exponent })

const scaled = (amount: bigint, from: number, to: number): bigint | null => {
  if (to >= from) return amount * 10n ** BigInt(to - from)
  const factor = 10n ** BigInt(from - to)
  return amount % factor === 0n ? amount / factor : null
}

const LARGEST = BigInt(Number.MAX_SAFE_INTEGER)

/** Our minor units as the provider's number. Fails with `ProviderFailed`, code `not_expressible`, before anything is asked. */
export const asCounted = (counting: Counting, amount_cents: bigint, currency: string): Either.Either<number, ProviderFailed> => {
  const refused = Either.left(new ProviderFailed({ provider: counting.provider, code: "not_expressible" }))
  const standard = standardOf(currency)
  const decimals = standard === null ? null : counting.decimals(currency, standard)
  if (standard === null || decimals === null) return refused
  const amount = scaled(amount_cents, standard, decimals)
  const step = counting.step?.(currency) ?? 1n
  return amount === null || amount > LARGEST || amount % step !== 0n ? refused : Either.right(Number(amount))
}

/** A provider's number as our minor units. Fails with `ProviderFailed`, code `unreadable`, where it is none of a currency of ours. */
export const asMinorUnits = (
  counting: Counting,
  amount: number,
  currency: string
): Either.Either<{ readonly amount_cents: bigint; readonly currency: string }, ProviderFailed> => {
  const unreadable = Either.left(new ProviderFailed({ provider: counting.provider, code: "unreadable" }))
  const code = currency.toUpperCase()
  const standard = standardOf(code)
  const decimals = standard === null ? null : counting.decimals(code, standard)
  if (standard === null || decimals === null || !Number.isSafeInteger(amount)) return unreadable
  const amount_cents = scaled(BigInt(amount), decimals, standard)
  return amount_cents === null ? unreadable : Either.right({ amount_cents, currency: code })
}
