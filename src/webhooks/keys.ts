/** An organization's signing keys, sealed; after a rotation the old one signs too for a day. */
import { DateTime, Effect } from "effect"
import type { AdapterMissing, OrganizationId, SecretBox, SecretUnreadable } from "../core/index.js"
import type { SigningKey, WebhookSigner } from "./signing.js"

/** As they are kept: secrets sealed, the public keys as they are. */
export interface StoredKeys {
  readonly organization_id: OrganizationId
  readonly hmac_key: string | null
  readonly previous_hmac_key: string | null
  readonly previous_hmac_key_until: DateTime.Utc | null
  readonly ed25519_private_key: string | null
  readonly ed25519_public_key: string | null
  readonly previous_ed25519_private_key: string | null
  readonly previous_ed25519_public_key: string | null
  readonly previous_ed25519_key_until: DateTime.Utc | null
}

/** The columns that hold a secret. */
const sealedColumns = ["hmac_key", "previous_hmac_key", "ed25519_private_key", "previous_ed25519_private_key"] as const
type SealedColumn = (typeof sealedColumns)[number]

/** Where a secret is kept: it opens nowhere else. A rotation moves a key to another column, so that this is the key's kind only. */
const placeOf = (organization_id: string, column: SealedColumn): string =>
  `organizations/${organization_id}/${column.replace("previous_", "")}`

const OVERLAP = "24 hours"

/** The keys with a new HMAC key; the old one signs too for a day. Answers the new key: it is told this once. */
export const withNewHmacKey = (
  keys: StoredKeys,
  signer: Pick<WebhookSigner, "newHmacKey">,
  box: SecretBox,
  now: DateTime.Utc
): Effect.Effect<{ readonly keys: StoredKeys; readonly secret: Uint8Array }, AdapterMissing> =>
  Effect.gen(function* () {
    const secret = signer.newHmacKey()
    const sealed = yield* box.seal(secret, placeOf(keys.organization_id, "hmac_key"))
    const until = keys.hmac_key === null ? null : DateTime.addDuration(now, OVERLAP)
    return {
      secret,
      keys: { ...keys, hmac_key: sealed, previous_hmac_key: keys.hmac_key, previous_hmac_key_until: until }
    }
  })

/** The keys with a new Ed25519 pair; the old one signs too for a day. */
export const withNewPair = (
  keys: StoredKeys,
  signer: Pick<WebhookSigner, "newEd25519Pair">,
  box: SecretBox,
  publicText: (key: Uint8Array) => string,
  now: DateTime.Utc
): Effect.Effect<StoredKeys, AdapterMissing> =>
  Effect.gen(function* () {
    const { private_key, public_key } = signer.newEd25519Pair()
    const sealed = yield* box.seal(private_key, placeOf(keys.organization_id, "ed25519_private_key"))
    return {
      ...keys,
      ed25519_private_key: sealed,
      ed25519_public_key: publicText(public_key),
      previous_ed25519_private_key: keys.ed25519_private_key,
      previous_ed25519_public_key: keys.ed25519_public_key,
      previous_ed25519_key_until: keys.ed25519_private_key === null ? null : DateTime.addDuration(now, OVERLAP)
    }
  })

/** The keys sealed anew wherever they are not under the host's current key; the same object where all are. */
export const resealed = (keys: StoredKeys, box: SecretBox): Effect.Effect<StoredKeys, AdapterMissing | SecretUnreadable> =>
  Effect.gen(function* () {
    let after = keys
    for (const column of sealedColumns) {
      const sealed = keys[column]
      if (sealed === null || box.isCurrent(sealed)) continue
      const place = placeOf(keys.organization_id, column)
      after = { ...after, [column]: yield* box.seal(yield* box.open(sealed, place), place) }
    }
    return after
  })

const stillSigns = (until: DateTime.Utc | null, now: DateTime.Utc): boolean => until !== null && DateTime.lessThan(now, until)

/** The keys that sign at an instant, of both algorithms, the current one first. */
export const signingKeys = (
  keys: StoredKeys,
  box: SecretBox,
  now: DateTime.Utc
): Effect.Effect<Readonly<Record<"hmac" | "ed25519", ReadonlyArray<SigningKey>>>, AdapterMissing | SecretUnreadable> => {
  const opened = (algorithm: "hmac" | "ed25519", column: SealedColumn) => {
    const sealed = keys[column]
    return sealed === null
      ? Effect.succeed([])
      : Effect.map(box.open(sealed, placeOf(keys.organization_id, column)), (key): ReadonlyArray<SigningKey> => [{ algorithm, key }])
  }
  const previous = (until: DateTime.Utc | null, algorithm: "hmac" | "ed25519", column: SealedColumn) =>
    stillSigns(until, now) ? opened(algorithm, column) : Effect.succeed([])
  return Effect.map(
    Effect.all([
      opened("hmac", "hmac_key"),
      previous(keys.previous_hmac_key_until, "hmac", "previous_hmac_key"),
      opened("ed25519", "ed25519_private_key"),
      previous(keys.previous_ed25519_key_until, "ed25519", "previous_ed25519_private_key")
    ]),
    ([hmac, oldHmac, pair, oldPair]) => ({ hmac: [...hmac, ...oldHmac], ed25519: [...pair, ...oldPair] })
  )
}
