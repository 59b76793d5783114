/** Kills (`SIGKILL`) processes that charge and refund against one database, one after the other or two at once, and compares its books with the provider's. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { setTimeout as wait } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { testClock } from "../../../adapters/testing/index.js"
import { createBilling, type Database, type OrganizationBilling, type Tenants } from "../../../src/client/index.js"
import { bundled } from "../../support/bundle.js"
import { randomOf } from "../../support/random.js"
import { booksOf, providerInFiles } from "./provider-in-files.js"
import { sweep } from "./work.js"

const script = fileURLToPath(new URL("pay-process.ts", import.meta.url))

export interface Campaign {
  readonly database: Database<never>
  readonly url: string
  /** Where the provider's books are; empty. */
  readonly folder: string
  readonly kills: number
  readonly seed: number
}

export interface CampaignReport {
  readonly kills: number
  /** Processes that were done before anybody killed them. */
  readonly done: number
  readonly charges: number
  readonly refunds: number
  /** What is wrong; nothing, it is hoped. */
  readonly wrong: ReadonlyArray<string>
}

const CUSTOMERS = 4
const month = (index: number): number => Date.UTC(2026, 1 + index, 1)

interface Worker {
  readonly child: ChildProcess
  /** Each line that it says; null at its end. */
  readonly line: () => Promise<string | null>
}

