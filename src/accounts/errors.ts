/** Errors of organizations, billing entities and customers. */
import { Schema } from "effect"

/** No such organization. */
export class OrganizationNotFound extends Schema.TaggedError<OrganizationNotFound>()("OrganizationNotFound", { id: Schema.String }) {
  override get message() {
    return `organization ${this.id} not found`
  }
}

/** No such billing entity in this organization; `id` is the id or code that was asked for. */
export class BillingEntityNotFound extends Schema.TaggedError<BillingEntityNotFound>()("BillingEntityNotFound", { id: Schema.String }) {
  override get message() {
    return `billing entity ${this.id} not found`
  }
}

/** No such customer in this organization; `id` is the id or external id that was asked for. */
export class CustomerNotFound extends Schema.TaggedError<CustomerNotFound>()("CustomerNotFound", { id: Schema.String }) {
  override get message() {
    return `customer ${this.id} not found`
  }
}

/** Another billing entity of the organization numbers with this prefix. */
export class InvoicePrefixTaken extends Schema.TaggedError<InvoicePrefixTaken>()("InvoicePrefixTaken", { invoice_prefix: Schema.String }) {
  override get message() {
    return `invoice prefix ${this.invoice_prefix} is taken`
  }
}

/** No such API key in this organization. */
export class ApiKeyNotFound extends Schema.TaggedError<ApiKeyNotFound>()("ApiKeyNotFound", { id: Schema.String }) {
  override get message() {
    return `API key ${this.id} not found`
  }
}

/** A call without a valid key: none, an unknown, a revoked, an expired one, all alike. */
export class Unauthenticated extends Schema.TaggedError<Unauthenticated>()("Unauthenticated", {}) {
  override get message() {
    return "no valid API key"
  }
}

/** The default issuer is not deleted while there are others: make another one the default first. */
export class DefaultBillingEntity extends Schema.TaggedError<DefaultBillingEntity>()("DefaultBillingEntity", { id: Schema.String }) {
  override get message() {
    return `billing entity ${this.id} is the default`
  }
}

/** No such member in this organization. */
export class MemberNotFound extends Schema.TaggedError<MemberNotFound>()("MemberNotFound", { id: Schema.String }) {
  override get message() {
    return `member ${this.id} not found`
  }
}

/** The last owner is neither removed nor given another role: make another owner first. */
export class LastOwner extends Schema.TaggedError<LastOwner>()("LastOwner", { user_id: Schema.String }) {
  override get message() {
    return `${this.user_id} is the last owner`
  }
}
