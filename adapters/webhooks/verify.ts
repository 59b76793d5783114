/** For receivers: whether a webhook bears the signature of its sender, by Standard Webhooks. */
import { createHmac, createPublicKey, timingSafeEqual, verify as verifySignature } from "node:crypto"
import { SignatureInvalid } from "../../src/core/index.js"
import { signedContent, type WebhookBody } from "../../src/webhooks/index.js"

/** A header as frameworks hand it over. */
type HeaderValue = string | ReadonlyArray<string> | undefined

/** The headers of a request: an object with names in any case, or `Headers`. */
export type WebhookHeaders = Readonly<Record<string, HeaderValue>> | { readonly get: (name: string) => string | null }

export interface VerifyOptions {
  /** `whsec_…` verifies signatures with HMAC, `whpk_…` those with Ed25519; several while a key is replaced. */
  readonly keys: string | ReadonlyArray<string>
  /** Seconds by which the timestamp may be off, either way; 300 unless given. 0 allows none. */
  readonly tolerance_seconds?: number
  /** Milliseconds since 1970; the machine's clock unless given. */
  readonly now?: number
}

const invalid = (reason: string): SignatureInvalid => new SignatureInvalid({ reason })

const TOLERANCE_SECONDS = 300
/** A receiver has to look at so many signatures at most. */
const MOST_SIGNATURES = 100
const SHORTEST_SECRET = 24
const LONGEST_SECRET = 64
const PUBLIC_KEY_BYTES = 32
const PUBLIC_HEAD = Buffer.from("302a300506032b6570032100", "hex")

/** Bytes of base64 as it is written: the alphabet with + and /, padded. */
const decoded = (text: string): Buffer | null => {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) return null
  const bytes = Buffer.from(text, "base64")
  return bytes.toString("base64") === text ? bytes : null
}

type Check = (version: string, signature: Buffer, content: Uint8Array) => boolean

/** How a key checks a signature. A key that is none refuses everything: it never means that nothing is checked. */
const checkOf = (key: string): Check => {
  if (key.startsWith("whpk_")) {
    const bytes = decoded(key.slice("whpk_".length))
    if (bytes === null || bytes.length !== PUBLIC_KEY_BYTES) throw invalid("the public key is not 32 bytes in base64")
    const publicKey = createPublicKey({ key: Buffer.concat([PUBLIC_HEAD, bytes]), format: "der", type: "spki" })
    return (version, signature, content) =>
      version === "v1a" && signature.length === 64 && verifySignature(null, content, publicKey, signature)
  }
  const bytes = key.startsWith("whsec_") ? decoded(key.slice("whsec_".length)) : null
  if (bytes === null) throw invalid("the secret is not whsec_ and base64")
  if (bytes.length < SHORTEST_SECRET || bytes.length > LONGEST_SECRET) {
    throw invalid(`the secret has not ${SHORTEST_SECRET} to ${LONGEST_SECRET} bytes`)
  }
  let made: { readonly content: Uint8Array; readonly mac: Buffer } | undefined
  return (version, signature, content) => {
    if (version !== "v1" || signature.length !== 32) return false
    // Made once for all signatures of a request.
    made ??= { content, mac: createHmac("sha256", bytes).update(content).digest() }
    return timingSafeEqual(made.mac, signature)
  }
}

const isHeaders = (headers: WebhookHeaders): headers is { readonly get: (name: string) => string | null } =>
  typeof (headers as { readonly get?: unknown }).get === "function"

/** The one value of a header. */
const headerOf = (headers: WebhookHeaders, name: string): string => {
  const found = isHeaders(headers)
    ? [headers.get(name) ?? undefined]
    : Object.entries(headers).flatMap(([key, value]) => (key.toLowerCase() === name ? [value] : []))
  const [value] = found
  if (found.length !== 1 || typeof value !== "string" || value === "") throw invalid(`expected the header ${name} once`)
  return value
}

/** Whole seconds, as they are written. */
const timestampOf = (text: string): number => {
  if (!/^(?:0|[1-9][0-9]{0,11})$/.test(text)) throw invalid("the timestamp is not whole seconds")
  return Number(text)
}

/**
 * Verifies a webhook over its raw body: the bytes as they came, never parsed and written again. Compares in constant time, and
 * refuses a timestamp that is more than 5 minutes off.
 *
 * Throws `SignatureInvalid`.
 *
 * @see decisions O4
 */
export const verify = (body: string | Uint8Array, headers: WebhookHeaders, options: VerifyOptions): void => {
  const { keys, now = Date.now(), tolerance_seconds = TOLERANCE_SECONDS } = options
  if (!Number.isFinite(tolerance_seconds) || tolerance_seconds < 0) throw invalid("the tolerance is not 0 or more seconds")
  const checks = (typeof keys === "string" ? [keys] : keys).map(checkOf)
  if (checks.length === 0) throw invalid("there is no key")
  const id = headerOf(headers, "webhook-id")
  // With a dot in it the signed text could be cut elsewhere.
  if (id.includes(".")) throw invalid("the id has a dot")
  const timestamp = headerOf(headers, "webhook-timestamp")
  const signatures = headerOf(headers, "webhook-signature").split(" ", MOST_SIGNATURES)
  const age = Math.abs(Math.floor(now / 1000) - timestampOf(timestamp))
  if (!(age <= tolerance_seconds)) throw invalid("the timestamp is too far off")
  const content = signedContent(id, timestamp, typeof body === "string" ? Buffer.from(body) : body)
  const matches = signatures.some((text) => {
    const comma = text.indexOf(",")
    const signature = comma < 0 || text.length > 200 ? null : decoded(text.slice(comma + 1))
    return signature !== null && checks.some((check) => check(text.slice(0, comma), signature, content))
  })
  if (!matches) throw invalid("no signature matches")
}

/** Verifies a webhook and reads it: one of the bodies of the event catalogue, told apart by `type`. Throws `SignatureInvalid`. */
export const readWebhook = (body: string | Uint8Array, headers: WebhookHeaders, options: VerifyOptions): WebhookBody => {
  verify(body, headers, options)
  try {
    return JSON.parse(typeof body === "string" ? body : Buffer.from(body).toString("utf8")) as WebhookBody
  } catch {
    throw invalid("the body is not JSON")
  }
}
