/** What an entitlement grants, by its feature's type: read from what a caller gives, kept in one spelling. Pure. */
import { Either } from "effect"
import { Exact, InvalidInput, Text } from "../core/index.js"
import type { FeatureType } from "./feature.js"

/** A quantity without a limit. */
export const UNLIMITED = "unlimited"

const MOST = 255

const TRUTHS: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [true, "true"],
  ["true", "true"],
  ["1", "true"],
  [1, "true"],
  [1n, "true"],
  [false, "false"],
  ["false", "false"],
  ["0", "false"],
  [0, "false"],
  [0n, "false"]
])

const quantity = (given: unknown): string | undefined => {
  if (given === UNLIMITED) return UNLIMITED
  const text = typeof given === "bigint" ? given.toString() : given
  const value = typeof text !== "string" || text.length > 40 ? undefined : Exact.fromText(text)
  return value === undefined || value.scale > 15 || Exact.sign(value) < 0 ? undefined : Exact.toText(value)
}

const custom = (given: unknown): string | undefined =>
  typeof given === "string" && Text.isStorable(given) && [...given].length <= MOST ? given : undefined

const READ: Readonly<Record<FeatureType, { readonly read: (given: unknown) => string | undefined; readonly expected: string }>> = {
  boolean: { read: (given) => TRUTHS.get(given), expected: "expected true or false" },
  quantity: { read: quantity, expected: "expected a decimal of 0 or more as text, at most 15 decimals, or unlimited" },
  custom: { read: custom, expected: `expected text of at most ${MOST} characters` }
}

/**
 * The value of an entitlement as it is kept: `true` or `false`, a decimal ≥ 0 or `unlimited`, any text.
 *
 * Fails with `InvalidInput`.
 *
 * @see spec billing 5.4
 */
export const entitlementValue = (type: FeatureType, given: unknown): Either.Either<string, InvalidInput> => {
  const { expected, read } = READ[type]
  const value = read(given)
  return value === undefined ? Either.left(new InvalidInput({ field: "value", reason: expected })) : Either.right(value)
}

/** Whether a stored value is one of its type, in its one spelling. */
export const isValueOf = (type: FeatureType, value: string): boolean => READ[type].read(value) === value
