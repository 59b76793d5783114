/** Card numbers have no business here: what reads as one is refused, wherever a caller puts it (X5). Pure. */
import { Schema } from "effect"

/** 13 to 19 digits, as people write them: in one piece, or apart by spaces, dashes of any kind or dots. */
const CANDIDATE = /(?<![0-9])[0-9](?:[\s.\p{Pd}]{0,3}[0-9]){12,18}(?![0-9])/gu

/** The check digit that every card number has. */
const checks = (digits: string): boolean => {
  let sum = 0
  for (let place = 0; place < digits.length; place++) {
    const digit = Number(digits[digits.length - 1 - place])
    const doubled = digit * 2
    sum += place % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

/** A text with its wide, raised and circled digits and its narrow spaces as plain ones, and without what has no width. */
export const plainDigits = (text: string): string => text.normalize("NFKC").replace(/\p{Cf}/gu, "")

/** Whether a text holds what reads as a full card number. */
export const holdsCardNumber = (text: string): boolean =>
  [...plainDigits(text).matchAll(CANDIDATE)].some(([found]) => checks(found.replace(/[^0-9]/g, "")))

/** Every text and number in a value, keys too. */
export const textsIn = (value: unknown): ReadonlyArray<string> => {
  if (typeof value === "string") return [value]
  if (typeof value === "number" || typeof value === "bigint") return [String(value)]
  if (Array.isArray(value)) return value.flatMap(textsIn)
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => [key, ...textsIn(item)])
}

/** A field that takes no card number. */
export const withoutCardNumbers = <A, I>(schema: Schema.Schema<A, I>) =>
  schema.pipe(Schema.filter((value) => !textsIn(value).some(holdsCardNumber), { message: () => "expected no card number" }))
