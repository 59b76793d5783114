/** The host's function for custom charges: what it is given, and how its answer is read (spec pricing 4.8). */
import type * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import { type Exact, fromText, toText } from "../core/exact.js"
import type { CompiledPrice } from "./compile.js"
import { ChargeNotRatable } from "./errors.js"
import type { CustomRow } from "./rows.js"
import { type FunctionResult, fullUnits, type Usage } from "./usage.js"

/** What the function needs beside the usage. `custom_properties` are those of the charge. */
export interface FunctionContext {
  readonly events_count: number
  readonly period: { readonly from: DateTime.Utc; readonly to: DateTime.Utc }
  readonly custom_properties: Readonly<Record<string, unknown>>
}

/** Quantities are decimal texts; a value that does not end has 15 decimals. */
export interface FunctionInput extends FunctionContext {
  readonly units: string
  readonly full_units: string
  readonly event_values: ReadonlyArray<string>
}

/** An amount as decimal text in units of the currency, alone or with rows of explanation; nothing: 0. */
export type FunctionAnswer = string | null | undefined | { readonly amount: string; readonly rows?: ReadonlyArray<CustomRow> }

/** A pure function that the host registers for a metric's code. */
export type CustomFunction = (input: FunctionInput) => FunctionAnswer

const notRatable = (reason: string) => Either.left(new ChargeNotRatable({ charge_model: "custom", reason }))

/** Reads an answer. Anything but a plain decimal, alone or as `amount`, or nothing: `ChargeNotRatable`. */
export const readAnswer = (answer: FunctionAnswer): Either.Either<FunctionResult | null, ChargeNotRatable> => {
  if (answer === null || answer === undefined) return Either.right(null)
  const { amount: text, rows = [] } = typeof answer === "string" ? { amount: answer } : answer
  const amount = typeof text === "string" ? fromText(text) : undefined
  return amount === undefined || !Array.isArray(rows)
    ? notRatable("the host's function did not answer a decimal text")
    : Either.right({ amount, rows })
}

const quantityText = (quantity: Exact): string => toText(quantity, quantity.divisor === 1n ? quantity.scale : 15)

/** Asks the host's function for the amount of a usage. Fails with `ChargeNotRatable` where it throws or answers anything else. */
export const askFunction = (
  custom: CustomFunction,
  usage: Usage,
  context: FunctionContext
): Either.Either<FunctionResult | null, ChargeNotRatable> => {
  const input: FunctionInput = {
    ...context,
    units: quantityText(usage.units),
    full_units: quantityText(fullUnits(usage)),
    event_values: (usage.event_values ?? []).map(quantityText)
  }
  return Either.flatMap(
    Either.try({
      try: () => custom(input),
      catch: () => new ChargeNotRatable({ charge_model: "custom", reason: "the host's function threw" })
    }),
    readAnswer
  )
}

/**
 * A usage with what the host's function answers for it, where its price is custom and a function is registered.
 *
 * Fails with `ChargeNotRatable` where the function throws or answers no amount.
 */
export const withFunctionResult = (
  price: CompiledPrice,
  custom: CustomFunction | undefined,
  usage: Usage,
  context: Omit<FunctionContext, "custom_properties">
): Either.Either<Usage, ChargeNotRatable> =>
  custom === undefined || price.charge_model !== "custom"
    ? Either.right(usage)
    : Either.map(
        askFunction(custom, usage, { ...context, custom_properties: price.properties.custom_properties ?? {} }),
        (function_result): Usage => ({ ...usage, function_result })
      )
