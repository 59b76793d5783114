/** Errors of plans, charges, add-ons and taxes, and of who is on a plan. */
import { Schema } from "effect"

/** No such plan, or version of it, in this organization; `id` is the id or code that was asked for. */
export class PlanNotFound extends Schema.TaggedError<PlanNotFound>()("PlanNotFound", { id: Schema.String }) {
  override get message() {
    return `plan ${this.id} not found`
  }
}

/** The plan has no such charge. */
export class ChargeNotFound extends Schema.TaggedError<ChargeNotFound>()("ChargeNotFound", { id: Schema.String }) {
  override get message() {
    return `charge ${this.id} not found`
  }
}

/** The charge has no such filter. */
export class ChargeFilterNotFound extends Schema.TaggedError<ChargeFilterNotFound>()("ChargeFilterNotFound", { id: Schema.String }) {
  override get message() {
    return `charge filter ${this.id} not found`
  }
}

/** No such commitment in this organization. */
export class CommitmentNotFound extends Schema.TaggedError<CommitmentNotFound>()("CommitmentNotFound", { id: Schema.String }) {
  override get message() {
    return `commitment ${this.id} not found`
  }
}

/** No such add-on in this organization; `id` is the id or code that was asked for. */
export class AddOnNotFound extends Schema.TaggedError<AddOnNotFound>()("AddOnNotFound", { id: Schema.String }) {
  override get message() {
    return `add-on ${this.id} not found`
  }
}

/** No such tax in this organization; `id` is the id or code that was asked for. */
export class TaxNotFound extends Schema.TaggedError<TaxNotFound>()("TaxNotFound", { id: Schema.String }) {
  override get message() {
    return `tax ${this.id} not found`
  }
}

/** The tax is not applied there. */
export class AppliedTaxNotFound extends Schema.TaggedError<AppliedTaxNotFound>()("AppliedTaxNotFound", { id: Schema.String }) {
  override get message() {
    return `applied tax ${this.id} not found`
  }
}

/** The tax is applied there already. */
export class AlreadyApplied extends Schema.TaggedError<AlreadyApplied>()("AlreadyApplied", {
  tax_id: Schema.String,
  taxable_type: Schema.String,
  taxable_id: Schema.String
}) {
  override get message() {
    return `tax ${this.tax_id} is already applied to ${this.taxable_type} ${this.taxable_id}`
  }
}

/** No such subscription in this organization; `id` is the id or external id that was asked for. */
export class SubscriptionNotFound extends Schema.TaggedError<SubscriptionNotFound>()("SubscriptionNotFound", { id: Schema.String }) {
  override get message() {
    return `subscription ${this.id} not found`
  }
}

/** A change, or a copy, from a plan to itself. */
export class SamePlan extends Schema.TaggedError<SamePlan>()("SamePlan", { plan_id: Schema.String }) {
  override get message() {
    return `the plan is the same: ${this.plan_id}`
  }
}
