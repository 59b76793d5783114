/** Randomness that nobody guesses, and digests: a service, so that a test can say what comes. */
import { Context, Effect } from "effect"

export interface CryptoShape {
  /** Bytes of a cryptographic generator; never for ids, which come from a seed. */
  readonly randomBytes: (count: number) => Effect.Effect<Uint8Array>
  /** SHA-256 of a text's UTF-8, as 64 hexadecimal characters. */
  readonly sha256: (text: string) => Effect.Effect<string>
}

/** Two lower-case hexadecimal characters a byte. */
export const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")

/** The Web's own crypto, which every runtime has, unless another one is given. */
export class Crypto extends Context.Reference<Crypto>()("billwright/Crypto", {
  defaultValue: (): CryptoShape => ({
    randomBytes: (count) => Effect.sync(() => globalThis.crypto.getRandomValues(new Uint8Array(count))),
    sha256: (text) =>
      Effect.map(
        Effect.promise(() => globalThis.crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))),
        (digest) => hexOf(new Uint8Array(digest))
      )
  })
}) {}
