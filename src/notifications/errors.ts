/** Errors of notifications. */
import { Schema } from "effect"

/** No such notification in this organization, or it is another user's. */
export class NotificationNotFound extends Schema.TaggedError<NotificationNotFound>()("NotificationNotFound", { id: Schema.String }) {
  override get message() {
    return `notification ${this.id} not found`
  }
}

/** No such template in this organization. */
export class TemplateNotFound extends Schema.TaggedError<TemplateNotFound>()("TemplateNotFound", { id: Schema.String }) {
  override get message() {
    return `template ${this.id} not found`
  }
}

/** A template that is none: where, and why. */
export class InvalidTemplate extends Schema.TaggedError<InvalidTemplate>()("InvalidTemplate", {
  /** `subject_template` or `body_template`. */
  field: Schema.String,
  /** From 1. */
  line: Schema.Int,
  reason: Schema.String
}) {
  override get message() {
    return `${this.field}, line ${this.line}: ${this.reason}`
  }
}

/** A text has holes: all variables that are missing. */
export class MissingVariable extends Schema.TaggedError<MissingVariable>()("MissingVariable", { names: Schema.Array(Schema.String) }) {
  override get message() {
    return `missing variables: ${this.names.join(", ")}`
  }
}

/** Nothing new is sent by this template. */
export class TemplateInactive extends Schema.TaggedError<TemplateInactive>()("TemplateInactive", { name: Schema.String }) {
  override get message() {
    return `template ${this.name} is inactive`
  }
}

/** A template of another channel than the one asked for. */
export class ChannelMismatch extends Schema.TaggedError<ChannelMismatch>()("ChannelMismatch", {
  expected: Schema.String,
  given: Schema.String
}) {
  override get message() {
    return `expected channel ${this.expected}, given ${this.given}`
  }
}

/** A user has no address for the channel. */
export class RecipientUnreachable extends Schema.TaggedError<RecipientUnreachable>()("RecipientUnreachable", { channel: Schema.String }) {
  override get message() {
    return `the recipient has no address for ${this.channel}`
  }
}

/** Another template of the organization has this name. */
export class NameTaken extends Schema.TaggedError<NameTaken>()("NameTaken", { entity: Schema.String, name: Schema.String }) {
  override get message() {
    return `${this.entity} name ${this.name} is taken`
  }
}

/** The customer has no address to mail to, and none was given. */
export class CustomerHasNoEmail extends Schema.TaggedError<CustomerHasNoEmail>()("CustomerHasNoEmail", { customer_id: Schema.String }) {
  override get message() {
    return `customer ${this.customer_id} has no e-mail address`
  }
}
