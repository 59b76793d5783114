/** Secrets at rest (O8): sealed under a key that the host gives, which is never in the database. */
import { Context, Effect } from "effect"
import { AdapterMissing, type SecretUnreadable } from "./errors.js"

export interface SecretBox {
  /**
   * Seals a secret with the host's current key; `place` names where it is kept, and it opens nowhere else. The text carries the
   * key's id, and is another one each time.
   */
  readonly seal: (secret: Uint8Array, place: string) => Effect.Effect<string, AdapterMissing>
  /** Fails with `SecretUnreadable` where its key is unknown, it was changed, or it was sealed for another place. */
  readonly open: (sealed: string, place: string) => Effect.Effect<Uint8Array, AdapterMissing | SecretUnreadable>
  /** Whether it is sealed with the current key. */
  readonly isCurrent: (sealed: string) => boolean
}

const missing = new AdapterMissing({ adapter: "billwright/secrets" })

/** Where secrets are sealed; nowhere unless the host says so: what needs it fails with `AdapterMissing`. */
export class Secrets extends Context.Reference<Secrets>()("billwright/Secrets", {
  defaultValue: (): SecretBox => ({ seal: () => Effect.fail(missing), open: () => Effect.fail(missing), isCurrent: () => true })
}) {}
