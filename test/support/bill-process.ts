/**
 * A process that bills: `bill-process.ts URL ORGANIZATION NOW BATCH`, of a SQLite file or a Postgres. Says `ready`, waits for a line,
 * bills what is due, and writes what the run answers as JSON.
 */
import { once } from "node:events"
import { postgres } from "../../adapters/postgres/index.js"
import { sqlite } from "../../adapters/sqlite/index.js"
import { createBilling, type Database } from "../../src/client/index.js"

const [url, organization, now, batch] = process.argv.slice(2) as [string, string, string, string]
const database = (url.startsWith("postgres") ? postgres(url) : sqlite(url, { durability: "normal" })) as Database<never>
const billing = await createBilling({ database, migrate: false })
process.stdout.write("ready\n")
await once(process.stdin, "data")
const { failures, invoices, issued, pieces } = await billing.organization(organization).billDue({ now, batch_size: Number(batch) })
process.stdout.write(`${JSON.stringify({ failures: failures.length, invoices, issued, pieces })}\n`)
await billing.close()
process.exit(0)
