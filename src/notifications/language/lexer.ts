/** Cuts a template into texts, outputs and tags, each with its line. Comments are gone after it. */
import { Either } from "effect"
import { Unreadable } from "./syntax.js"

export interface Token {
  readonly kind: "text" | "output" | "tag"
  /** A text as it is; what stands between the braces, trimmed, of the others. */
  readonly content: string
  readonly line: number
}

const CLOSING = { "{{": "}}", "{%": "%}", "{#": "#}" } as const
type Opening = keyof typeof CLOSING

const nextOpening = (source: string, from: number): { readonly at: number; readonly opening: Opening } | undefined => {
  for (let at = source.indexOf("{", from); at !== -1; at = source.indexOf("{", at + 1)) {
    const opening = source.slice(at, at + 2)
    if (opening === "{{" || opening === "{%" || opening === "{#") return { at, opening }
  }
  return undefined
}

const linesIn = (text: string): number => text.split("\n").length - 1

/** Where a block comment ends: its tokens are dropped, whatever they say. */
const withoutBlockComments = (tokens: ReadonlyArray<Token>): Either.Either<ReadonlyArray<Token>, Unreadable> => {
  const kept: Array<Token> = []
  let open: Token | undefined
  for (const token of tokens) {
    const word = token.kind === "tag" ? token.content.split(/\s+/)[0] : undefined
    if (open !== undefined) {
      if (word === "endcomment") open = undefined
    } else if (word === "comment") open = token
    else kept.push(token)
  }
  return open === undefined ? Either.right(kept) : Either.left(new Unreadable(open.line, "comment without endcomment"))
}

/** Fails where an output, tag or comment is not closed on its line. */
export const tokensOf = (source: string): Either.Either<ReadonlyArray<Token>, Unreadable> => {
  const tokens: Array<Token> = []
  let line = 1
  let from = 0
  const text = (until: number) => {
    if (until > from) tokens.push({ kind: "text", content: source.slice(from, until), line })
    line += linesIn(source.slice(from, until))
  }
  for (let found = nextOpening(source, from); found !== undefined; found = nextOpening(source, from)) {
    const { at, opening } = found
    text(at)
    const end = source.indexOf(CLOSING[opening], at + 2)
    const newline = source.indexOf("\n", at)
    if (end === -1 || (newline !== -1 && newline < end)) {
      return Either.left(new Unreadable(line, `${opening} is not closed on its line`))
    }
    if (opening !== "{#") tokens.push({ kind: opening === "{{" ? "output" : "tag", content: source.slice(at + 2, end).trim(), line })
    from = end + 2
  }
  text(source.length)
  return withoutBlockComments(tokens)
}
