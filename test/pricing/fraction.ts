/** Slow exact fractions, written apart from the library: what its arithmetic is held against. */
import type { Exact } from "../../src/core/exact.js"

export interface Fraction {
  readonly top: bigint
  readonly bottom: bigint
}

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? (a < 0n ? -a : a) : gcd(b, a % b))

export const fraction = (top: bigint, bottom = 1n): Fraction => {
  const common = gcd(top, bottom) * (bottom < 0n ? -1n : 1n)
  return { top: top / common, bottom: bottom / common }
}

export const none = fraction(0n)

export const read = (text: string): Fraction => {
  const [, sign, whole, decimals = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)!
  return fraction(BigInt(sign + whole! + decimals), 10n ** BigInt(decimals.length))
}

export const plus = (a: Fraction, b: Fraction): Fraction => fraction(a.top * b.bottom + b.top * a.bottom, a.bottom * b.bottom)
export const minus = (a: Fraction, b: Fraction): Fraction => plus(a, { top: -b.top, bottom: b.bottom })
export const times = (a: Fraction, b: Fraction): Fraction => fraction(a.top * b.top, a.bottom * b.bottom)
export const over = (a: Fraction, b: Fraction): Fraction => fraction(a.top * b.bottom, a.bottom * b.top)
export const isMore = (a: Fraction, b: Fraction): boolean => a.top * b.bottom > b.top * a.bottom
export const least = (a: Fraction, b: Fraction): Fraction => (isMore(a, b) ? b : a)
export const total = (parts: ReadonlyArray<Fraction>): Fraction => parts.reduce(plus, none)

/** The library's number as a fraction. */
export const of = ({ coefficient, scale, divisor }: Exact): Fraction => fraction(coefficient, 10n ** BigInt(scale) * divisor)
