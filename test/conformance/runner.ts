/** Runs conformance cases: reads them, computes each with the library's own code, and tells where an answer differs. */
import { readdirSync, readFileSync, statSync } from "node:fs"
import { join, relative } from "node:path"
import { type Difference, firstDifference } from "./compare.js"

/** A case as it stands in a file. */
export interface Vector {
  readonly id: string
  readonly operation: string
  readonly input?: unknown
  readonly expected?: unknown
}

/** Computes the answer to a case's `input`; may be asynchronous. */
type Operation = (input: never) => unknown
export type Operations = Readonly<Record<string, Operation>>

/** Holds a whole case against what comes out; nothing where it passes. */
export type Check = (vector: Vector) => Promise<Difference | undefined>
export type Checks = Readonly<Record<string, Check>>

/** What became of a case, or of a file that could not be read. */
export interface Result {
  readonly id: string
  readonly failure: Difference | undefined
}

/** The check of cases that have `input` and `expected`: computes the answer and compares it. */
const answering =
  (operation: Operation): Check =>
  async (vector) => {
    if (vector.expected === undefined) return { where: "expected", expected: "figures to compare with", got: "nothing" }
    return firstDifference(vector.expected, await operation(vector.input as never))
  }

export const answeringAll = (operations: Operations): Checks =>
  Object.fromEntries(Object.entries(operations).map(([name, operation]) => [name, answering(operation)]))

const messageOf = (cause: unknown): string => (cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause))

/** Every `*.json` under a folder, at any depth, in order of path. */
const jsonFiles = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name)
      if (statSync(path).isDirectory()) return jsonFiles(path)
      return name.endsWith(".json") ? [path] : []
    })
    .sort()

/** The cases of a file, or why there are none. */
export interface VectorFile {
  readonly path: string
  readonly vectors: ReadonlyArray<Vector>
  readonly unreadable: string | undefined
}

const readVectors = (path: string): ReadonlyArray<Vector> => {
  const content: unknown = JSON.parse(readFileSync(path, "utf8"))
  const vectors = (content as { readonly vectors?: unknown } | null)?.vectors
  if (!Array.isArray(vectors)) throw new TypeError("no list of vectors")
  const nameless = vectors.findIndex((vector) => typeof vector?.id !== "string" || typeof vector.operation !== "string")
  if (nameless >= 0) throw new TypeError(`vectors[${nameless}] has no id or no operation`)
  return vectors
}

/** The files of a folder with their cases; a folder that is not there has none. */
export const loadVectors = (folder: string): ReadonlyArray<VectorFile> => {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return []
  return jsonFiles(folder).map((file) => {
    const path = relative(folder, file)
    try {
      return { path, vectors: readVectors(file), unreadable: undefined }
    } catch (cause) {
      return { path, vectors: [], unreadable: messageOf(cause) }
    }
  })
}

/** Runs one case. Whatever happens in it is its result. */
export const runVector = async (vector: Vector, checks: Checks): Promise<Result> => {
  const { id, operation } = vector
  if (!Object.hasOwn(checks, operation))
    return { id, failure: { where: "operation", expected: "one that the runner knows", got: operation } }
  try {
    return { id, failure: await checks[operation]!(vector) }
  } catch (cause) {
    return { id, failure: { where: operation, expected: "an answer", got: messageOf(cause) } }
  }
}

/** Runs every case under a folder, in order of path; an id that was there before fails. */
async function* runFolder(folder: string, checks: Checks): AsyncGenerator<Result, void> {
  const seen = new Set<string>()
  for (const file of loadVectors(folder)) {
    if (file.unreadable !== undefined) yield { id: file.path, failure: { where: "file", expected: "cases in JSON", got: file.unreadable } }
    for (const vector of file.vectors) {
      if (seen.has(vector.id))
        yield { id: vector.id, failure: { where: "id", expected: "one of its own", got: "one that was there before" } }
      else yield await runVector(vector, checks)
      seen.add(vector.id)
    }
  }
}

const onOneLine = (text: string): string => {
  const line = text.replace(/\s+/g, " ")
  return line.length > 300 ? `${line.slice(0, 300)}…` : line
}

/** The line that tells of a failure: `FAIL graduated/price/07 amount: expected 15.000000, got 16`. */
export const failLine = (id: string, { where, expected, got }: Difference): string =>
  `FAIL ${id} ${onOneLine(where)}: expected ${onOneLine(expected)}, got ${onOneLine(got)}`

/**
 * Runs a folder and writes a line for each failing case and the counts as the last one.
 *
 * The exit code: 0 when there was a case and none failed, else 1. `failed` are the ids that failed.
 */
export const report = async (folder: string, checks: Checks, write: (line: string) => void) => {
  const failed: Array<string> = []
  let passed = 0
  for await (const { id, failure } of runFolder(folder, checks)) {
    if (failure === undefined) passed++
    else {
      failed.push(id)
      write(failLine(id, failure))
    }
  }
  write(`${passed} passed, ${failed.length} failed`)
  return { failed, exitCode: failed.length === 0 && passed > 0 ? 0 : 1 }
}
