/** SQLite files of their own for tests, in the run's temporary directory. */
import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

export interface FreshFile {
  readonly path: string
  readonly remove: () => void
}

/** Removed as a whole when the run ends. */
export const directoryVariable = "BILLWRIGHT_TEST_DIRECTORY"

/** A path where no file is yet; `remove` deletes the database with its journal files. */
export const freshFile = (): FreshFile => {
  const directory = mkdtempSync(join(process.env[directoryVariable] ?? tmpdir(), "billwright-sqlite-"))
  return {
    path: join(directory, "billing.db"),
    remove: () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** A copy of the database that `prepare` made, once in a run, at the path that it was given. */
export const copiedFile = async (name: string, prepare: (path: string) => Promise<void>): Promise<FreshFile> => {
  const template = join(process.env[directoryVariable] ?? tmpdir(), `${name}.db`)
  if (!existsSync(template)) {
    const draft = freshFile()
    await prepare(draft.path)
    renameSync(draft.path, template)
    draft.remove()
  }
  const file = freshFile()
  copyFileSync(template, file.path)
  return file
}
