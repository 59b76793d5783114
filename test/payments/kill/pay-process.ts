/** A process that works until somebody kills it: `pay-process.ts URL ORGANIZATION FOLDER`. Says `ready`, waits for a line with an instant and a seed, works, says `.` wherever a provider is called and `done`. */
import { once } from "node:events"
import { writeSync } from "node:fs"
import { postgres } from "../../../adapters/postgres/index.js"
import { sqlite } from "../../../adapters/sqlite/index.js"
import { testClock } from "../../../adapters/testing/index.js"
import { createBilling, type Database } from "../../../src/client/index.js"
import { randomOf } from "../../support/random.js"
import { providerInFiles } from "./provider-in-files.js"
import { workThrough } from "./work.js"

const [url, organization, folder] = process.argv.slice(2) as [string, string, string]
const database = (url.startsWith("postgres") ? postgres(url) : sqlite(url)) as Database<never>
const clock = testClock("2026-01-01T00:00:00Z")
const provider = providerInFiles(folder, () => void writeSync(1, ".\n"))
const billing = await createBilling({ database, clock, migrate: false, paymentProviders: [provider] })
writeSync(1, "ready\n")
const [line] = (await once(process.stdin, "data")) as [Buffer]
const [from, seed] = line.toString().split(" ").map(Number) as [number, number]
await workThrough(billing.organization(organization), clock, from, randomOf(seed))
writeSync(1, "done\n")
process.exit(0)
