/** Texts and amounts as electronic invoices write them. Pure. */
import { Exact } from "../../core/index.js"

/** What XML 1.0 has no place for: most control characters, halves of pairs, two that are none. */
const UNWRITABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/gu

/** A text in one line that XML can hold; null where nothing is left of it. */
export const written = (text: string | null | undefined): string | null => {
  const line = (text ?? "").replace(UNWRITABLE, "").replace(/\s+/g, " ").trim()
  return line === "" ? null : line
}

/** A note must not look as if it began with a code of its subject: `#AAI#` is one, `#101#` is none (BR-CL-08). */
export const noted = (text: string | null): string | null => text?.replace(/^([^#]*#)(?=[^#]{3}#)/u, "$1 ") ?? null

/** Decimals of an amount: EN 16931 knows two at most (BR-DEC). */
const decimalsOf = (exponent: number): number => Math.min(exponent, 2)

/** Whether an amount has no more decimals than EN 16931 can say. */
export const isSayable = (cents: bigint, exponent: number): boolean => cents % Exact.pow10(exponent - decimalsOf(exponent)) === 0n

/** Minor units as a decimal in main units: `36.50`, `-0.05`, `3100` for yen. */
export const amountText = (cents: bigint, exponent: number): string => {
  const decimals = decimalsOf(exponent)
  const shown = cents / Exact.pow10(exponent - decimals)
  const digits = (shown < 0n ? -shown : shown).toString().padStart(decimals + 1, "0")
  const whole = digits.slice(0, digits.length - decimals)
  return `${shown < 0n ? "-" : ""}${whole}${decimals === 0 ? "" : `.${digits.slice(digits.length - decimals)}`}`
}
