/** Signatures of webhooks: over the bytes as they came, compared in constant time. */
import { createHmac, timingSafeEqual } from "node:crypto"
import { SignatureInvalid } from "../../../src/core/index.js"
import type { WebhookRequest } from "../../../src/payments/index.js"

export const refusal = (reason: string): SignatureInvalid => new SignatureInvalid({ reason })

/** A header that came once, whatever its case; null where it did not, or came twice. */
export const headerOf = ({ headers }: WebhookRequest, name: string): string | null => {
  const found = Object.entries(headers).flatMap(([key, value]) => (key.toLowerCase() === name && value !== undefined ? [value].flat() : []))
  return found.length === 1 && found[0] !== "" ? found[0]! : null
}

export const bytesOf = (body: Uint8Array | string): Buffer => (typeof body === "string" ? Buffer.from(body, "utf8") : Buffer.from(body))

export const hmac = (key: string | Buffer, ...parts: ReadonlyArray<string | Buffer>): Buffer => {
  const sum = createHmac("sha256", key)
  for (const part of parts) sum.update(part)
  return sum.digest()
}

const HEX = /^[0-9a-f]{64}$/
const BASE64 = /^[A-Za-z0-9+/]{43}=$/

/** Whether a text is this signature, written in hexadecimal or base64. */
export const isSignature = (expected: Buffer, given: string, written: "hex" | "base64"): boolean => {
  if (!(written === "hex" ? HEX : BASE64).test(given)) return false
  return timingSafeEqual(expected, Buffer.from(given, written))
}

/** A JSON body that was verified; null where it is none. */
export const jsonOf = (body: Uint8Array | string): unknown => {
  try {
    return JSON.parse(bytesOf(body).toString("utf8"))
  } catch {
    return null
  }
}
