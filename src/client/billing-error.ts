/** Typed failures as they reach callers without Effect: one class, told apart by `_tag`. */
import type { Effect } from "effect"
import type {
  IdempotencyInProgress,
  IdempotencyMismatch,
  MigrationChanged,
  RevisionMismatch,
  RowLevelSecurityMismatch
} from "../operations/index.js"
import { type Plain, plain } from "./plain.js"
import type { PortalShapes, Shapes } from "./services.js"
import type { Simulation } from "./simulation.js"

/** What every typed failure of the domain is. */
interface Typed {
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

  constructor(failure: Typed) {
    super(failure.message, { cause: failure })
    this._tag = failure._tag
    for (const [field, value] of Object.entries(failure)) {
      if (!(field in this)) Object.defineProperty(this, field, { value: plain(value), enumerable: true })
    }
  }
}

export const isTyped = (error: unknown): error is Typed =>
  error instanceof Error && "_tag" in error && typeof error._tag === "string" && !(error instanceof BillingError)

// A method that is generic in what it fails with is read as failing with anything; its own failures stand on others too.
type FailuresOf<Shape> = {
  [K in keyof Shape]: Shape[K] extends (...args: never) => Effect.Effect<infer _A, infer E, infer _R>
    ? unknown extends E
      ? never
      : E
    : never
}[keyof Shape]

/** Every failure that some method can reject with, and opening; what names a key, with those of keys. */
type AnyFailure =
  | IdempotencyMismatch
  | IdempotencyInProgress
  | RevisionMismatch
  | MigrationChanged
  | RowLevelSecurityMismatch
  | ShapeFailure

type ShapeFailure = Shapes | PortalShapes | typeof Simulation.Service extends infer S ? (S extends unknown ? FailuresOf<S> : never) : never

/** Every tag. */
export type BillingErrorTag = AnyFailure["_tag"]

type FieldsOf<Tag> = Omit<Extract<AnyFailure, { readonly _tag: Tag }>, keyof Error | "toString" | "toJSON" | symbol>

/** Whether an error is the failure `tag`; its fields have their types then. */
export const isBillingError = <Tag extends BillingErrorTag>(error: unknown, tag: Tag): error is BillingError & Plain<FieldsOf<Tag>> =>
  error instanceof BillingError && error._tag === tag
