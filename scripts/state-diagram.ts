/**
 * `npm run docs:diagrams`: draws the state machine of subscriptions from the table that the code goes by, into
 * docs/subscriptions.md. A test compares what is committed with a fresh drawing.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { subscriptionTransitions } from "../src/subscriptions/transitions.js"

export const document = fileURLToPath(new URL("../docs/subscriptions.md", import.meta.url))

const START = "<!-- states: drawn by npm run docs:diagrams -->"
const END = "<!-- end of states -->"

/** What the clock does by itself where a person could have: a start, or an end, that was planned. */
const BY_THE_CLOCK: Readonly<Record<string, string>> = { activate: "activate, or its start", terminate: "terminate, or its end" }

const arrows = (): ReadonlyArray<string> =>
  Object.entries(subscriptionTransitions).flatMap(([action, ways]) =>
    Object.entries(ways).map(([from, to]) => `  ${from} --> ${to}: ${(BY_THE_CLOCK[action] ?? action).replaceAll("_", " ")}`)
  )

/** The block between the marks. */
const drawing = (): string =>
  [
    START,
    "",
    "```mermaid",
    "stateDiagram-v2",
    "  [*] --> pending: create, start to come",
    "  [*] --> active: create",
    ...arrows(),
    "  terminated --> [*]",
    "```",
    "",
    END
  ].join("\n")

/** A text with the block drawn anew. */
export const redrawn = (text: string): string => {
  const [from, to] = [text.indexOf(START), text.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`no place for the drawing: ${START} … ${END}`)
  return `${text.slice(0, from)}${drawing()}${text.slice(to + END.length)}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(document, redrawn(readFileSync(document, "utf8")))
