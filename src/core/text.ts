/** Texts that a caller gives: lengths of the contract, and only what both engines can store. */
import { Schema } from "effect"

/** Whether both engines store a text as it is: PostgreSQL refuses NUL and halves of surrogate pairs. */
export const isStorable = (text: string): boolean => !text.includes("\u0000") && !/\p{Surrogate}/u.test(text)

/** A text that both engines store as it is. */
const Storable = Schema.String.pipe(Schema.filter(isStorable, { message: () => "expected text without NUL and unpaired surrogates" }))

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
