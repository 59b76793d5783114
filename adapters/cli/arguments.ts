/** What the command line asks for. Pure: nothing is opened yet. */
import { parseArgs } from "node:util"
import { parseInstant } from "../../src/core/index.js"

export const USAGE = `billwright: bill, check and migrate a database

  billwright migrate <database>               bring the schema to this version's revision
  billwright migrate <database> --status      which migrations it has, which it lacks
  billwright migrate <database> --print-sql   the whole schema as SQL, nothing is run
  billwright bill <database> [--now INSTANT]  do all billing that is due, then issue the drafts that are due
  billwright doctor <database>                check the invariants, name every row that breaks one

<database> is a file of SQLite, or postgres://user:password@host:port/database; also as --database.
With --row-level-security the role of that URL is bound by policies, and each statement says whose rows it reaches.
INSTANT is ISO 8601 with Z or an offset; the machine's clock unless given.
Exit codes: 0 done, 1 something was found or could not be billed, 2 wrong input or an unusable database. --version says which version this is.
`

/** A mistake of who called: one line, exit code 2. */
export class Wrong extends Error {}

export interface DatabaseArgument {
  readonly engine: "sqlite" | "postgres"
  /** A path, or a URL. */
  readonly location: string
  readonly rowLevelSecurity: boolean
}

export type Command =
  | { readonly command: "help" | "version" }
  | { readonly command: "migrate"; readonly database: DatabaseArgument; readonly mode: "run" | "status" | "print-sql" }
  | { readonly command: "bill"; readonly database: DatabaseArgument; readonly now: Date | undefined }
  | { readonly command: "doctor"; readonly database: DatabaseArgument }

const OPTIONS = {
  database: { type: "string" },
  status: { type: "boolean" },
  "print-sql": { type: "boolean" },
  now: { type: "string" },
  "row-level-security": { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "v" }
} as const

const parse = (args: ReadonlyArray<string>) => {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    // The parser goes on with how a dash could begin a name.
    throw new Wrong(`${error instanceof Error ? error.message.split(". To specify")[0] : error}; billwright --help shows what there is`)
  }
}

const databaseOf = (location: string, rowLevelSecurity: boolean): DatabaseArgument => {
  if (location === "") throw new Wrong("the database's name is empty")
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(location)?.[1]?.toLowerCase()
  if (scheme === undefined) {
    if (rowLevelSecurity) throw new Wrong("only PostgreSQL has --row-level-security")
    return { engine: "sqlite", location, rowLevelSecurity }
  }
  if (scheme !== "postgres" && scheme !== "postgresql") throw new Wrong(`${scheme}:// is no database that billwright knows`)
  if (!URL.canParse(location)) throw new Wrong("the database's URL cannot be read")
  return { engine: "postgres", location, rowLevelSecurity }
}

const nowOf = (text: string | undefined): Date | undefined => {
  if (text === undefined) return undefined
  const millis = parseInstant(text)
  if (typeof millis === "string") throw new Wrong(`--now ${text}: ${millis}`)
  return new Date(millis)
}

/** Reads the arguments after the program's name. Throws `Wrong`. */
export const readCommand = (args: ReadonlyArray<string>): Command => {
  const { positionals, values } = parse(args)
  const [command, ...places] = positionals
  if (values.version === true) return { command: "version" }
  if (values.help === true || command === undefined || command === "help") return { command: "help" }
  if (command !== "migrate" && command !== "bill" && command !== "doctor")
    throw new Wrong(`no command ${command}; billwright --help shows what there is`)
  const own = { migrate: ["status", "print-sql"], bill: ["now"], doctor: [] }[command]
  const allowed: ReadonlyArray<string> = ["database", "row-level-security", ...own]
  const stray = Object.keys(values).find((option) => !allowed.includes(option))
  if (stray !== undefined) throw new Wrong(`${command} has no option --${stray}`)
  const locations = [...(values.database === undefined ? [] : [values.database]), ...places]
  if (locations.length === 0) throw new Wrong(`${command} of which database? A file, or postgres://…`)
  if (locations.length > 1) throw new Wrong(`one database at a time: ${locations.join(" ")}`)
  const database = databaseOf(locations[0]!, values["row-level-security"] === true)
  if (command === "bill") return { command, database, now: nowOf(values.now) }
  if (command === "doctor") return { command, database }
  if (values.status === true && values["print-sql"] === true) throw new Wrong("either --status or --print-sql")
  return { command, database, mode: values.status === true ? "status" : values["print-sql"] === true ? "print-sql" : "run" }
}
