/** The lines of a text file, a batch at a time, whatever the file is: memory stays small even where it has no lines at all. */
import { createReadStream } from "node:fs"

/** No line of ours comes near it; a longer one is cut here. */
export const LONGEST_LINE = 4096

const BATCH = 500

const withoutReturn = (line: string): string => (line.endsWith("\r") ? line.slice(0, -1) : line)

/** Yields batches of lines in order, none left out, without their line ends and the byte order mark. */
export async function* linesOf(path: string): AsyncGenerator<ReadonlyArray<string>> {
  let lines: Array<string> = []
  let rest = ""
  for await (const chunk of createReadStream(path, { encoding: "utf8" }) as AsyncIterable<string>) {
    const [first = "", ...others] = chunk.split("\n")
    rest = (rest + first).slice(0, LONGEST_LINE)
    for (const next of others) {
      lines.push(withoutReturn(rest))
      rest = next.slice(0, LONGEST_LINE)
      if (lines.length === BATCH) {
        yield lines
        lines = []
      }
    }
  }
  if (rest !== "") lines.push(withoutReturn(rest))
  if (lines.length > 0) yield lines
}
