/** Kills (`SIGKILL`) processes that tell and deliver, two at once now and then, and compares what the receiver got with what there was to tell. */
import { spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { setTimeout as wait } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { secrets } from "../../../adapters/secrets/index.js"
import { testClock } from "../../../adapters/testing/index.js"
import { webhooks } from "../../../adapters/webhooks/index.js"
import { createBilling, type Database, type OrganizationBilling } from "../../../src/client/index.js"
import { bundled } from "../../support/bundle.js"
import { randomOf } from "../../support/random.js"
import { type FailingReceiver, failingReceiver } from "./receiver.js"

const script = fileURLToPath(new URL("worker-process.ts", import.meta.url))

export interface Campaign {
  readonly database: Database<never>
  readonly url: string
  readonly kills: number
  readonly seed: number
}

export interface CampaignReport {
  readonly kills: number
  readonly customers: number
  readonly webhooks: number
  /** Requests that the receiver got. */
  readonly requests: number
  /** What is wrong; nothing, it is hoped. */
  readonly wrong: ReadonlyArray<string>
}

/** Beyond every lease and wait: what one round left is due in the next. */
const BETWEEN_ROUNDS = 30 * 60_000
const PATHS = ["/hmac", "/ed25519"] as const
const MOST_ATTEMPTS = 6

/** Has a process work until it is killed; answers the customers that it said it made. */
const killed = async (args: ReadonlyArray<string>, at: number, until: () => Promise<void>): Promise<ReadonlyArray<string>> => {
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] })
  const said: Array<string> = []
  const lines = createInterface({ input: child.stdout })
  const closed = once(lines, "close")
  lines.on("line", (line) => said.push(line))
  await Promise.race([once(lines, "line"), closed])
  if (said[0] !== "ready") throw new Error("a process ended before it was ready")
  child.stdin.write(`${at}\n`)
  await until()
  child.kill("SIGKILL")
  await closed
  return said.slice(1)
}

const all = async <A>(read: (after: string | undefined) => Promise<{ readonly items: ReadonlyArray<A>; readonly next: string | null }>) => {
  const found: Array<A> = []
  for (let after: string | undefined | null; after !== null; ) {
    const page = await read(after)
    found.push(...page.items)
    after = page.next
  }
  return found
}

const compare = async (acme: OrganizationBilling, there: FailingReceiver, made: ReadonlyArray<string>, kills: number) => {
  const wrong = [...there.wrong]
  const page = (after: string | undefined) => ({ limit: 1000, ...(after === undefined ? {} : { after }) })
  const customers = await all((after) => acme.customers.list(page(after)))
  const told = await all((after) => acme.webhooks.list(page(after)))
  const known = new Set(customers.map(({ external_id }) => external_id))
  for (const external_id of made)
    if (!known.has(external_id)) wrong.push(`the customer ${external_id} was said to be made, and is not there`)
  if (told.length !== customers.length * PATHS.length) wrong.push(`${told.length} webhooks of ${customers.length} customers`)
  for (const path of PATHS) {
    for (const { id } of customers) if (there.told.get(path)?.has(id) !== true) wrong.push(`${path} was not told of the customer ${id}`)
  }
  for (const { id, retries, status } of told) {
    if (status !== "succeeded") wrong.push(`webhook ${id} is ${status}`)
    const times = there.times.get(id) ?? 0
    if (retries >= MOST_ATTEMPTS || times > retries + 1 + kills) wrong.push(`webhook ${id} came ${times} times in ${retries + 1} attempts`)
  }
  for (const { code, id, reason, table } of (await acme.doctor.check()).violations) wrong.push(`${code} ${table} ${id}: ${reason}`)
  const requests = [...there.times.values()].reduce((sum, times) => sum + times, 0)
  return { customers: customers.length, webhooks: told.length, requests, wrong }
}

export const killCampaign = async ({ database, kills, seed, url }: Campaign): Promise<CampaignReport> => {
  const random = randomOf(seed)
  const clock = testClock("2026-01-01T00:00:00Z")
  const key = randomBytes(32).toString("base64")
  const file = await bundled(script)
  const billing = await createBilling({
    database,
    clock,
    migrate: true,
    secrets: secrets({ current: "k", keys: { k: key } }),
    webhooks: webhooks({ allowPrivate: true, timeout_seconds: 1 })
  })
  const keys = new Map<string, string>()
  const there = await failingReceiver(random, (path) => keys.get(path) ?? "")
  try {
    const { id } = await billing.organizations.create({ name: "Acme" })
    const acme = billing.organization(id)
    await acme.billingEntities.create({ code: "main", name: "Acme", invoice_prefix: "INV" })
    keys.set("/hmac", (await acme.webhookEndpoints.create({ url: there.url("/hmac") })).hmac_key!)
    await acme.webhookEndpoints.create({ url: there.url("/ed25519"), signature_algo: "ed25519" })
    keys.set("/ed25519", (await acme.webhookEndpoints.publicKeys()).public_key!)

    const made: Array<string> = []
    let now = Date.UTC(2026, 0, 1)
    for (let done = 0; done < kills; now += BETWEEN_ROUNDS) {
      const workers = random() < 0.3 && kills - done > 1 ? 2 : 1
      const until = async () => {
        await there.requests(1 + Math.floor(random() * 20))
        await wait(random() * 30)
      }
      const said = await Promise.all(Array.from({ length: workers }, () => killed([file, url, id, key], now, until)))
      made.push(...said.flat())
      done += workers
    }
    // Left alone, everything arrives.
    for (let round = 0; round < MOST_ATTEMPTS; round++, now += BETWEEN_ROUNDS) {
      clock.set(new Date(now))
      await billing.webhooks.deliverDue()
    }
    return { kills, ...(await compare(acme, there, made, kills)) }
  } finally {
    there.close()
    await billing.close()
  }
}
