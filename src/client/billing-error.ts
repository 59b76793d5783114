/** Typed failures as they reach callers without Effect: one class, told apart by `_tag`. */
import { plain } from "./plain.js"

/** What every typed failure of the domain is. */
export interface Failure {
  readonly _tag: string
  readonly message: string
}

/**
 * A failure of the domain. `_tag` names the fact (`CustomerNotFound`, `InvalidInput`, `StorageError`, …); the fields of
 * that failure stand on the error itself (`error.id`, `error.field`, `error.reason`).
 */
export class BillingError extends Error {
  override readonly name = "BillingError"
  readonly _tag: string
  readonly [field: string]: unknown

  constructor(failure: Failure) {
    super(failure.message, { cause: failure })
    this._tag = failure._tag
    for (const [field, value] of Object.entries(failure)) {
      if (!(field in this)) Object.defineProperty(this, field, { value: plain(value), enumerable: true })
    }
  }
}

export const isFailure = (error: unknown): error is Failure =>
  error instanceof Error && "_tag" in error && typeof error._tag === "string" && !(error instanceof BillingError)
