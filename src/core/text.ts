/** Texts that a caller gives: lengths of the contract, and only what both engines can store. */
import { Schema } from "effect"

/** Whether both engines store a text as it is: PostgreSQL refuses NUL and halves of surrogate pairs. */
export const isStorable = (text: string): boolean => !text.includes("\u0000") && !/\p{Surrogate}/u.test(text)

/** A character takes two units at most: a text of megabytes is refused before anything walks through it (X6). */
const isWithin = (text: string, max: number): boolean => text.length <= 2 * max && [...text].length <= max

/** Free text of at most `max` characters. */
export const atMost = (max: number) =>
  Schema.String.pipe(
    Schema.filter((value) => isWithin(value, max), { message: () => `expected at most ${max} characters` }),
    Schema.filter(isStorable, { message: () => "expected text without NUL and unpaired surrogates" })
  )

/** A name, code or id of the host: 1 to `max` characters, not only spaces. */
export const name = (max = 255) =>
  atMost(max).pipe(Schema.filter((value) => value.trim() !== "", { message: () => `expected 1 to ${max} characters` }))

/** An e-mail address as far as its shape tells: one @ between two parts without spaces, a dot in the second. */
export const Email = atMost(255).pipe(
  Schema.filter((value) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value), { message: () => "expected an e-mail address" })
)
