/** `npm start`: bills charging sessions month by month, shows what they come to, and explains one invoice. */
import { basename } from "node:path"
import { BillingError, createBilling } from "billwright"
import { type Arguments, readArguments, USAGE } from "./arguments.js"
import { bill, type Changes, organizationOf } from "./bill.js"
import { type Target, targetOf } from "./databases.js"
import { expectedFigures } from "./expected.js"
import { explainInvoice } from "./explained.js"
import { type Figures, largestInvoice, readFigures } from "./figures.js"
import { progress } from "./progress.js"
import { Stop } from "./stop.js"
import { type Survey, survey } from "./survey.js"
import { compare, figuresTable } from "./table.js"

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const warn = (text: string): void => void process.stderr.write(`${text}\n`)

const many = (count: number, one: string): string => `${count.toLocaleString("en-US")} ${one}${count === 1 ? "" : "s"}`

const sayChanges = ({ events, invoices, refused }: Changes, found: Survey): void => {
  for (const { line, reason } of refused) warn(`line ${line}: refused: ${reason}`)
  const left = found.unreadable.length
  if (left > 0) warn(`${many(left, "line")} could not be read; the others were billed`)
  say(
    events === 0 && invoices === 0
      ? "Nothing changed: every event and every invoice was there already.\n"
      : `New: ${many(events, "event")}, ${many(invoices, "invoice")}.\n`
  )
}

const BIGGEST = "SELECT invoice_number, total_cents FROM invoices ORDER BY total_cents DESC LIMIT 5"

const sayWhere = ({ name, shell }: Target, { database }: Arguments): void => {
  const next = [
    [`npm run doctor -- ${database.engine === "sqlite" ? database.path : "postgres://…"}`, "checks every invariant"],
    ["npm start", "again: nothing changes"],
    ["docs/getting-started.md", "the same in a program of your own"]
  ] as const
  const width = Math.max(...next.map(([what]) => what.length))
  say(`The database is ${name}. What to try next:`)
  say(`  ${shell(BIGGEST)}`)
  for (const [what, why] of next) say(`  ${what.padEnd(width)}  ${why}`)
  say("")
}

/** The table last: its last line is the total. */
const sayFigures = (figures: Figures, { builtIn }: Arguments): void => {
  if (!builtIn) return void process.stdout.write(figuresTable(figures))
  const { equal, table } = compare(figures, expectedFigures())
  process.stdout.write(table)
  if (!equal) {
    warn("The figures differ from the expected ones where the table has a ✗.")
    process.exitCode = 1
  }
}

const run = async (given: Arguments): Promise<void> => {
  const target = targetOf(given.database)
  const found = await survey(given.data)
  for (const { line, reason } of found.unreadable) warn(`line ${line}: ${reason}`)
  say(`${many(found.sessions, "charging session")} of ${many(found.firstMonths.size, "user")} in ${basename(given.data)}`)

  const billing = await createBilling({ database: target.database, migrate: true })
  try {
    const organization = await organizationOf(billing, given.builtIn ? "Charging bill" : `Charging bill of ${basename(given.data)}`)
    const tenant = billing.organization(organization)
    sayChanges(await bill(tenant, given.data, found, progress(process.stderr)), found)
    const { close, query } = await target.reader(organization)
    try {
      const invoice = await largestInvoice(query)
      if (invoice !== null) say(await explainInvoice(tenant, invoice))
      sayWhere(target, given)
      sayFigures(await readFigures(query), given)
    } finally {
      await close()
    }
  } finally {
    await billing.close()
  }
}

/** The innermost reason, which is the driver's own word. */
const reasonOf = (error: unknown): string => {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(reasonOf).join(", ")
  if (!(error instanceof Error)) return String(error)
  const inner = error.cause === undefined ? error.message : reasonOf(error.cause)
  return inner.startsWith(error.message) ? inner : `${error.message}: ${inner}`
}

const stopped = (error: unknown): string | undefined => {
  if (error instanceof Stop) return error.message
  if (error instanceof BillingError && ["StorageError", "RevisionMismatch", "MigrationChanged"].includes(error._tag)) return reasonOf(error)
  return undefined
}

process.once("SIGINT", () => {
  warn("\nStopped. Start again to go on from here.")
  process.exit(130)
})

try {
  const given = readArguments(process.argv.slice(2))
  if (given.help) process.stdout.write(USAGE)
  else await run(given)
} catch (error) {
  const line = stopped(error)
  if (line === undefined) throw error
  warn(line.replace(/\s*\n\s*/g, " "))
  process.exitCode = 2
}
