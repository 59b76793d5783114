/** Errors that every context shares. A context's own errors stand beside its domain, in its `errors.ts`. */
import { Schema } from "effect"

/** Input that does not have the documented shape: which field (a path such as `charges[0].properties.amount`), and why. */
export class InvalidInput extends Schema.TaggedError<InvalidInput>()("InvalidInput", {
  field: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.field}: ${this.reason}`
  }
}

/** A currency code that ISO 4217 does not list (N5). */
export class UnknownCurrency extends Schema.TaggedError<UnknownCurrency>()("UnknownCurrency", {
  code: Schema.String
}) {
  override get message() {
    return `unknown currency: ${this.code.slice(0, 20)}; expected a code of ISO 4217 in capitals, such as EUR`
  }
}

/** Two amounts or documents of different currencies met (M8). */
export class CurrencyMismatch extends Schema.TaggedError<CurrencyMismatch>()("CurrencyMismatch", {
  expected: Schema.String,
  given: Schema.String
}) {
  override get message() {
    return `expected ${this.expected}, given ${this.given}`
  }
}

/** A status change that no state table lists; nothing changed. */
export class InvalidTransition extends Schema.TaggedError<InvalidTransition>()("InvalidTransition", {
  entity: Schema.String,
  id: Schema.String,
  from: Schema.String,
  action: Schema.String
}) {
  override get message() {
    return `${this.entity} ${this.id} cannot ${this.action} while ${this.from}`
  }
}

/** A field that can no longer change. */
export class Immutable extends Schema.TaggedError<Immutable>()("Immutable", { field: Schema.String }) {
  override get message() {
    return `${this.field} can no longer change`
  }
}

/** Another row of the kind has this code; codes are unique in an organization (O1). */
export class CodeTaken extends Schema.TaggedError<CodeTaken>()("CodeTaken", { entity: Schema.String, code: Schema.String }) {
  override get message() {
    return `${this.entity} code ${this.code} is taken`
  }
}

/** Another row of the kind has this external id; they are unique in an organization (O1). */
export class ExternalIdTaken extends Schema.TaggedError<ExternalIdTaken>()("ExternalIdTaken", {
  entity: Schema.String,
  external_id: Schema.String
}) {
  override get message() {
    return `${this.entity} external id ${this.external_id} is taken`
  }
}

/** Something refers to the row that was to go. */
export class StillReferenced extends Schema.TaggedError<StillReferenced>()("StillReferenced", {
  by: Schema.String,
  count: Schema.Int
}) {
  override get message() {
    return `still referenced by ${this.count} ${this.by}`
  }
}

/** The driver's own word: why it cannot be reached, which says nothing of rows. */
const innermost = (cause: unknown): string => {
  if (!(cause instanceof Error)) return ""
  if (cause instanceof AggregateError && cause.message === "") return [...new Set(cause.errors.map(innermost))].join(", ")
  return innermost(cause.cause) || cause.message
}

/** The database refused or failed; `reason` says whether a repeat can help (`conflict`, `busy`, `unavailable` can). */
export class StorageError extends Schema.TaggedError<StorageError>()("StorageError", {
  operation: Schema.String,
  reason: Schema.Literal("unique", "conflict", "busy", "unavailable", "corrupt", "unknown"),
  /** The violated constraint where the database names one. */
  constraint: Schema.optional(Schema.String),
  cause: Schema.optional(Schema.Defect)
}) {
  override get message() {
    const why = this.reason === "unavailable" ? innermost(this.cause) : (this.constraint ?? "")
    return `${this.operation}: storage ${this.reason}${why === "" ? "" : ` (${why})`}`
  }
}

/** What an operation needs beside the database is not there: an adapter that `createBilling` was not given, or a package that is not installed. */
export class AdapterMissing extends Schema.TaggedError<AdapterMissing>()("AdapterMissing", { adapter: Schema.String }) {
  override get message() {
    return `${this.adapter} ${this.adapter.startsWith("@") ? "is not installed" : "was not given to createBilling"}`
  }
}

/** The role of the acting user may not do this; nothing changed. */
export class NotPermitted extends Schema.TaggedError<NotPermitted>()("NotPermitted", { role: Schema.String, operation: Schema.String }) {
  override get message() {
    return `${this.role === "none" ? "a user who is no member" : `a user with the role ${this.role}`} may not do ${this.operation}`
  }
}

/** What came claims a sender whose signature it does not bear; nothing of it was read. `reason` says what is amiss, never what was expected. */
export class SignatureInvalid extends Schema.TaggedError<SignatureInvalid>()("SignatureInvalid", { reason: Schema.String }) {
  override get message() {
    return `signature: ${this.reason}`
  }
}

/** A stored secret that no key of the host opens: its key is not among them, or it was changed. */
export class SecretUnreadable extends Schema.TaggedError<SecretUnreadable>()("SecretUnreadable", { key_id: Schema.String }) {
  override get message() {
    return `a stored secret cannot be opened with the key ${this.key_id}`
  }
}

/**
 * A call of a provider came to no outcome. With the codes `timeout`, `connection_lost` and `unavailable` it is not known whether
 * it did what was asked; with any other, the provider's own or `not_expressible`, it did not.
 */
export class ProviderFailed extends Schema.TaggedError<ProviderFailed>()("ProviderFailed", {
  provider: Schema.String,
  code: Schema.String
}) {
  override get message() {
    return `${this.provider} failed: ${this.code}`
  }
}
