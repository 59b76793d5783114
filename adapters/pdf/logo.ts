/** A logo as bytes of a picture; addresses and paths are never followed. */

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const JPEG = [0xff, 0xd8, 0xff]
const LARGEST = 1024 * 1024

const beginsWith = (bytes: Uint8Array, magic: ReadonlyArray<number>): boolean => magic.every((byte, at) => bytes[at] === byte)

/** A data URL of a PNG or JPEG of at most 1 MiB, told by its first bytes; null for anything else. */
export const logoUrl = (bytes: Uint8Array | null): string | null => {
  if (bytes === null || bytes.length > LARGEST) return null
  const type = beginsWith(bytes, PNG) ? "png" : beginsWith(bytes, JPEG) ? "jpeg" : null
  return type === null ? null : `data:image/${type};base64,${Buffer.from(bytes).toString("base64")}`
}
