/** Global set-up of a test run: one PostgreSQL server and one temporary directory for all test files. Fails the run without them. */
import { randomBytes } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Database from "better-sqlite3"
import type { TestProject } from "vitest/node"
import { dropAll, prefixVariable, serverVariable } from "./postgres.js"
import { startPostgres } from "./postgres-server.js"
import { directoryVariable } from "./sqlite.js"

declare module "vitest" {
  interface ProvidedContext {
    /** What the run's closing lines name. */
    engines: string
  }
}

export default async (project: TestProject) => {
  const sqlite = sqliteVersion()
  const server = await startPostgres().catch(endRun)
  const directory = mkdtempSync(join(tmpdir(), "billwright-test-"))
  // Not in the tear-down, which an interrupted run does not reach; and first, since vitest's own listener ends the process there.
  process.prependListener("exit", () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }))
  process.env[directoryVariable] = directory
  process.env[prefixVariable] = `billwright_test_${randomBytes(4).toString("hex")}`
  process.env[serverVariable] = server.url
  project.provide("engines", `SQLite ${sqlite} (better-sqlite3), ${server.name}`)

  return async () => {
    await dropAll(server.url)
    await server.stop()
  }
}

/** One line instead of a stack trace into the test runner. */
const endRun = (error: unknown): never => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}

const sqliteVersion = (): string => {
  const database = new Database(":memory:")
  const { version } = database.prepare("select sqlite_version() as version").get() as { version: string }
  database.close()
  return version
}
