/** The database that a command works on. Each engine's driver is loaded only where it is needed. */
import { existsSync, statSync } from "node:fs"
import { dirname } from "node:path"
import type { Database } from "../../src/client/index.js"
import { type DatabaseArgument, Wrong } from "./arguments.js"

type Use = "run" | "status" | "print-sql"

const requireFile = (path: string, use: Use): void => {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isDirectory()) throw new Wrong(`${path} is a directory; a file is wanted`)
  if (found !== undefined) return
  if (use === "status") throw new Wrong(`there is no file ${path}`)
  if (!existsSync(dirname(path))) throw new Wrong(`there is no directory ${dirname(path)}`)
}

const missing = (driver: string) => (error: unknown) => {
  if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND") throw new Wrong(`${driver} is not installed`)
  throw error
}

/** Opens nothing yet. Throws `Wrong` where the path can be no database file: only `run` makes one. */
export const databaseOf = async ({ engine, location, rowLevelSecurity }: DatabaseArgument, use: Use): Promise<Database> => {
  if (engine === "postgres") {
    const { postgres } = await import("../postgres/index.js").catch(missing("pg, the driver for PostgreSQL,"))
    return postgres({ url: location, rowLevelSecurity })
  }
  if (use !== "print-sql") requireFile(location, use)
  const { sqlite } = await import("../sqlite/index.js").catch(missing("better-sqlite3, the driver for SQLite,"))
  return sqlite(location)
}
