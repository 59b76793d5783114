/**
 * A process that makes things to tell and delivers them until somebody kills it: `worker-process.ts URL ORGANIZATION KEY`. Says `ready`, waits for a
 * line with an instant, and names each customer once it is made.
 */
import { once } from "node:events"
import { writeSync } from "node:fs"
import { setTimeout as wait } from "node:timers/promises"
import { postgres } from "../../../adapters/postgres/index.js"
import { secrets } from "../../../adapters/secrets/index.js"
import { sqlite } from "../../../adapters/sqlite/index.js"
import { testClock } from "../../../adapters/testing/index.js"
import { webhooks } from "../../../adapters/webhooks/index.js"
import { createBilling, type Database } from "../../../src/client/index.js"

const [url, organization, key] = process.argv.slice(2) as [string, string, string]
const clock = testClock("2026-01-01T00:00:00Z")
const billing = await createBilling({
  database: (url.startsWith("postgres") ? postgres(url) : sqlite(url)) as Database<never>,
  clock,
  migrate: false,
  secrets: secrets({ current: "k", keys: { k: key } }),
  webhooks: webhooks({ allowPrivate: true, timeout_seconds: 1 })
})
writeSync(1, "ready\n")
const [line] = (await once(process.stdin, "data")) as [Buffer]
clock.set(new Date(Number(line.toString())))
billing.webhooks.work({ every_ms: 10 })
for (let n = 0; ; n++) {
  const { external_id } = await billing
    .organization(organization)
    .customers.create({ external_id: `${process.pid}-${n}`, name: "Customer" })
  writeSync(1, `${external_id}\n`)
  await wait(5)
}
