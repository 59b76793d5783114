/** What the commands do, over the Promise face; each answers its exit code. */
import { type Billing, createBilling, type Database, guardsOf, migrateDatabase, migrationsOf } from "../../src/client/index.js"

type Say = (line: string) => void

const many = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`

/** Every organization's id, page by page. */
async function* organizationsOf(billing: Billing): AsyncGenerator<{ readonly id: string; readonly name: string }> {
  let after: string | null = null
  do {
    const page: Awaited<ReturnType<Billing["organizations"]["list"]>> = await billing.organizations.list({
      limit: 1000,
      order_by: "created_at:asc",
      after
    })
    yield* page.items
    after = page.next
  } while (after !== null)
}

const withBilling = async (database: Database, use: (billing: Billing) => Promise<number>): Promise<number> => {
  const billing = await createBilling({ database, migrate: false })
  try {
    return await use(billing)
  } finally {
    await billing.close()
  }
}

export const migrate = async (database: Database, mode: "run" | "status" | "print-sql", say: Say): Promise<number> => {
  if (mode === "print-sql") say(database.schema())
  else if (mode === "status") {
    for (const { applied, changed, id, name } of await migrationsOf(database)) {
      say(`${changed ? "changed" : applied ? "applied" : "missing"}  ${id} ${name}`)
    }
  } else {
    const done = await migrateDatabase(database)
    say(done.length === 0 ? "up to date" : `applied ${done.join(", ")}`)
  }
  return 0
}

/** Bills every organization. What one cannot bill is told and does not stop the others. */
export const bill = (database: Database, now: Date | undefined, say: Say): Promise<number> =>
  withBilling(database, async (billing) => {
    const options = now === undefined ? {} : { now }
    let failed = 0
    for await (const { id, name } of organizationsOf(billing)) {
      const organization = billing.organization(id)
      const run = await organization.billDue(options)
      const finalized = await organization.finalizeDue(options)
      say(`${name}: ${many(run.invoices, "invoice")} made, ${run.issued + finalized.issued} issued`)
      for (const { error, id: row } of [...run.failures, ...finalized.failures]) {
        failed += 1
        say(`  ${row} could not be billed: ${error.message}`)
      }
    }
    return failed === 0 ? 0 : 1
  })

/** Checks every organization; one line for each row that breaks an invariant, and for each trigger that keeps nothing any more. */
export const doctor = (database: Database, say: Say): Promise<number> =>
  withBilling(database, async (billing) => {
    const loose = await guardsOf(database)
    for (const { problem, table, trigger } of loose) say(`A1 ${table}: the trigger ${trigger} is ${problem}`)
    let found = loose.length
    for await (const { id, name } of organizationsOf(billing)) {
      const { fees, invoices, subscriptions, violations } = await billing.organization(id).doctor.check()
      for (const { code, id: row, reason, table } of violations) say(`${code} ${table} ${row}: ${reason}`)
      say(
        `${name}: ${many(invoices, "invoice")}, ${many(fees, "fee")}, ${many(subscriptions, "subscription")}: ${
          violations.length === 0 ? "nothing wrong" : many(violations.length, "violation")
        }`
      )
      found += violations.length
    }
    return found === 0 ? 0 : 1
  })
