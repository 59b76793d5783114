/** What can be wrong with a charge: what it says (at write), or that nobody can price it (at billing). */
import * as Schema from "effect/Schema"

/**
 * A charge that must not be stored. `path` names the first violation, relative to the charge
 * (`properties.graduated_ranges[1].from_value`, `filters[0].values.region`, `charge_model`).
 *
 * @see spec pricing 10; decisions P3, P5
 */
export class InvalidChargeProperties extends Schema.TaggedError<InvalidChargeProperties>()("InvalidChargeProperties", {
  path: Schema.String,
  reason: Schema.String,
  /** Its place among the charges of the plan that it came with. */
  charge: Schema.optional(Schema.Int)
}) {
  override get message() {
    return `${this.charge === undefined ? "" : `charges[${this.charge}].`}${this.path}: ${this.reason}`
  }
}

/**
 * A custom charge that nothing can price: no function of the host, or one that answered no amount, and neither
 * `custom_amount` nor `unit_price`; or usage that makes an amount which no document holds. Nothing is billed.
 */
export class ChargeNotRatable extends Schema.TaggedError<ChargeNotRatable>()("ChargeNotRatable", {
  charge_model: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.charge_model} charge cannot be rated: ${this.reason}`
  }
}
