/**
 * How long a webhook takes from its commit to its receiver on Postgres while a thousand endpoints are dead: most hang until the timeout, others
 * reset or refuse, all with a backlog that grows. What is timed is a healthy endpoint of another organization.
 */
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { setTimeout as wait } from "node:timers/promises"
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { postgres, layer as postgresLayer } from "../adapters/postgres/index.js"
import { secrets } from "../adapters/secrets/index.js"
import { webhooks } from "../adapters/webhooks/index.js"
import { createBilling, type OrganizationBilling } from "../src/client/index.js"
import { freshDatabase } from "../test/support/postgres.js"
import { startPostgres } from "../test/support/postgres-server.js"
import type { BenchLine } from "./line.js"

const ORGANIZATIONS = 100
const EACH = 10
/** Webhooks that wait for each dead endpoint at first. */
const BACKLOG = 5
const MESSAGES = 300
const EVERY_MS = 100
const LIMIT_SECONDS = 5

const listening = async (server: Server): Promise<string> => {
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Answers at once, and remembers when it was told of each object. */
const healthy = async () => {
  const told = new Map<string, number>()
  const server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const { object_id } = JSON.parse(Buffer.concat(chunks).toString()) as { readonly object_id: string }
      told.set(object_id, performance.now())
      response.writeHead(204).end()
    })
  })
  return { told, url: await listening(server), server }
}

/** One in five resets, the others take what is sent and never answer. */
const silent = async () => {
  const server = createServer((request) => {
    request.on("error", () => {})
    if (request.url?.endsWith("0") || request.url?.endsWith("5")) request.socket.resetAndDestroy()
  })
  return { url: await listening(server), server }
}

const percentile = (sorted: ReadonlyArray<number>, part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!

const run = async (url: string): Promise<{ readonly alone: number; readonly beside: number; readonly worst: number }> => {
  const execute = (statement: string) =>
    Effect.runPromise(
      Effect.asVoid(Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(statement))).pipe(Effect.provide(postgresLayer({ url })))
    )
  const billing = await createBilling({
    database: postgres(url),
    migrate: true,
    secrets: secrets({ current: "k", keys: { k: randomBytes(32) } }),
    webhooks: webhooks({ allowPrivate: true })
  })
  const [here, nowhere] = [await healthy(), await silent()]
  const organization = async (name: string): Promise<OrganizationBilling> => {
    const acme = billing.organization((await billing.organizations.create({ name })).id)
    await acme.billingEntities.create({ code: "main", name, invoice_prefix: "INV" })
    return acme
  }
  let customers = 0
  const tell = (acme: OrganizationBilling) => acme.customers.create({ external_id: `c${customers++}`, name: "Customer" })

  /** Seconds from the answer of the call to the receiver, of each message, ascending. */
  const latencies = async (acme: OrganizationBilling, others: ReadonlyArray<OrganizationBilling>): Promise<ReadonlyArray<number>> => {
    const committed = new Map<string, number>()
    for (let n = 0; n < MESSAGES; n++) {
      const due = performance.now() + EVERY_MS
      committed.set((await tell(acme)).id, performance.now())
      if (others.length > 0) await tell(others[n % others.length]!)
      await wait(Math.max(0, due - performance.now()))
    }
    for (let waited = 0; waited < 300 && [...committed.keys()].some((id) => !here.told.has(id)); waited++) await wait(100)
    return [...committed].map(([id, at]) => ((here.told.get(id) ?? Number.POSITIVE_INFINITY) - at) / 1000).toSorted((a, b) => a - b)
  }

  try {
    const acme = await organization("Acme")
    await acme.webhookEndpoints.create({ url: here.url })
    const others: Array<OrganizationBilling> = []
    for (let n = 0; n < ORGANIZATIONS; n++) {
      const other = await organization(`Other ${n}`)
      await other.webhookEndpoints.create({ url: `${nowhere.url}/${n}/0` })
      others.push(other)
    }
    await execute(`INSERT INTO webhook_endpoints (id, organization_id, url, signature_algo, status, created_at, updated_at)
      SELECT gen_random_uuid(), e.organization_id, regexp_replace(e.url, '0$', s.n::text), e.signature_algo, e.status, e.created_at, e.updated_at
      FROM webhook_endpoints e, generate_series(1, ${EACH - 1}) s(n) WHERE e.url LIKE '${nowhere.url}/%'`)
    const dead = `url LIKE '${nowhere.url}/%'`
    await execute(`UPDATE webhook_endpoints SET status = 'inactive' WHERE ${dead}`)
    const quiet = billing.webhooks.work({ every_ms: 100 })
    const alone = await latencies(acme, [])
    await quiet.stop()
    await execute(`UPDATE webhook_endpoints SET status = 'active' WHERE ${dead}`)
    for (const other of others) for (let n = 0; n < BACKLOG; n++) await tell(other)
    const worker = billing.webhooks.work({ every_ms: 100 })
    const beside = await latencies(acme, others)
    await worker.stop()
    return { alone: percentile(alone, 0.99), beside: percentile(beside, 0.99), worst: beside[beside.length - 1]! }
  } finally {
    for (const { server } of [here, nowhere]) {
      server.close()
      server.closeAllConnections()
    }
    await billing.close()
  }
}

export const webhooksBench = async (): Promise<ReadonlyArray<BenchLine>> => {
  const server = await startPostgres()
  try {
    const { drop, url } = await freshDatabase({ server: server.url })
    try {
      const { alone, beside, worst } = await run(url)
      return [
        {
          name: `99 % of a healthy endpoint's webhooks arrive, beside ${ORGANIZATIONS * EACH} dead endpoints, Postgres (the last one after ${worst.toFixed(2)} s)`,
          value: beside,
          unit: "s",
          baseline: { name: "without them", value: alone },
          ratio: beside / alone,
          target: `< ${LIMIT_SECONDS} s`,
          ok: beside < LIMIT_SECONDS
        }
      ]
    } finally {
      await drop()
    }
  } finally {
    await server.stop()
  }
}
