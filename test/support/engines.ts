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
  const directory = mkdtempSync(join(tmpdir(), "billwright-test-"))
  process.env[directoryVariable] = directory
  process.env[prefixVariable] = `billwright_test_${randomBytes(4).toString("hex")}`
  const server = await startPostgres()
  process.env[serverVariable] = server.url
  project.provide("engines", `SQLite ${sqlite} (better-sqlite3), ${server.name}`)

  return async () => {
    await dropAll(server.url)
    await server.stop()
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  }
}

const sqliteVersion = (): string => {
  const database = new Database(":memory:")
  const { version } = database.prepare("select sqlite_version() as version").get() as { version: string }
  database.close()
  return version
}
