/** Reads a template: outputs, `if`, `for`, nested as they are. Everything else is refused with its line. */
import { Either } from "effect"
import { isVariableName, readCondition, readExpression, readPath } from "./expression.js"
import { type Token, tokensOf } from "./lexer.js"
import { type Condition, type Node, Unreadable } from "./syntax.js"

type Read<A> = Either.Either<A, Unreadable>

/** Tags in tags; keeps what a template can make a host do in bounds. */
const DEEPEST = 10

const word = (token: Token): string => token.content.split(/\s+/)[0] ?? ""
const rest = (token: Token): string => token.content.slice(word(token).length).trim()

/** Nodes up to one of the tags that end them, which is answered too; null at the template's end. */
interface Block {
  readonly nodes: ReadonlyArray<Node>
  readonly end: Token | null
}

export const parseTemplate = (source: string): Read<ReadonlyArray<Node>> =>
  Either.gen(function* () {
    const tokens = yield* tokensOf(source)
    let next = 0

    const at =
      (line: number) =>
      <A>(read: Either.Either<A, string>): Read<A> =>
        Either.mapLeft(read, (reason) => new Unreadable(line, reason))

    /** Without the words behind it that some people write: `endif` is all. */
    const bare = (token: Token): Read<Token> =>
      rest(token) === "" ? Either.right(token) : Either.left(new Unreadable(token.line, `${word(token)} takes no arguments`))

    const readIf = (opening: Token, depth: number): Read<Node> =>
      Either.gen(function* () {
        const branches: Array<{ readonly condition: Condition; readonly nodes: ReadonlyArray<Node> }> = []
        let tag = opening
        while (word(tag) === "if" || word(tag) === "elif") {
          const condition = yield* at(tag.line)(readCondition(rest(tag)))
          const block: Block = yield* readBlock(opening, ["elif", "else", "endif"], depth)
          branches.push({ condition, nodes: block.nodes })
          tag = block.end!
        }
        yield* bare(tag)
        if (word(tag) === "endif") return { kind: "if" as const, branches, otherwise: [] }
        const { end, nodes } = yield* readBlock(opening, ["endif"], depth)
        yield* bare(end!)
        return { kind: "if" as const, branches, otherwise: nodes }
      })

    const readFor = (opening: Token, depth: number): Read<Node> =>
      Either.gen(function* () {
        const [variable = "", inWord, path, ...more] = rest(opening).split(/\s+/)
        if (inWord !== "in" || path === undefined || more.length > 0 || !isVariableName(variable)) {
          return yield* Either.left(new Unreadable(opening.line, "expected for … in …"))
        }
        const over = yield* at(opening.line)(readPath(path))
        const { end, nodes } = yield* readBlock(opening, ["empty", "endfor"], depth)
        yield* bare(end!)
        if (word(end!) === "endfor") return { kind: "for" as const, variable, over, nodes, empty: [] }
        const otherwise = yield* readBlock(opening, ["endfor"], depth)
        yield* bare(otherwise.end!)
        return { kind: "for" as const, variable, over, nodes, empty: otherwise.nodes }
      })

    const readNode = (token: Token, depth: number): Read<Node> => {
      if (token.kind === "text") return Either.right({ kind: "text", text: token.content })
      if (token.kind === "output") {
        return Either.map(at(token.line)(readExpression(token.content)), (expression): Node => ({ kind: "output", expression }))
      }
      if (depth >= DEEPEST) return Either.left(new Unreadable(token.line, `tags are nested deeper than ${DEEPEST}`))
      if (word(token) === "if") return readIf(token, depth + 1)
      if (word(token) === "for") return readFor(token, depth + 1)
      return Either.left(new Unreadable(token.line, `there is no tag "${word(token).slice(0, 30)}" here`))
    }

    const readBlock = (opening: Token | null, ends: ReadonlyArray<string>, depth: number): Read<Block> =>
      Either.gen(function* () {
        const nodes: Array<Node> = []
        while (next < tokens.length) {
          const token = tokens[next++]!
          if (token.kind === "tag" && ends.includes(word(token))) return { nodes, end: token }
          nodes.push(yield* readNode(token, depth))
        }
        if (opening !== null) return yield* Either.left(new Unreadable(opening.line, `${word(opening)} is not closed`))
        return { nodes, end: null }
      })

    return (yield* readBlock(null, [], 0)).nodes
  })
