/** Files of exports in memory: for tests. */
import { Effect, Stream } from "effect"
import { ExportFileFailed, type ExportFiles } from "../../src/operations/index.js"

export interface MemoryFiles extends ExportFiles {
  /** What is there, by path. */
  readonly files: ReadonlyMap<string, Uint8Array>
}

export const memory = (): MemoryFiles => {
  const files = new Map<string, Uint8Array>()
  return {
    files,
    write: (path, chunks) =>
      Effect.map(Stream.runCollect(chunks), (collected) => {
        files.set(path, Buffer.concat([...collected]))
      }),
    read: (path) =>
      Stream.suspend(() => {
        const file = files.get(path)
        return file === undefined ? Stream.fail(new ExportFileFailed({ path, reason: "there is no such file" })) : Stream.succeed(file)
      }),
    remove: (path) => Effect.sync(() => void files.delete(path))
  }
}
