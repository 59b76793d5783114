/** Files of exports in a folder: written beside their name, and under it only when they are whole and on the disk. */
import { randomBytes } from "node:crypto"
import { createReadStream } from "node:fs"
import { mkdir, open, rename, rm } from "node:fs/promises"
import { dirname, join, resolve, sep } from "node:path"
import { Effect, Exit, Stream } from "effect"
import { ExportFileFailed, type ExportFiles } from "../../src/operations/index.js"

/** So much is read at once. */
const CHUNK = 256 * 1024

/** What the system calls a failure (`ENOSPC`); its text would tell where the folder is. */
const reasonOf = (cause: unknown): string =>
  typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string" ? cause.code : "the file system failed"

/** Only the host's own account reads the files and their folders. */
const PRIVATE_FILE = 0o600
const PRIVATE_FOLDER = 0o700

/** Keeps files below `root`, which is made when it is missing. Paths never lead out of it. */
export const folder = (root: string): ExportFiles => {
  const base = resolve(root)
  const inside = (path: string): Effect.Effect<string, ExportFileFailed> => {
    const target = resolve(join(base, path))
    return target.startsWith(base + sep) && !path.includes("\0")
      ? Effect.succeed(target)
      : new ExportFileFailed({ path, reason: "the path leads out of the folder" })
  }
  const attempt = <A>(path: string, work: () => Promise<A>) =>
    Effect.tryPromise({ try: work, catch: (cause) => new ExportFileFailed({ path, reason: reasonOf(cause) }) })

  return {
    write: (path, chunks) =>
      Effect.gen(function* () {
        const target = yield* inside(path)
        const unfinished = `${target}.${randomBytes(6).toString("hex")}.part`
        yield* Effect.acquireUseRelease(
          attempt(path, async () => {
            await mkdir(dirname(target), { recursive: true, mode: PRIVATE_FOLDER })
            return open(unfinished, "wx", PRIVATE_FILE)
          }),
          (file) =>
            Effect.zipRight(
              Stream.runForEach(chunks, (chunk) => attempt(path, () => file.writeFile(chunk))),
              attempt(path, async () => {
                await file.sync()
                await rename(unfinished, target)
              })
            ),
          (file, exit) =>
            Effect.promise(async () => {
              await file.close().catch(() => undefined)
              if (Exit.isFailure(exit)) await rm(unfinished, { force: true }).catch(() => undefined)
            })
        )
      }),

    read: (path) =>
      Stream.unwrap(
        Effect.map(inside(path), (target) =>
          Stream.fromAsyncIterable(
            createReadStream(target, { highWaterMark: CHUNK }) as AsyncIterable<Uint8Array>,
            (cause) => new ExportFileFailed({ path, reason: reasonOf(cause) })
          )
        )
      ),

    remove: (path) => Effect.flatMap(inside(path), (target) => attempt(path, () => rm(target, { force: true })))
  }
}
