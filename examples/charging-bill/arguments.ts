/** What the example is asked to do. */

import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { Stop } from "./stop.js"

export const USAGE = `Bills charging sessions of electric vehicles month by month.

npm start -- [--database PATH | postgres://USER:PASSWORD@HOST:PORT/DATABASE] [--data FILE] [--help]

  --database  where to bill: a SQLite file (made when missing; ./charging-bill.db unless given) or a Postgres database
  --data      another CSV file with the columns of examples/charging-bill/data/charging-sessions.csv
  --help      this text
`

export type DatabaseArgument = { readonly engine: "sqlite"; readonly path: string } | { readonly engine: "postgres"; readonly url: string }

export interface Arguments {
  readonly help: boolean
  readonly database: DatabaseArgument
  readonly data: string
  /** Whether it is the data that came with the example, of which it is known what it comes to. */
  readonly builtIn: boolean
}

const BUILT_IN = fileURLToPath(new URL("data/charging-sessions.csv", import.meta.url))

const databaseOf = (given: string): DatabaseArgument => {
  if (/^postgres(ql)?:\/\//.test(given)) {
    if (!URL.canParse(given)) throw new Stop("--database: not an address as postgres://user:password@host:port/database")
    return { engine: "postgres", url: given }
  }
  if (given === "" || given === ":memory:" || /^[a-z][a-z0-9+.-]+:\/\//i.test(given)) {
    throw new Stop("--database takes the path of a SQLite file or postgres://user:password@host:port/database")
  }
  return { engine: "sqlite", path: given }
}

const parse = (given: ReadonlyArray<string>) => {
  try {
    return parseArgs({
      args: [...given],
      options: { database: { type: "string" }, data: { type: "string" }, help: { type: "boolean" } }
    }).values
  } catch (error) {
    throw new Stop(`${(error as Error).message.split(/[.\n] ?/)[0]}; --help lists what there is`)
  }
}

/** Throws `Stop` where they cannot be understood. */
export const readArguments = (given: ReadonlyArray<string>): Arguments => {
  const { data, database = "./charging-bill.db", help = false } = parse(given)
  if (data === "") throw new Stop("--data takes the path of a CSV file")
  return { help, database: databaseOf(database), data: data ?? BUILT_IN, builtIn: data === undefined }
}
