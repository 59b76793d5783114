/**
 * A host in a process of its own that ingests into a Postgres: `ingest-worker.ts URL ORGANIZATION NAME BATCHES`. It says `ready`,
 * waits for a line, and sends its batches of one event of the metric `kwh` of customer `c`, four at a time.
 */
import { once } from "node:events"
import { postgres } from "../../adapters/postgres/index.js"
import { createBilling } from "../../src/client/index.js"

const [url, organization, name, batches] = process.argv.slice(2) as [string, string, string, string]
const billing = await createBilling({ database: postgres(url) })
const { events } = billing.organization(organization)
process.stdout.write("ready\n")
await once(process.stdin, "data")

const numbers = Array.from({ length: Number(batches) }, (_, index) => index)
const send = async () => {
  for (let next = numbers.shift(); next !== undefined; next = numbers.shift()) {
    const timestamp = new Date().toISOString()
    await events.ingest([
      { transaction_id: `${name}-${next}`, external_customer_id: "c", code: "kwh", timestamp, properties: { kwh: "1" } }
    ])
  }
}
await Promise.all([send(), send(), send(), send()])
await billing.close()
process.exit(0)