const start = (file: string, url: string, organization: string, folder: string): Worker => {
  const child = spawn(process.execPath, [file, url, organization, folder], { stdio: ["pipe", "pipe", "inherit"] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async () => {
    const { done, value } = await lines.next()
    return done === true ? null : value
  }
  return { child, line }
}

/** Lets a worker go, and kills it at its call number `calls` and some milliseconds; answers whether it was killed before it was done. */
const killAt = async ({ child, line }: Worker, go: string, calls: number, millis: number): Promise<boolean> => {
  const exited = once(child, "exit")
  child.stdin!.write(go)
  let done = false
  for (let seen = 0; seen < calls && !done; seen++) {
    const said = await line()
    done = said === "done" || said === null
  }
  if (!done) await wait(millis)
  child.kill("SIGKILL")
  const [code] = (await exited) as [number | null]
  return code !== 0
}

/** The organization that everybody works for: customers who pay by a stored method, a month each. */
const found = async (billing: Tenants): Promise<string> => {
  const { id } = await billing.organizations.create({ name: "Acme", default_currency: "EUR" })
  const acme = billing.organization(id)
  await acme.taxes.create({ code: "vat", name: "VAT", rate: "0.2", applied_to_organization: true })
  await acme.plans.create({ code: "team", name: "Team", interval: "monthly", amount_cents: 4900n })
  for (let n = 0; n < CUSTOMERS; n++) {
    const external_customer_id = `c${n}`
    await acme.customers.create({ external_id: external_customer_id, name: "Customer" })
    await acme.paymentMethods.add({ external_customer_id, provider: "stripe", provider_payment_method_id: `card${n}` })
    await acme.subscriptions.create({ external_id: `s${n}`, external_customer_id, plan_code: "team" })
  }
  return id
}

const all = async <A>(read: (after: string | undefined) => Promise<{ readonly items: ReadonlyArray<A>; readonly next: string | null }>) => {
  const found: Array<A> = []
  let after: string | undefined
  do {
    const page = await read(after)
    found.push(...page.items)
    after = page.next ?? undefined
  } while (after !== undefined)
  return found
}

/** Our books against the provider's. */
const compare = async (acme: OrganizationBilling, folder: string): Promise<Pick<CampaignReport, "charges" | "refunds" | "wrong">> => {
  const wrong: Array<string> = []
  const list = <A extends object>(after: string | undefined, given: A) => ({
    ...given,
    limit: 1000,
    ...(after === undefined ? {} : { after })
  })
  const payments = await all((after) => acme.payments.list(list(after, {})))
  const invoices = await all((after) => acme.invoices.list(list(after, {})))
  const notes = await all((after) => acme.creditNotes.list(list(after, {})))
  const [charges, refunds] = [booksOf(folder, "charges"), booksOf(folder, "refunds")]
  const collected = [...charges.values()].filter(({ status }) => status !== "failed")
  const paidOf = new Map<string, bigint>()
  for (const { amount_cents, key } of collected) {
    const payment = payments.find(({ id }) => id === key.split("/")[0])
    if (payment === undefined || payment.completed_at === null) wrong.push(`the charge ${key} has no payment that came in`)
    else paidOf.set(payment.invoice_id, (paidOf.get(payment.invoice_id) ?? 0n) + BigInt(amount_cents))
  }
  for (const { id, status, total_cents } of invoices) {
    if (status !== "paid") wrong.push(`invoice ${id} is ${status}`)
    if (paidOf.get(id) !== total_cents) wrong.push(`${paidOf.get(id) ?? 0n} was charged for invoice ${id} of ${total_cents}`)
  }
  let returned = 0n
  for (const { id, refunded_amount_cents, status } of payments) {
    if (["pending", "processing"].includes(status)) wrong.push(`payment ${id} is stuck`)
    returned += refunded_amount_cents
    for (const refund of await acme.payments.refunds(id)) {
      if (refund.status !== "succeeded") wrong.push(`refund ${refund.id} is ${refund.status}`)
      if (refunds.get(refund.id)?.amount_cents !== `${refund.amount_cents}`)
        wrong.push(`refund ${refund.id} is another one at the provider`)
    }
  }
  const back = [...refunds.values()].reduce((sum, { amount_cents }) => sum + BigInt(amount_cents), 0n)
  if (back !== returned) wrong.push(`the provider returned ${back}, the payments say ${returned}`)
  for (const { id, refund_status } of notes) if (refund_status !== "succeeded") wrong.push(`the refund of note ${id} is ${refund_status}`)
  for (const { code, id, reason, table } of (await acme.doctor.check()).violations) wrong.push(`${code} ${table} ${id}: ${reason}`)
  return { charges: collected.length, refunds: refunds.size, wrong }
}

export const killCampaign = async ({ database, folder, kills, seed, url }: Campaign): Promise<CampaignReport> => {
  const random = randomOf(seed)
  const clock = testClock("2026-01-01T00:00:00Z")
  const billing = await createBilling({ database, clock, migrate: true, paymentProviders: [providerInFiles(folder, () => {})] })
  const waiting: Array<Worker> = []
  const file = await bundled(script)
  try {
    const organization = await found(billing)
    const acme = billing.organization(organization)
    // While one works the next ones start.
    const spare = () => {
      while (waiting.length < 2) waiting.push(start(file, url, organization, folder))
    }
    const next = async (): Promise<Worker> => {
      const worker = waiting.shift()!
      if ((await worker.line()) !== "ready") throw new Error("a process ended before it was ready")
      return worker
    }
    let [killed, done, round] = [0, 0, 0]
    for (; killed < kills; round++) {
      spare()
      const workers = random() < 0.3 && kills - killed > 1 ? [await next(), await next()] : [await next()]
      if (kills - killed > workers.length) spare()
      const ended = await Promise.all(
        workers.map((worker) => {
          const [calls, millis, own] = [Math.floor(random() * 28), random() * 40, Math.floor(random() * 2 ** 31)]
          return killAt(worker, `${month(round)} ${own}\n`, calls, millis)
        })
      )
      for (const one of ended) one ? killed++ : done++
    }
    // The last one is left alone: what it finds is to be finished, nothing stays stuck.
    const end = month(round)
    clock.set(new Date(end))
    await acme.billDue()
    await sweep(acme, clock, end)
    for (const { id } of (await acme.payments.list({ status: "failed", limit: 1000 })).items) await acme.payments.retry(id).catch(() => {})
    await sweep(acme, clock, end + 180 * 60_000)
    return { kills: killed, done, ...(await compare(acme, folder)) }
  } finally {
    for (const { child } of waiting) child.kill("SIGKILL")
    await billing.close()
  }
}
