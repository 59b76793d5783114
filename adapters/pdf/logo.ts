/** A logo as bytes of a picture; addresses and paths are never followed. */

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const JPEG = [0xff, 0xd8, 0xff]
const LARGEST = 1024 * 1024

const beginsWith = (bytes: Uint8Array, magic: ReadonlyArray<number>): boolean => magic.every((byte, at) => bytes[at] === byte)

/** Frames of a JPEG are headed by these markers: C0 to CF, but for those of tables and extensions. */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)

/** Whether a picture is in four inks (CMYK): an archive whose colours are red, green and blue has no place for it. */
export const isInInks = (bytes: Uint8Array): boolean => {
  if (!beginsWith(bytes, JPEG)) return false
  const picture = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  // Marker, length, precision, height, width, colours: segments follow each other by their lengths.
  for (let at = 2; at + 9 < picture.length && picture[at] === 0xff; at += 2 + picture.readUInt16BE(at + 2)) {
    if (isFrame(picture[at + 1]!)) return picture[at + 9] === 4
  }
  return false
}

/** A data URL of a PNG or JPEG of at most 1 MiB, told by its first bytes; null for anything else. */
export const logoUrl = (bytes: Uint8Array | null): string | null => {
  if (bytes === null || bytes.length > LARGEST) return null
  const type = beginsWith(bytes, PNG) ? "png" : beginsWith(bytes, JPEG) ? "jpeg" : null
  return type === null ? null : `data:image/${type};base64,${Buffer.from(bytes).toString("base64")}`
}
