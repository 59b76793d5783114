/** Checks of single properties. Decimals: digits, optionally a point and at most 15 digits; no sign, no exponent, always text (N1, N6). */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { pow10, unsafeFromText } from "../../core/exact.js"
import { JsonObject } from "../../core/input.js"
import { isStorable } from "../../core/text.js"
import { type Checked, ensure, type Found, refuse } from "./found.js"

const DECIMAL = /^[0-9]+(?:\.[0-9]{1,15})?$/

/** No price or bound needs more; a text of a million digits is an attack. */
const LONGEST = 100

export const decimal = ({ path, value }: Found): Checked<string> => {
  if (value === undefined) return refuse(path, "missing")
  if (typeof value !== "string") return refuse(path, "expected a decimal as text")
  if (value.length > LONGEST) return refuse(path, `expected at most ${LONGEST} characters`)
  if (DECIMAL.test(value)) return Either.right(value)
  return refuse(path, value.startsWith("-") ? "must not be negative" : "expected digits, optionally a point and at most 15 digits")
}

const isWhole = (text: string): boolean => {
  const { coefficient, scale } = unsafeFromText(text)
  return coefficient % pow10(scale) === 0n
}

export const whole = (found: Found): Checked<string> => ensure(decimal(found), isWhole, found.path, "expected a whole number")

export const wholeAboveZero = (found: Found): Checked<string> =>
  ensure(whole(found), (text) => unsafeFromText(text).coefficient > 0n, found.path, "expected a whole number above 0")

/** A number of events: a whole number as text or JSON integer; stored as text without a point. */
export const eventCount = ({ path, value }: Found): Checked<string> => {
  if (typeof value === "number") {
    return Number.isSafeInteger(value) && value >= 0 ? Either.right(String(value)) : refuse(path, "expected a whole number, not negative")
  }
  return Either.map(whole({ path, value }), (text) => text.split(".")[0] as string)
}

/** A name: a text that is not empty and that both engines can store. */
export const name = ({ path, value }: Found): Checked<string> =>
  typeof value === "string" && isStorable(value) && value !== "" ? Either.right(value) : refuse(path, "expected a text that is not empty")

/** Distinct names. */
export const names = ({ path, value }: Found): Checked<ReadonlyArray<string>> => {
  if (!Array.isArray(value)) return refuse(path, "expected a list of texts")
  return Either.gen(function* () {
    const seen = new Set<string>()
    for (const [index, entry] of value.entries()) {
      const found = { path: `${path}[${index}]`, value: entry }
      seen.add(yield* ensure(name(found), (text) => !seen.has(text), found.path, "named twice"))
    }
    return [...seen]
  })
}

const isJsonObject = Schema.is(JsonObject)

/** As it stands in JSON text: quotes within a text are escaped, so only a key reads like this. */
const PROTOTYPE_KEY = '"__proto__":'

/** A JSON object that is handed on as it is, copied: nobody changes it behind the charge. */
export const jsonObject = ({ path, value }: Found): Checked<JsonObject> => {
  const text = isJsonObject(value) ? JSON.stringify(value) : undefined
  return text === undefined || text.includes(PROTOTYPE_KEY)
    ? refuse(path, "expected a JSON object of at most 64 KB")
    : Either.right(JSON.parse(text))
}
