#!/usr/bin/env node
/** The `billwright` command. Exit codes: 0 done, 1 the doctor found something, 2 wrong input or an unusable database. */
import { BillingError } from "../../src/client/index.js"
import { readCommand, USAGE, Wrong } from "./arguments.js"
import { bill, doctor, migrate } from "./commands.js"
import { databaseOf } from "./databases.js"

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const run = async (args: ReadonlyArray<string>): Promise<number> => {
  const command = readCommand(args)
  switch (command.command) {
    case "help":
      process.stdout.write(USAGE)
      return 0
    case "migrate":
      return migrate(await databaseOf(command.database, command.mode !== "status"), command.mode, say)
    case "bill":
      return bill(await databaseOf(command.database, false), command.now, say)
    case "doctor":
      return doctor(await databaseOf(command.database, false), say)
  }
}

/** The innermost reason, which is the driver's own word. */
const reasonOf = (error: unknown): string => {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(reasonOf).join(", ")
  if (!(error instanceof Error)) return String(error)
  const inner = error.cause === undefined ? "" : reasonOf(error.cause)
  return inner === "" || error.message.includes(inner) ? error.message : `${error.message}: ${inner}`
}

try {
  process.exitCode = await run(process.argv.slice(2))
} catch (error) {
  // Anything else is a bug and shows its stack.
  if (!(error instanceof Wrong || error instanceof BillingError)) throw error
  process.stderr.write(`billwright: ${reasonOf(error).replace(/\s*\n\s*/g, " ")}\n`)
  process.exitCode = 2
}
