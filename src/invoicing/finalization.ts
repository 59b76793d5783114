/** Drafts made final: calculated once more, then issued (invoicing.md 15.4). The subscription's row is locked before the invoice's. */
import { Context, type DateTime, Effect, Layer } from "effect"
import type { PlanNotFound } from "../catalog/index.js"
import type { CurrentOrganization, StorageError } from "../core/index.js"
import type { Subscription } from "../subscriptions/index.js"
import { Drafts, type Rebuild } from "./drafts.js"
import { Issuing } from "./issuing.js"

/** Finalizes drafts inside the transaction that the caller opened. */
export class Finalization extends Context.Tag("billwright/Finalization")<
  Finalization,
  {
    /** Those of the invoices that are drafts of these locked subscriptions, in the order given. */
    readonly finalize: (
      ids: ReadonlyArray<string>,
      rows: ReadonlyArray<Subscription>,
      now: DateTime.Utc
    ) => Effect.Effect<Rebuild, StorageError | PlanNotFound, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<Finalization, never, Drafts | Issuing> = Layer.effect(
    Finalization,
    Effect.gen(function* () {
      const drafts = yield* Drafts
      const issuing = yield* Issuing

      const finalize = Effect.fn("Finalization.finalize")(function* (
        ids: ReadonlyArray<string>,
        rows: ReadonlyArray<Subscription>,
        now: DateTime.Utc
      ) {
        const rebuilt = yield* drafts.rebuild(ids, rows, now)
        yield* drafts.save(rebuilt.documents)
        yield* issuing.issue(rebuilt.documents, now)
        return rebuilt
      })

      return Finalization.of({ finalize })
    })
  )
}
