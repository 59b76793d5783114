/**
 * Exact numbers: a decimal over a whole divisor. Prices and quantities are decimals; shares of days and time-weighted
 * averages are quotients that may never end, and stay quotients until the one rounding (decisions N1, N2, P18).
 *
 * value = coefficient ÷ (10^scale × divisor)
 */

/** An exact rational number. `scale` ≥ 0 counts decimals, `divisor` ≥ 1; neither is kept reduced: compare with `equals`. */
export interface Exact {
  readonly coefficient: bigint
  readonly scale: number
  readonly divisor: bigint
}

/** How a figure between two minor units is settled: `half_away` from zero (default), `half_even`, or `down` towards zero (N7). */
export type RoundingMode = "half_away" | "half_even" | "down"

const POWERS: Array<bigint> = [1n]

/** 10^n for n ≥ 0. */
export const pow10 = (n: number): bigint => {
  for (let i = POWERS.length; i <= n; i++) POWERS.push(POWERS[i - 1]! * 10n)
  return POWERS[n]!
}

export const make = (coefficient: bigint, scale = 0, divisor = 1n): Exact => ({ coefficient, scale, divisor })

export const zero: Exact = make(0n)
export const one: Exact = make(1n)

export const fromBigInt = (value: bigint): Exact => make(value)

const PLAIN = /^-?[0-9]+(?:\.[0-9]+)?$/

/** Whether a text reads as a plain decimal: optional `-`, digits, optionally a point and digits (P9). */
export const isPlainDecimal = (text: string): boolean => PLAIN.test(text)

/** Reads a plain decimal; anything else is `undefined`. Never goes through a floating-point number. */
export const fromText = (text: string): Exact | undefined => {
  if (!PLAIN.test(text)) return undefined
  const point = text.indexOf(".")
  if (point < 0) return make(BigInt(text))
  return make(BigInt(text.slice(0, point) + text.slice(point + 1)), text.length - point - 1)
}

/** Reads a text that is known to be a plain decimal (a literal, or a column that the database guards). A defect otherwise. */
export const unsafeFromText = (text: string): Exact => {
  const value = fromText(text)
  if (value === undefined) throw new RangeError(`not a plain decimal: ${text.slice(0, 40)}`)
  return value
}

const gcd = (a: bigint, b: bigint): bigint => {
  let x = a < 0n ? -a : a
  let y = b
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}

const WIDE = 1n << 96n

/** Keeps divisors short; only called where they can grow. */
const reduced = (coefficient: bigint, scale: number, divisor: bigint): Exact => {
  if (coefficient === 0n) return zero
  if (divisor < WIDE) return make(coefficient, scale, divisor)
  const common = gcd(coefficient, divisor)
  return make(coefficient / common, scale, divisor / common)
}

export const add = (a: Exact, b: Exact): Exact => {
  if (a.divisor === b.divisor) {
    if (a.scale === b.scale) return make(a.coefficient + b.coefficient, a.scale, a.divisor)
    return a.scale > b.scale
      ? make(a.coefficient + b.coefficient * pow10(a.scale - b.scale), a.scale, a.divisor)
      : make(a.coefficient * pow10(b.scale - a.scale) + b.coefficient, b.scale, a.divisor)
  }
  const scale = Math.max(a.scale, b.scale)
  return reduced(
    a.coefficient * pow10(scale - a.scale) * b.divisor + b.coefficient * pow10(scale - b.scale) * a.divisor,
    scale,
    a.divisor * b.divisor
  )
}

export const negate = (a: Exact): Exact => make(-a.coefficient, a.scale, a.divisor)

export const subtract = (a: Exact, b: Exact): Exact => add(a, negate(b))

export const multiply = (a: Exact, b: Exact): Exact =>
  a.divisor === 1n && b.divisor === 1n
    ? make(a.coefficient * b.coefficient, a.scale + b.scale)
    : reduced(a.coefficient * b.coefficient, a.scale + b.scale, a.divisor * b.divisor)

/** a ÷ b, carried exactly. Division by zero is a defect: callers decide what zero means before they divide. */
export const divide = (a: Exact, b: Exact): Exact => {
  if (b.coefficient === 0n) throw new RangeError("division by zero")
  const sign = b.coefficient < 0n ? -1n : 1n
  return reduced(a.coefficient * sign * b.divisor * pow10(b.scale), a.scale, a.divisor * b.coefficient * sign)
}

/** a × 10^places: from units of a currency to minor units by its exponent, back by its negative. */
export const shift = (a: Exact, places: number): Exact =>
  places < 0 ? make(a.coefficient, a.scale - places, a.divisor) : make(a.coefficient * pow10(places), a.scale, a.divisor)

