/** The fonts that ship with the package: Noto Sans in pieces by script, so that a document embeds and parses only what it uses. */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

/** Code points, first and last. */
type Range = readonly [number, number]

/** A font of a document, and what it can draw. */
export interface Font {
  readonly name: string
  readonly ranges: ReadonlyArray<Range>
  readonly regular: () => Uint8Array
  readonly bold: () => Uint8Array
}

/** A font of the host's, for scripts that the package has none for: TrueType or OpenType. `unicode_range` as CSS writes it: `U+4E00-9FFF, U+3000-303F`. */
export interface HostFont {
  readonly name: string
  readonly unicode_range: string
  readonly regular: Uint8Array
  readonly bold: Uint8Array
}

const rangesOf = (text: string): ReadonlyArray<Range> =>
  text.split(",").map((part): Range => {
    const [first, last = first] = part.trim().replace(/^U\+/i, "").split("-")
    return [Number.parseInt(first!, 16), Number.parseInt(last!, 16)]
  })

const once = (read: () => Uint8Array): (() => Uint8Array) => {
  let bytes: Uint8Array | undefined
  return () => {
    bytes ??= read()
    return bytes
  }
}

const shipped = (name: string, unicode_range: string): Font => {
  const file = (weight: number) => once(() => readFileSync(fileURLToPath(new URL(`./fonts/${name}-${weight}.ttf`, import.meta.url))))
  return { name, ranges: rangesOf(unicode_range), regular: file(400), bold: file(700) }
}

/** The first that can draw a character draws it; the very first draws what none can. */
export const shippedFonts: ReadonlyArray<Font> = [
  shipped(
    "latin",
    "U+20-7E,U+A0-FF,U+131,U+152-153,U+2BB-2BC,U+2C6,U+2DA,U+2DC,U+300-301,U+303-304,U+308-309,U+323,U+329,U+2002,U+2009,U+200B,U+2013-2014,U+2018-201A,U+201C-201E,U+2022,U+2026,U+2032-2033,U+2039-203A,U+2044,U+20AC,U+2122,U+2212"
  ),
  shipped(
    "latin-ext",
    "U+100-130,U+132-151,U+154-2BA,U+2BD-2C5,U+2C7-2CC,U+2CE-2D7,U+2DD-2FF,U+1D00-1DBF,U+1E00-1E9F,U+1EF2-1EFF,U+2020,U+20A0-20AB,U+20AD-20C0,U+2113,U+2C60-2C7F,U+A720-A7CA"
  ),
  shipped("vietnamese", "U+1EA0-1EF1"),
  shipped("greek", "U+370-377,U+37A-37F,U+384-38A,U+38C,U+38E-3A1,U+3A3-3E1,U+3F0-3FF"),
  shipped("cyrillic", "U+400-45F,U+490-491,U+4B0-4B1,U+2116"),
  shipped("devanagari", "U+900-97F,U+200C-200D,U+25CC,U+A8FF"),
  shipped(
    "arabic",
    "U+600-6FF,U+750-77F,U+870-88E,U+890-891,U+898-8E1,U+8E3-8FF,U+2010-2011,U+FB50-FBC2,U+FBD3-FD8F,U+FD92-FDC7,U+FDCF,U+FDF0-FDFF,U+FE70-FE74,U+FE76-FEFC"
  ),
  shipped("hebrew", "U+591-5C7,U+5D0-5EA,U+5EF-5F4,U+FB1D-FB36,U+FB38-FB3C,U+FB3E,U+FB40-FB41,U+FB43-FB44,U+FB46-FB4F")
]

export const hostFont = ({ bold, name, regular, unicode_range }: HostFont): Font => ({
  name: `host-${name}`,
  ranges: rangesOf(unicode_range),
  regular: () => regular,
  bold: () => bold
})

const covers = ({ ranges }: Font, code: number): boolean => ranges.some(([first, last]) => code >= first && code <= last)

/** Whether one of the fonts draws a character. */
export const isDrawn = (fonts: ReadonlyArray<Font>, code: number): boolean => fonts.some((font) => covers(font, code))

/** Which of the fonts draws a character. */
export const fontFor = (fonts: ReadonlyArray<Font>, code: number): Font => fonts.find((font) => covers(font, code)) ?? fonts[0]!
