/** Secrets at rest: AES-256-GCM under keys of the host. `billwright/secrets`. */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto"
import { Effect } from "effect"
import { InvalidInput, type SecretBox, SecretUnreadable } from "../../src/core/index.js"

/** The host's keys, by names that it chooses: 32 bytes each, as bytes or base64. */
export interface SecretKeys {
  /** The name of the key that seals from now on. */
  readonly current: string
  /** It, and those that sealed what is still to be opened. */
  readonly keys: Readonly<Record<string, string | Uint8Array>>
}

const FORMAT = "bw1"
const KEY_BYTES = 32
const IV_BYTES = 12
const TAG_BYTES = 16

const keyOf = (name: string, given: string | Uint8Array): Buffer => {
  const refuse = (reason: string): never => {
    throw new InvalidInput({ field: `keys.${name}`, reason })
  }
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) return refuse("expected a name of 1 to 64 letters, digits, - and _")
  const bytes = typeof given === "string" ? Buffer.from(given, "base64") : Buffer.from(given)
  return bytes.length === KEY_BYTES ? bytes : refuse(`expected ${KEY_BYTES} bytes, as bytes or base64`)
}

/**
 * Seals secrets with AES-256-GCM; what is stored names its key, so that another one can take over: give both, with the new one as
 * `current`, and seal anew what is under the old one. What was sealed for one place opens in no other.
 *
 * Throws `InvalidInput` for a key that is none.
 */
export const secrets = ({ current, keys }: SecretKeys): SecretBox => {
  const known = new Map(Object.entries(keys).map(([name, given]) => [name, keyOf(name, given)]))
  const sealing = known.get(current)
  if (sealing === undefined) throw new InvalidInput({ field: "current", reason: "expected the name of one of the keys" })
  return {
    seal: (secret, place) =>
      Effect.sync(() => {
        const iv = randomBytes(IV_BYTES)
        const cipher = createCipheriv("aes-256-gcm", sealing, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(place))
        const sealed = Buffer.concat([iv, cipher.update(secret), cipher.final(), cipher.getAuthTag()])
        return `${FORMAT}.${current}.${sealed.toString("base64url")}`
      }),
    open: (text, place) =>
      Effect.suspend(() => {
        const [format, name = "", body = "", ...more] = text.split(".")
        const unreadable = new SecretUnreadable({ key_id: name.slice(0, 64) })
        const key = known.get(name)
        const bytes = Buffer.from(body, "base64url")
        // One text for one secret: of two spellings of a token, who lists texts that no longer count would know one.
        const asWritten = more.length === 0 && bytes.toString("base64url") === body
        if (!asWritten || format !== FORMAT || key === undefined || bytes.length < IV_BYTES + TAG_BYTES) return unreadable
        return Effect.try({
          try: (): Uint8Array => {
            const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
            decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(-TAG_BYTES))
            return new Uint8Array(Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]))
          },
          catch: () => unreadable
        })
      }),
    isCurrent: (text) => text.split(".")[1] === current
  }
}