/** a × numerator ÷ denominator, for shares of days or seconds; denominator > 0. */
export const share = (a: Exact, numerator: bigint, denominator: bigint): Exact =>
  reduced(a.coefficient * numerator, a.scale, a.divisor * denominator)

export const sign = (a: Exact): -1 | 0 | 1 => (a.coefficient === 0n ? 0 : a.coefficient < 0n ? -1 : 1)

export const isZero = (a: Exact): boolean => a.coefficient === 0n

export const isNegative = (a: Exact): boolean => a.coefficient < 0n

export const compare = (a: Exact, b: Exact): -1 | 0 | 1 => {
  let left = a.coefficient
  let right = b.coefficient
  if (a.divisor !== b.divisor) {
    left *= b.divisor
    right *= a.divisor
  }
  if (a.scale < b.scale) left *= pow10(b.scale - a.scale)
  else if (b.scale < a.scale) right *= pow10(a.scale - b.scale)
  return left < right ? -1 : left > right ? 1 : 0
}

export const equals = (a: Exact, b: Exact): boolean => compare(a, b) === 0
export const min = (a: Exact, b: Exact): Exact => (compare(a, b) <= 0 ? a : b)
export const max = (a: Exact, b: Exact): Exact => (compare(a, b) >= 0 ? a : b)
export const abs = (a: Exact): Exact => (a.coefficient < 0n ? negate(a) : a)

export const sum = (values: Iterable<Exact>): Exact => {
  let total = zero
  for (const value of values) total = add(total, value)
  return total
}

/** numerator ÷ denominator as a whole number by a rounding mode; denominator > 0. */
export const roundQuotient = (numerator: bigint, denominator: bigint, mode: RoundingMode = "half_away"): bigint => {
  const quotient = numerator / denominator
  const rest = numerator % denominator
  if (rest === 0n || mode === "down") return quotient
  const twice = (rest < 0n ? -rest : rest) * 2n
  const up = twice > denominator || (twice === denominator && (mode === "half_away" || quotient % 2n !== 0n))
  return up ? quotient + (numerator < 0n ? -1n : 1n) : quotient
}

/** a × 10^exponent as a whole number, rounded once from the exact value: an amount in minor units (N2). */
export const toMinorUnits = (a: Exact, exponent: number, mode: RoundingMode = "half_away"): bigint =>
  exponent >= a.scale
    ? roundQuotient(a.coefficient * pow10(exponent - a.scale), a.divisor, mode)
    : roundQuotient(a.coefficient, a.divisor * pow10(a.scale - exponent), mode)

/** a rounded to `decimals` places (negative: tens, hundreds, …). */
export const round = (a: Exact, decimals = 0, mode: RoundingMode = "half_away"): Exact => {
  if (decimals >= 0) return make(toMinorUnits(a, decimals, mode), decimals)
  const unit = pow10(-decimals)
  return make(roundQuotient(a.coefficient, a.divisor * pow10(a.scale) * unit, mode) * unit)
}

/** Greatest whole number not above numerator ÷ denominator; denominator > 0. */
export const floorQuotient = (numerator: bigint, denominator: bigint): bigint => {
  const quotient = numerator / denominator
  return numerator % denominator < 0n ? quotient - 1n : quotient
}

/** Towards −∞ at `decimals` places. */
export const floor = (a: Exact, decimals = 0): Exact => {
  const unit = pow10(Math.abs(decimals))
  return decimals >= 0
    ? make(floorQuotient(a.coefficient * unit, a.divisor * pow10(a.scale)), decimals)
    : make(floorQuotient(a.coefficient, a.divisor * pow10(a.scale) * unit) * unit)
}

/** Towards +∞ at `decimals` places. */
export const ceil = (a: Exact, decimals = 0): Exact => negate(floor(negate(a), decimals))

/** The shortest plain decimal of the value rounded half away from zero to at most `decimals` places; 15 is what is stored. */
export const toText = (a: Exact, decimals = 15): string => {
  let coefficient = a.coefficient
  let scale = a.scale
  if (a.divisor !== 1n || scale > decimals) {
    coefficient = toMinorUnits(a, decimals)
    scale = decimals
  }
  if (scale === 0) return coefficient.toString()
  const negative = coefficient < 0n
  const digits = (negative ? -coefficient : coefficient).toString().padStart(scale + 1, "0")
  let end = digits.length
  while (end > digits.length - scale && digits.charCodeAt(end - 1) === 48) end--
  const whole = digits.slice(0, digits.length - scale)
  const fraction = digits.slice(digits.length - scale, end)
  const text = fraction === "" ? whole : `${whole}.${fraction}`
  return negative && text !== "0" ? `-${text}` : text
}
