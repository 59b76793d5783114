/** From a model and its properties to a price: checked once, priced as often as a billing run likes. */
import * as Either from "effect/Either"
import { type CustomPrice, compileCustom } from "./custom.js"
import { compileDynamic, type DynamicPrice } from "./dynamic.js"
import type { ChargeNotRatable, InvalidChargeProperties } from "./errors.js"
import { compileGraduated, type GraduatedPrice } from "./graduated.js"
import { compileGraduatedPercentage, type GraduatedPercentagePrice } from "./graduated-percentage.js"
import type { Tariff } from "./model.js"
import { compilePackage, type PackagePrice } from "./package.js"
import { compilePercentage, type PercentagePrice } from "./percentage.js"
import { compileStandard, type StandardPrice } from "./standard.js"
import { normaliseTariff } from "./validation/tariff.js"
import { compileVolume, type VolumePrice } from "./volume.js"

/**
 * A charge model ready to price. `price` is pure: the exact amount in units of the currency, unit price and rows on demand.
 * `properties` are the normalised ones; `needs_event_values` says whether a usage must bring `event_values`.
 */
export type CompiledPrice =
  | StandardPrice
  | GraduatedPrice
  | VolumePrice
  | PackagePrice
  | PercentagePrice
  | GraduatedPercentagePrice
  | DynamicPrice
  | CustomPrice

export interface CompileOptions {
  /** custom: the host has a function for the metric's code, and usages bring its answer as `function_result`. */
  readonly function_registered?: boolean
}

const compileTariff = (tariff: Tariff, options: CompileOptions): Either.Either<CompiledPrice, ChargeNotRatable> => {
  switch (tariff.charge_model) {
    case "standard":
      return Either.right(compileStandard(tariff.properties))
    case "graduated":
      return Either.right(compileGraduated(tariff.properties))
    case "volume":
      return Either.right(compileVolume(tariff.properties))
    case "package":
      return Either.right(compilePackage(tariff.properties))
    case "percentage":
      return Either.right(compilePercentage(tariff.properties))
    case "graduated_percentage":
      return Either.right(compileGraduatedPercentage(tariff.properties))
    case "dynamic":
      return Either.right(compileDynamic(tariff.properties))
    case "custom":
      return compileCustom(tariff.properties, options.function_registered ?? false)
  }
}

/**
 * Validates properties and makes them a price; other spellings are read too.
 *
 * Fails with `InvalidChargeProperties` (first violation), or `ChargeNotRatable` for a custom charge that nothing can price.
 *
 * @see spec pricing 4, 10
 */
export const compile = (
  charge_model: unknown,
  properties: unknown,
  options: CompileOptions = {}
): Either.Either<CompiledPrice, InvalidChargeProperties | ChargeNotRatable> =>
  Either.flatMap(normaliseTariff(charge_model, properties), (tariff) => compileTariff(tariff, options))
