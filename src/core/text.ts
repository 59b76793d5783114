/** Texts that a caller gives: lengths of the contract, and only what both engines can store. */
import { Schema } from "effect"

/** NUL and halves of surrogate pairs: PostgreSQL refuses them, so no engine takes them. */
export const UNSTORABLE = /\u0000|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/

/** A text that both engines store as it is. */
export const Storable = Schema.String.pipe(
  Schema.filter((text) => !UNSTORABLE.test(text), { message: () => "expected text without NUL and unpaired surrogates" })
)

/** Free text of at most `max` characters. */
export const atMost = (max: number) =>
  Storable.pipe(Schema.filter((value) => [...value].length <= max, { message: () => `expected at most ${max} characters` }))

/** A name, code or id of the host: 1 to `max` characters, not only spaces. */
export const name = (max = 255) =>
  atMost(max).pipe(Schema.filter((value) => value.trim() !== "", { message: () => `expected 1 to ${max} characters` }))

/** An e-mail address as far as its shape tells: one @ between two parts without spaces, a dot in the second. */
export const Email = atMost(255).pipe(
  Schema.filter((value) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value), { message: () => "expected an e-mail address" })
)
