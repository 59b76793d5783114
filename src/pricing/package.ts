/** package: a started package is due in full; what the free units cover is free (spec pricing 4.4). */
import { type Exact, fromBigInt, isNegative, isZero, make, pow10, subtract, toText, unsafeFromText, zero } from "../core/exact.js"
import type { PackageProperties } from "./model.js"
import { type Anatomy, LazilyPriced, type Priced } from "./priced.js"
import type { PackageRow } from "./rows.js"
import { equation } from "./sentence.js"
import type { Usage } from "./usage.js"

export interface PackagePrice {
  readonly charge_model: "package"
  readonly properties: PackageProperties
  readonly needs_event_values: false
  readonly price: (usage: Usage) => Priced
}

/** How many packages of `size` are started by `units` ≥ 0. */
const startedPackages = (units: Exact, size: bigint): bigint => {
  const packageful = size * pow10(units.scale) * units.divisor
  return (units.coefficient + packageful - 1n) / packageful
}

/** A whole number that may be written with a point (`10.0`). */
const whole = (text: string): bigint => {
  const value = unsafeFromText(text)
  return value.coefficient / pow10(value.scale)
}

export const compilePackage = (properties: PackageProperties): PackagePrice => {
  const perPackage = unsafeFromText(properties.amount)
  const size = whole(properties.package_size)
  const free = fromBigInt(whole(properties.free_units))
  const paidOf = (units: Exact): Exact => {
    const paid = subtract(units, free)
    return isNegative(paid) ? zero : paid
  }
  const row = (units: Exact): PackageRow => {
    const paid = paidOf(units)
    return {
      free_units: properties.free_units,
      paid_units: paid,
      packages: startedPackages(paid, size),
      per_package_size: properties.package_size,
      per_package_unit_amount: properties.amount
    }
  }
  const anatomy: Anatomy = {
    unitDivisor: (usage) => paidOf(usage.units),
    rows: ({ units }) => [row(units)],
    text: ({ units }, amount) => {
      const { paid_units, packages } = row(units)
      const paid = isZero(free) ? "" : ` − ${properties.free_units} free: ${toText(paid_units)} paid`
      return equation(
        `${toText(units)} units${paid}; ${packages} × ${properties.amount} for packages of ${properties.package_size}`,
        amount
      )
    }
  }
  return {
    charge_model: "package",
    properties,
    needs_event_values: false,
    price: (usage) => {
      const packages = startedPackages(paidOf(usage.units), size)
      return new LazilyPriced(make(packages * perPackage.coefficient, perPackage.scale), usage, anatomy)
    }
  }
}
