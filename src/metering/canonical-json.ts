/**
 * Properties of an event as they are stored: JSON with sorted keys and numbers as plain decimals, so that equal content is
 * equal text and every engine reads the same text of a number. Written by hand because every event passes here.
 */
import { numberText } from "./property.js"

/** Bytes of UTF-8 that the properties of an event may have. */
const MAX_BYTES = 64 * 1024
const MAX_DEPTH = 32

/** What cannot be stored: where in the value, and why. */
export class Unstorable {
  constructor(
    readonly path: string,
    readonly reason: string
  ) {}
}

/** Signs that JSON escapes, and halves of surrogate pairs, which may be unpaired. */
const SPECIAL = /["\\\u0000-\u001f\ud800-\udfff]/
const UNSTORABLE = /\u0000|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/** Whether a text has NUL or an unpaired surrogate, which PostgreSQL refuses. */
export const isUnstorable = (text: string): boolean => SPECIAL.test(text) && UNSTORABLE.test(text)

interface Writer {
  /** Characters that may still be written; what is shared or circular is written again and again. */
  left: number
}

const spend = (writer: Writer, characters: number, path: string) => {
  writer.left -= characters
  if (writer.left < 0) throw new Unstorable(path, "more than 64 KB of JSON")
}

const quoted = (writer: Writer, text: string, path: string): string => {
  spend(writer, text.length + 2, path)
  if (!SPECIAL.test(text)) return `"${text}"`
  if (UNSTORABLE.test(text)) throw new Unstorable(path, "text with NUL or an unpaired surrogate")
  return JSON.stringify(text)
}

const isPlainObject = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  // Plain objects of another realm have its Object.prototype.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

const sortedKeys = (value: object): ReadonlyArray<string> => {
  const keys = Object.keys(value)
  for (let i = 1; i < keys.length; i++) if (keys[i - 1]! > keys[i]!) return keys.sort()
  return keys
}

const writeObject = (writer: Writer, value: object, path: string, depth: number): string => {
  if (!isPlainObject(value)) throw new Unstorable(path, "not JSON: an object of a class")
  let text = ""
  for (const key of sortedKeys(value)) {
    const item: unknown = (value as Readonly<Record<string, unknown>>)[key]
    if (item === undefined) continue
    const itemPath = `${path}.${key}`
    if (key === "__proto__") throw new Unstorable(itemPath, "not a name for a property")
    text += `${text === "" ? "" : ","}${quoted(writer, key, itemPath)}:${write(writer, item, itemPath, depth)}`
  }
  return `{${text}}`
}

const writeArray = (writer: Writer, value: ReadonlyArray<unknown>, path: string, depth: number): string => {
  let text = ""
  for (let i = 0; i < value.length; i++) text += `${i === 0 ? "" : ","}${write(writer, value[i], `${path}[${i}]`, depth)}`
  return `[${text}]`
}

const write = (writer: Writer, value: unknown, path: string, depth: number): string => {
  switch (typeof value) {
    case "string":
      return quoted(writer, value, path)
    case "number": {
      if (!Number.isFinite(value)) throw new Unstorable(path, "not a number that JSON can hold")
      const text = numberText(value)
      spend(writer, text.length + 1, path)
      return text
    }
    case "boolean":
      spend(writer, 5, path)
      return value ? "true" : "false"
    case "object": {
      spend(writer, 4, path)
      if (value === null) return "null"
      if (depth === MAX_DEPTH) throw new Unstorable(path, `more than ${MAX_DEPTH} levels deep`)
      return Array.isArray(value) ? writeArray(writer, value, path, depth + 1) : writeObject(writer, value, path, depth + 1)
    }
    default:
      throw new Unstorable(path, `not JSON: ${typeof value}`)
  }
}

const byteLength = (text: string): number => {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    // Two units of a surrogate pair are four bytes.
    if (code > 0x7f) bytes += code > 0x7ff && (code < 0xd800 || code > 0xdfff) ? 2 : 1
  }
  return bytes
}

/**
 * The canonical JSON of an object under `path`; what is undefined is left out.
 *
 * Throws `Unstorable`.
 */
export const canonicalJson = (value: object, path: string): string => {
  const text = writeObject({ left: MAX_BYTES }, value, path, 1)
  // A unit of text is three bytes at most.
  if (text.length * 3 > MAX_BYTES && byteLength(text) > MAX_BYTES) throw new Unstorable(path, "more than 64 KB of JSON")
  return text
}
