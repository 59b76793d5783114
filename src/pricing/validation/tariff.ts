/** The properties of each model, in the order in which they are checked, and their other spellings (spec pricing 4 and 10). */
import * as Either from "effect/Either"
import { compare, unsafeFromText } from "../../core/exact.js"
import { CHARGE_MODELS, type ChargeModel, isChargeModel, type Tariff } from "../model.js"
import { type Checked, ensure, type Found, isRecord, own, refuse, refuseOthers } from "./found.js"
import { priceRanges, rateRanges, shortTiers } from "./ranges.js"
import { decimal, eventCount, jsonObject, name, names, whole, wholeAboveZero } from "./scalar.js"

type Properties = Readonly<Record<string, unknown>>

/** Checks a property; `before` holds those that were checked before it. */
type Check = (found: Found, before: Properties) => Checked<unknown>

interface Property {
  readonly name: string
  readonly optional: boolean
  readonly check: Check
  /** Read where the first spelling is absent, and stored under it. */
  readonly other?: { readonly name: string; readonly check: Check }
}

const required = (name: string, check: Check, other?: Property["other"]): Property =>
  other === undefined ? { name, optional: false, check } : { name, optional: false, check, other }

const optional = (name: string, check: Check): Property => ({ name, optional: true, check })

const notBelow =
  (least: string): Check =>
  (found, before) =>
    ensure(
      decimal(found),
      (text) => typeof before[least] !== "string" || compare(unsafeFromText(text), unsafeFromText(before[least])) >= 0,
      found.path,
      `below ${least}`
    )

const groupKeys = optional("pricing_group_keys", names)

const PROPERTIES: { readonly [M in ChargeModel]: ReadonlyArray<Property> } = {
  standard: [
    required("amount", decimal, { name: "unit_price", check: decimal }),
    optional("min_price", decimal),
    optional("max_price", notBelow("min_price")),
    groupKeys
  ],
  graduated: [required("graduated_ranges", priceRanges, { name: "tiers", check: shortTiers }), groupKeys],
  volume: [required("volume_ranges", priceRanges, { name: "tiers", check: shortTiers }), groupKeys],
  package: [required("amount", decimal), required("package_size", wholeAboveZero), required("free_units", whole), groupKeys],
  percentage: [
    required("rate", decimal, { name: "percentage", check: decimal }),
    optional("fixed_amount", decimal),
    optional("free_units_per_events", eventCount),
    optional("free_units_per_total_aggregation", decimal),
    optional("per_transaction_min_amount", decimal),
    optional("per_transaction_max_amount", notBelow("per_transaction_min_amount")),
    groupKeys
  ],
  graduated_percentage: [required("graduated_percentage_ranges", rateRanges), groupKeys],
  dynamic: [optional("price_field", name), optional("quantity_field", name), groupKeys],
  custom: [optional("custom_properties", jsonObject), optional("custom_amount", decimal), optional("unit_price", decimal), groupKeys]
}

const spellings = (property: Property): ReadonlyArray<string> =>
  property.other === undefined ? [property.name] : [property.name, property.other.name]

/** The checked value of a property: the first spelling, else the other one, else what already stands; undefined: absent. */
const checkProperty = (property: Property, given: object, path: string, standing: Properties, before: Properties): Checked<unknown> => {
  const first = { path: `${path}.${property.name}`, value: own(given, property.name) }
  if (first.value !== undefined) return property.check(first, before)
  if (property.other !== undefined) {
    const other = { path: `${path}.${property.other.name}`, value: own(given, property.other.name) }
    if (other.value !== undefined) return property.other.check(other, before)
  }
  const stands = own(standing, property.name)
  if (stands !== undefined) return property.check({ path: first.path, value: stands }, before)
  return property.optional ? Either.right(undefined) : refuse(first.path, "missing")
}

/**
 * Checks what is given for a model, over properties that already stand (a filter over its charge).
 * `properties`: both together; `given`: only what was given. Both in the first spelling.
 */
export const checkProperties = (
  charge_model: ChargeModel,
  given: unknown,
  path: string,
  standing: Properties
): Checked<{ readonly properties: Properties; readonly given: Properties }> =>
  Either.gen(function* () {
    if (!isRecord(given)) return yield* refuse(path, "expected an object")
    const model = PROPERTIES[charge_model]
    yield* refuseOthers(given, model.flatMap(spellings), path, `${charge_model} has no such property`)
    const together: Record<string, unknown> = {}
    const alone: Record<string, unknown> = {}
    for (const property of model) {
      const value = yield* checkProperty(property, given, path, standing, together)
      if (value === undefined) continue
      together[property.name] = value
      if (spellings(property).some((spelling) => own(given, spelling) !== undefined)) alone[property.name] = value
    }
    return { properties: together, given: alone }
  })

/** A model and its properties, checked, in the first spelling. */
export const normaliseTariff = (charge_model: unknown, properties: unknown): Checked<Tariff> => {
  if (!isChargeModel(charge_model)) return refuse("charge_model", `unknown charge model; there are ${CHARGE_MODELS.join(", ")}`)
  return Either.map(
    checkProperties(charge_model, properties, "properties", {}),
    // The table above has exactly the properties of each model's type.
    (checked) => ({ charge_model, properties: checked.properties }) as unknown as Tariff
  )
}
