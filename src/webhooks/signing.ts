/** The signature of Standard Webhooks (O4): over `id.timestamp.body`, byte for byte as it is sent. */

/** What signs, and where its keys come from: filled by an adapter. Keys are raw bytes. */
export interface WebhookSigner {
  /** A new HMAC key: 32 random bytes. */
  readonly newHmacKey: () => Uint8Array
  /** A new Ed25519 pair: the private key's seed, the public key, 32 bytes each. */
  readonly newEd25519Pair: () => { readonly private_key: Uint8Array; readonly public_key: Uint8Array }
  /** HMAC-SHA256. */
  readonly hmac: (key: Uint8Array, message: Uint8Array) => Uint8Array
  readonly ed25519: (private_key: Uint8Array, message: Uint8Array) => Uint8Array
}

/** A key that a delivery is signed with. */
export interface SigningKey {
  readonly algorithm: "hmac" | "ed25519"
  readonly key: Uint8Array
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

/** Bytes as base64, with padding. */
const base64 = (bytes: Uint8Array): string => {
  let text = ""
  for (let at = 0; at < bytes.length; at += 3) {
    const [a, b, c] = [bytes[at]!, bytes[at + 1], bytes[at + 2]]
    text += ALPHABET[a >> 2]! + ALPHABET[((a & 3) << 4) | ((b ?? 0) >> 4)]!
    text += b === undefined ? "=" : ALPHABET[((b & 15) << 2) | ((c ?? 0) >> 6)]!
    text += c === undefined ? "=" : ALPHABET[c & 63]!
  }
  return text
}

/** What is signed. */
export const signedContent = (id: string, timestamp: number | string, body: Uint8Array): Uint8Array => {
  const head = new TextEncoder().encode(`${id}.${timestamp}.`)
  const content = new Uint8Array(head.length + body.length)
  content.set(head)
  content.set(body, head.length)
  return content
}

/** The header `webhook-signature`: a signature by each key, separated by spaces. */
export const signatureHeader = (
  signer: Pick<WebhookSigner, "hmac" | "ed25519">,
  keys: ReadonlyArray<SigningKey>,
  content: Uint8Array
): string =>
  keys
    .map(({ algorithm, key }) =>
      algorithm === "hmac" ? `v1,${base64(signer.hmac(key, content))}` : `v1a,${base64(signer.ed25519(key, content))}`
    )
    .join(" ")

/** A key as its receivers write it. */
export const secretText = (key: Uint8Array): string => `whsec_${base64(key)}`
export const publicKeyText = (key: Uint8Array): string => `whpk_${base64(key)}`
