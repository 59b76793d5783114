/**
 * A text as pieces that are drawn from left to right, each in one font: scripts are told apart, and what reads from right to
 * left is put into the order in which it is seen (Unicode's bidirectional algorithm), line by line.
 */
import bidiFactory, { type Bidi } from "bidi-js"
import { type Font, fontFor } from "./fonts.js"

export interface Run {
  readonly text: string
  readonly font: string
}

// Its types describe a namespace where Node sees the function itself.
const bidi = (bidiFactory as unknown as () => Bidi)()

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/
/** Line breaks, tabs, controls and direction marks: nothing of them is drawn. */
const INVISIBLE = /[\p{Cc}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/gu
/** Spaces that fonts lack, as one that they have: those that hold a number together still do. */
const JOINING_SPACE = /[\u2007\u202f]/g
const OTHER_SPACE = /[\u1680\u2000-\u2006\u2008-\u200a\u205f\u3000]/g
/** Where a text with right-to-left parts is broken, so that its lines are ordered each for itself. */
const LINE = 42

/** A word that is longer may be broken anywhere: an invisible space says where. */
const WORD = 48
const UNBROKEN = new RegExp(`\\S{${WORD}}(?=\\S)`, "gu")
/** More than any field holds: what is longer is cut, so that one text cannot hold the page up. */
const LONGEST = 10_000

const drawable = (text: string): string => {
  const shown = text.slice(0, LONGEST).replace(INVISIBLE, " ").replace(JOINING_SPACE, "\u00a0").replace(OTHER_SPACE, " ").trim()
  return `${shown.replace(UNBROKEN, "$&\u200b")}${text.length > LONGEST ? "…" : ""}`
}

/** Neutral characters stay in the font of what is before them, where that has them. */
const inFonts = (text: string, fonts: ReadonlyArray<Font>): ReadonlyArray<Run> => {
  const runs: Array<{ text: string; font: string }> = []
  for (const character of text) {
    const font = fontFor(fonts, character.codePointAt(0)!).name
    const last = runs.at(-1)
    if (last?.font === font) last.text += character
    else runs.push({ text: character, font })
  }
  return runs
}

/** Breaks between words, at most so many characters a line where words allow. */
const linesOf = (text: string, most: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const word of text.split(" ")) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= most) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** Stretches of one direction in the order in which they are seen; the characters of each stay in the order of reading. */
const asSeen = (line: string): ReadonlyArray<{ readonly text: string; readonly backwards: boolean }> => {
  const { levels, paragraphs } = bidi.getEmbeddingLevels(line)
  const stretches: Array<{ text: string; level: number }> = []
  for (let at = 0; at < line.length; at += 1) {
    const level = levels[at]!
    const last = stretches.at(-1)
    if (last?.level === level) last.text += line[at]!
    else stretches.push({ text: line[at]!, level })
  }
  const base = paragraphs[0]?.level ?? 0
  const highest = Math.max(...stretches.map(({ level }) => level), base)
  const ordered = [...stretches]
  for (let level = highest; level >= 1; level -= 1) {
    for (let at = 0; at < ordered.length; at += 1) {
      let end = at
      while (end < ordered.length && ordered[end]!.level >= level) end += 1
      if (end > at) ordered.splice(at, end - at, ...ordered.slice(at, end).reverse())
      at = end
    }
  }
  return ordered.map(({ level, text }) => ({ text, backwards: level % 2 === 1 }))
}

/** Words of a right-to-left stretch from the last to the first: the font's shaper turns each, not their order. */
const turned = (text: string): ReadonlyArray<string> =>
  text
    .split(/( )/)
    .filter((part) => part !== "")
    .reverse()

/** A paired bracket reads the other way round from right to left. */
const MIRRORED: Readonly<Record<string, string>> = { "(": ")", ")": "(", "[": "]", "]": "[", "{": "}", "}": "{", "<": ">", ">": "<" }
const mirrored = (text: string): string => text.replace(/[()[\]{}<>]/g, (bracket) => MIRRORED[bracket]!)

/** The pieces of a text. A line break is a piece `"\n"` of its own. */
export const runsOf = (text: string, fonts: ReadonlyArray<Font>): ReadonlyArray<Run> => {
  const shown = drawable(text)
  if (!RIGHT_TO_LEFT.test(shown)) return inFonts(shown, fonts)
  return linesOf(shown, LINE).flatMap((line, index) => [
    ...(index === 0 ? [] : [{ text: "\n", font: fonts[0]!.name }]),
    ...asSeen(line).flatMap(({ backwards, text: part }) =>
      backwards ? turned(part).flatMap((word) => [...inFonts(mirrored(word), fonts)].reverse()) : inFonts(part, fonts)
    )
  ])
}
