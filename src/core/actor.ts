/** Who makes a call, for the audit log: the host says so; jobs are the system's. */
import { Context, Schema } from "effect"
import { JsonObject, orNull } from "./input.js"
import { isStorable } from "./text.js"

export const actorTypes = ["system", "api_key", "webhook", "user"] as const

export const Actor = Schema.Struct({
  actor_type: Schema.Literal(...actorTypes),
  /** A user's id of the host, an API key's id, a provider's name; at most 255 characters. */
  actor_id: orNull(
    Schema.String.pipe(
      Schema.maxLength(255),
      Schema.filter((id) => isStorable(id) || "expected text that can be stored")
    )
  ),
  /** What the host wants to find again: a request's id, an address. */
  metadata: orNull(JsonObject)
})
export interface Actor extends Schema.Schema.Type<typeof Actor> {}

/** The actor of the calls in this environment; the system unless the host says otherwise. */
export class CurrentActor extends Context.Reference<CurrentActor>()("billwright/CurrentActor", {
  defaultValue: (): Actor => ({ actor_type: "system", actor_id: null, metadata: null })
}) {}
