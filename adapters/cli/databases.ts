/** The database that a command works on. Each engine's driver is loaded only where it is needed. */
import { existsSync, statSync } from "node:fs"
import { dirname } from "node:path"
import type { Database } from "../../src/client/index.js"
import { type DatabaseArgument, Wrong } from "./arguments.js"

const requireFile = (path: string, mayBeMade: boolean): void => {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isDirectory()) throw new Wrong(`${path} is a directory; a file is wanted`)
  if (found !== undefined) return
  if (!mayBeMade) throw new Wrong(`there is no file ${path}`)
  if (!existsSync(dirname(path))) throw new Wrong(`there is no directory ${dirname(path)}`)
}

const missing = (driver: string) => (error: unknown) => {
  if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND") throw new Wrong(`${driver} is not installed`)
  throw error
}

/** Opens nothing yet. Throws `Wrong` where the path can be no database file. */
export const databaseOf = async ({ engine, location }: DatabaseArgument, mayBeMade: boolean): Promise<Database> => {
  if (engine === "postgres") {
    const { postgres } = await import("../postgres/index.js").catch(missing("pg, the driver for PostgreSQL,"))
    return postgres(location)
  }
  requireFile(location, mayBeMade)
  const { sqlite } = await import("../sqlite/index.js").catch(missing("better-sqlite3, the driver for SQLite,"))
  return sqlite(location)
}
