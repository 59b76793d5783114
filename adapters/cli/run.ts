/** One run of the command: from arguments to an exit code, what it says line by line. */
import { existsSync, readFileSync } from "node:fs"
import { BillingError } from "../../src/client/index.js"
import { readCommand, USAGE, Wrong } from "./arguments.js"
import { bill, doctor, migrate } from "./commands.js"
import { databaseOf } from "./databases.js"

type Say = (line: string) => void

/** The manifest lies above `dist`, or above the sources. */
const version = (): string => {
  const [built, source] = ["../package.json", "../../package.json"].map((path) => new URL(path, import.meta.url))
  return JSON.parse(readFileSync(existsSync(built!) ? built! : source!, "utf8")).version
}

const carryOut = async (args: ReadonlyArray<string>, say: Say): Promise<number> => {
  const command = readCommand(args)
  switch (command.command) {
    case "help":
      say(USAGE.trimEnd())
      return 0
    case "version":
      say(version())
      return 0
    case "migrate":
      return migrate(await databaseOf(command.database, command.mode), command.mode, say)
    case "bill":
      return bill(await databaseOf(command.database, "status"), command.now, say)
    case "doctor":
      return doctor(await databaseOf(command.database, "status"), say)
  }
}

/** The innermost reason, which is the driver's own word. */
const reasonOf = (error: unknown): string => {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(reasonOf).join(", ")
  if (!(error instanceof Error)) return String(error)
  const inner = error.cause === undefined ? "" : reasonOf(error.cause)
  return inner === "" || error.message.includes(inner) ? error.message : `${error.message}: ${inner}`
}

/**
 * Answers the exit code: 0 done, 1 something was found or could not be billed, 2 wrong input or an unusable database, in
 * one line. Anything else is a bug and is thrown.
 */
export const run = async (args: ReadonlyArray<string>, say: Say, complain: Say): Promise<number> => {
  try {
    return await carryOut(args, say)
  } catch (error) {
    if (!(error instanceof Wrong || error instanceof BillingError)) throw error
    complain(`billwright: ${reasonOf(error).replace(/\s*\n\s*/g, " ")}`)
    return 2
  }
}
