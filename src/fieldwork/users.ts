/** The service of users: they are the host's, and are taken leave of here before they go there. */
import { Context, DateTime, Effect, Layer } from "effect"
import { isUuid, StillReferenced, Transactor } from "../core/index.js"
import type { Acting } from "./desk.js"
import { UserNotFound } from "./errors.js"
import { Recording } from "./recording.js"
import { actingOver } from "./roles.js"
import { FieldStore } from "./store.js"
import { UserDirectory } from "./user.js"

export interface UsersShape {
  /**
   * To be called before the host deletes a user: their messages go, with their receipts. Again, or for one who was never named: nothing changes.
   *
   * Fails with `StillReferenced` for who made a call, compiled a pack, submitted, or is an OEM with leads or reports, and where open work is theirs;
   * `UserNotFound` for an id that is none, `NotPermitted`.
   *
   * @see spec field-operations 12
   */
  readonly remove: (id: string) => Acting<void, UserNotFound | StillReferenced>
}

export class Users extends Context.Tag("billwright/Users")<Users, UsersShape>() {
  static readonly layer: Layer.Layer<Users, never, FieldStore | Recording | Transactor> = Layer.effect(
    Users,
    Effect.gen(function* () {
      const store = yield* FieldStore
      const { tell } = yield* Recording
      const { transaction } = yield* Transactor
      const acting = actingOver(yield* UserDirectory)

      return Users.of({
        remove: Effect.fn("Users.remove")(function* (id) {
          yield* acting("users.remove")
          if (!isUuid(id)) return yield* new UserNotFound({ id })
          yield* transaction(
            Effect.gen(function* () {
              const [held] = yield* store.referencesTo(id)
              if (held !== undefined) return yield* new StillReferenced(held)
              yield* tell([{ type: "user_removed", user: id, at: yield* DateTime.now }])
            })
          )
        })
      })
    })
  )
}
