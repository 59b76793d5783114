/** Reads of what callers name: a row, or the error that says what is not there. A malformed id names nothing, and nothing is read for it. */
import { Effect } from "effect"
import { canName, isUuid } from "./ids.js"

const found = <A, E, F, R>(read: Effect.Effect<A | undefined, F, R>, missing: () => E): Effect.Effect<A, E | F, R> =>
  Effect.flatMap(read, (row) => (row === undefined ? Effect.fail(missing()) : Effect.succeed(row)))

/** A read by id, as one that fails. */
export const byId =
  <E>(missing: (id: string) => E) =>
  <A, F, R>(read: (id: string) => Effect.Effect<A | undefined, F, R>) =>
  (id: string): Effect.Effect<A, E | F, R> =>
    Effect.suspend(() => found(isUuid(id) ? read(id) : Effect.succeed(undefined), () => missing(id)))

type Name = { readonly id: string } | { readonly code: string }

/** A read by id or code, as one that fails. */
export const byName =
  <E>(missing: (id_or_code: string) => E) =>
  <N extends Name, A, F, R>(read: (name: N) => Effect.Effect<A | undefined, F, R>) =>
  (name: N): Effect.Effect<A, E | F, R> =>
    Effect.suspend(() =>
      found(canName(name, "code") ? read(name) : Effect.succeed(undefined), () => missing("id" in name ? name.id : name.code))
    )
