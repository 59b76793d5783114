/** Telephone numbers in E.164: a plus sign and digits, at most 15 characters. */
import { ParseResult, Schema } from "effect"

const E164 = /^\+[1-9][0-9]{6,13}$/

/**
 * A number as people write it: spaces, dots, hyphens, slashes and brackets go, `00` in front is a plus sign. A number without its country
 * stays as it is, since nothing here knows which country it is of.
 */
const normalizedPhone = (text: string): string => {
  const bare = text.replace(/\(0\)/g, "").replace(/[\s().\-/]/g, "")
  return bare.startsWith("00") ? `+${bare.slice(2)}` : bare
}

/** Decodes to E.164. */
export const Phone = Schema.String.pipe(
  Schema.transformOrFail(Schema.String, {
    strict: true,
    decode: (text, _, ast) => {
      const phone = text.length > 40 ? "" : normalizedPhone(text)
      return E164.test(phone)
        ? ParseResult.succeed(phone)
        : ParseResult.fail(new ParseResult.Type(ast, text, "expected a telephone number with its country, in E.164 at most 15 characters"))
    },
    encode: ParseResult.succeed
  })
)
