/** The database that is billed in: for Billwright, and for reports of our own beside it. */
import { existsSync, statSync } from "node:fs"
import { dirname } from "node:path"
import type { Database } from "billwright"
import { postgres } from "billwright/postgres"
import { sqlite } from "billwright/sqlite"
import type { DatabaseArgument } from "./arguments.js"
import type { Query } from "./figures.js"
import { Stop } from "./stop.js"

export interface Target {
  readonly database: Database
  /** How to name it to a person: without a password. */
  readonly name: string
  /** The command that looks into it with the engine's own shell. */
  readonly shell: (sql: string) => string
  /** A connection of the host's own, to read what was billed for one organization. */
  readonly reader: (organization_id: string) => Promise<{ readonly query: Query; readonly close: () => Promise<void> }>
}

type Rows = Awaited<ReturnType<Query>>

const requireUsable = (path: string): void => {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new Stop(`--database: ${path} is a directory; a file is wanted`)
  if (!existsSync(dirname(path))) throw new Stop(`--database: there is no directory ${dirname(path)}`)
}

const sqliteTarget = (path: string): Target => {
  requireUsable(path)
  return {
    // What a power failure takes back, a second run does again.
    database: sqlite(path, { durability: "normal" }),
    name: path,
    shell: (sql) => `sqlite3 ${path} "${sql}"`,
    reader: async (organization_id) => {
      const { default: Driver } = await import("better-sqlite3")
      const connection = new Driver(path, { readonly: true })
      return {
        query: async (sql) => connection.prepare(sql.replaceAll("$1", "?")).all(organization_id) as unknown as Rows,
        close: async () => void connection.close()
      }
    }
  }
}

const postgresTarget = (url: string): Target => {
  const { host, pathname, username } = new URL(url)
  const name = `postgres://${username === "" ? "" : `${username}@`}${host}${pathname}`
  return {
    database: postgres(url),
    name,
    shell: (sql) => `psql ${name} -c "${sql}"`,
    reader: async (organization_id) => {
      const { Client } = await import("pg")
      const connection = new Client({ connectionString: url })
      await connection.connect()
      return {
        query: async (sql) => (await connection.query(sql, [organization_id])).rows as Rows,
        close: () => connection.end()
      }
    }
  }
}

/** Opens nothing yet. Throws `Stop` where the path can be no database file. */
export const targetOf = (argument: DatabaseArgument): Target =>
  argument.engine === "sqlite" ? sqliteTarget(argument.path) : postgresTarget(argument.url)
