/** Many rows at once: a transaction each, one failure does not stop the rest. */
import { Effect, Either, Schema } from "effect"

/** 1 to 100 ids; a repeated one is taken once. */
export const BulkIds = Schema.Array(Schema.String).pipe(
  Schema.minItems(1, { message: () => "expected 1 to 100 ids" }),
  Schema.maxItems(100, { message: () => "expected 1 to 100 ids" })
)

/** What became of one of them: the row under its name, or why not. */
export type BulkItemOf<K extends string, A, E> =
  | ({ readonly id: string; readonly ok: true } & { readonly [P in K]: A })
  | { readonly id: string; readonly ok: false; readonly error: E }

/** In the order given, each id once. */
export interface BulkResultOf<K extends string, A, E> {
  readonly items: ReadonlyArray<BulkItemOf<K, A, E>>
  readonly succeeded: number
  readonly failed: number
}

/** Runs a command for each id, one after the other; `what` names the row in the answer. */
export const forEachId = <K extends string, A, E, R>(
  what: K,
  ids: ReadonlyArray<string>,
  run: (id: string) => Effect.Effect<A, E, R>
): Effect.Effect<BulkResultOf<K, A, E>, never, R> =>
  Effect.map(
    Effect.forEach([...new Set(ids)], (id) =>
      Effect.map(
        Effect.either(run(id)),
        Either.match({
          onLeft: (error): BulkItemOf<K, A, E> => ({ id, ok: false, error }),
          onRight: (row) => ({ id, ok: true, [what]: row }) as unknown as BulkItemOf<K, A, E>
        })
      )
    ),
    (items) => {
      const succeeded = items.filter((item) => item.ok).length
      return { items, succeeded, failed: items.length - succeeded }
    }
  )
