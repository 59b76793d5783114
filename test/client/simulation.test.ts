import { describe, expect, it } from "vitest"
import { postgres } from "../../adapters/postgres/index.js"
import { sqlite } from "../../adapters/sqlite/index.js"
import { testClock } from "../../adapters/testing/index.js"
import { type Billing, createBilling, type Database, type OrganizationBilling, type Simulated } from "../../src/client/index.js"
import { freshDatabase } from "../support/postgres.js"
import { freshFile } from "../support/sqlite.js"

const START = "2025-01-10T09:30:00.000Z"
const NOW = "2025-03-05T10:00:00.000Z"
const UNTIL = "2025-06-05T00:00:00.000Z"

type Open = () => Promise<{ readonly database: Database; readonly close: () => void | Promise<void> }>

const engines: ReadonlyArray<readonly [string, Open]> = [
  [
    "SQLite",
    async () => {
      const file = freshFile()
      return { database: sqlite(file.path, { durability: "normal" }), close: file.remove }
    }
  ],
  [
    "Postgres",
    async () => {
      const { drop, url } = await freshDatabase()
      return { database: postgres(url), close: drop }
    }
  ]
]

const standard = (metric_code: string, amount: string) => ({ metric_code, charge_model: "standard" as const, properties: { amount } })

/** A tenant in the middle of its life: drafts, final documents, notes, a trial, a pause, a downgrade that waits, an end to come. */
const live = async (organization: OrganizationBilling, clock: ReturnType<typeof testClock>) => {
  clock.set(START)
  await organization.billingEntities.create({ code: "main", name: "Acme", invoice_prefix: "ACME", invoice_grace_period: 2 })
  await organization.taxes.create({ code: "vat", name: "VAT", rate: "0.20", applied_to_organization: true })
  await organization.metrics.create({ code: "calls", name: "Calls", aggregation_type: "count" })
  await organization.metrics.create({ code: "seats", name: "Seats", aggregation_type: "sum", field_name: "n", recurring: true })
  const plans = [
    { code: "small", amount_cents: "1000", charges: [standard("calls", "0.07"), { ...standard("seats", "3"), prorated: true }] },
    { code: "large", amount_cents: "5000", charges: [standard("calls", "0.05")], commitment: { amount_cents: "9000" } },
    { code: "weekly", amount_cents: "299", interval: "weekly" as const, charges: [] }
  ]
  for (const plan of plans) await organization.plans.create({ name: plan.code, interval: "monthly", ...plan })
  await organization.customers.create({ external_id: "oslo", name: "Oslo", timezone: "Europe/Oslo" })
  await organization.customers.create({ external_id: "la", name: "LA", timezone: "America/Los_Angeles", invoice_grace_period: 0 })
  const subscribe = (external_id: string, external_customer_id: string, plan_code: string, input: object = {}) =>
    organization.subscriptions.create({ external_id, external_customer_id, plan_code, ...input })
  await subscribe("arrears", "oslo", "small", { billing_time: "anniversary" })
  await subscribe("advance", "oslo", "large", { pay_in_advance: true })
  await subscribe("trial", "la", "large", { pay_in_advance: true, trial_period_days: 80 })
  await subscribe("weeks", "la", "weekly", {
    ending_at: "2025-05-20T12:00:00Z",
    pay_in_advance: true,
    on_termination_action: "generate_credit_note"
  })
  await subscribe("later", "la", "small", { subscription_at: "2025-04-02T00:00:00Z" })
  await organization.wallets.create({
    external_customer_id: "la",
    code: "w",
    granted_credits: "500",
    rules: [
      { trigger: "interval", interval: "monthly", method: "fixed", granted_credits: "250" },
      { trigger: "threshold", threshold_credits: "100", method: "fixed", paid_credits: "300" }
    ]
  })
  let transactions = 0
  const ingest = (code: string, subscription: string, timestamp: string, properties = {}) =>
    organization.events.ingest([
      {
        transaction_id: `${++transactions}`,
        external_customer_id: "oslo",
        external_subscription_id: subscription,
        code,
        timestamp,
        properties
      }
    ])
  for (const day of ["12", "13", "29"]) {
    await ingest("calls", "arrears", `2025-01-${day}T10:00:00Z`)
    await ingest("calls", "advance", `2025-02-${day === "29" ? "28" : day}T10:00:00Z`)
  }
  await ingest("seats", "arrears", "2025-01-20T10:00:00Z", { n: "4" })
  for (const at of ["2025-02-01T08:00:00Z", "2025-02-14T08:00:00Z", "2025-03-01T08:00:00Z"]) {
    clock.set(at)
    await organization.billDue()
    await organization.finalizeDue()
    if (at.startsWith("2025-02-14")) await organization.subscriptions.pause({ external_id: "arrears" })
  }
  clock.set(NOW)
  await organization.subscriptions.changePlan({ external_id: "advance" }, { plan_code: "small" })
  await ingest("calls", "arrears", "2025-01-30T10:00:00Z")
}

/** Whatever is an id differs between the copy and what really happens. */
const seen = (invoices: Simulated["invoices"] | ReadonlyArray<unknown>) =>
  JSON.parse(
    JSON.stringify(invoices, (key, value) => {
      if (typeof value === "bigint") return value.toString()
      return ["id", "invoice_id", "taxable_id", "source_id", "created_at", "updated_at"].includes(key) ? undefined : value
    })
  )

const everything = async (organization: OrganizationBilling) =>
  JSON.stringify(
    await Promise.all([
      organization.invoices.list({ limit: 1000 }),
      organization.creditNotes.list({ limit: 1000 }),
      organization.subscriptions.list({ limit: 1000 }),
      organization.events.list({ limit: 1000 }),
      organization.billingEntities.list()
    ]),
    (_, value) => (typeof value === "bigint" ? value.toString() : value)
  )

const later = (iso: string, hours: number) => new Date(Date.parse(iso) + hours * 3_600_000).toISOString()

describe.each(engines)("simulate (%s)", (_, open) => {
  const using = async (
    use: (billing: Billing, organization: OrganizationBilling, clock: ReturnType<typeof testClock>) => Promise<void>
  ) => {
    const { close, database } = await open()
    const clock = testClock(START)
    const billing = await createBilling({ database, migrate: true, clock })
    try {
      const { id } = await billing.organizations.create({ name: "Acme", default_currency: "EUR" })
      await use(billing, billing.organization(id), clock)
    } finally {
      await billing.close()
      await close()
    }
  }

  it("answers the invoices that are then really issued, figure by figure, and leaves no trace", async () => {
    await using(async (_, organization, clock) => {
      await live(organization, clock)
      const before = await everything(organization)
      const simulated = await organization.simulate({ until: UNTIL })
      expect(await everything(organization)).toBe(before)
      expect(simulated.failures).toEqual([])
      expect(simulated.invoices.length).toBeGreaterThan(20)
      expect(new Set(simulated.invoices.map(({ invoice }) => invoice.invoice_type))).toEqual(new Set(["subscription", "credit"]))
      expect(new Set(simulated.invoices.flatMap(({ settlements }) => settlements.map((one) => one.settlement_type)))).toEqual(
        new Set(["credit_note", "wallet_credit"])
      )
      const instants = new Set(simulated.invoices.map(({ invoice }) => invoice.issued_at!.toISOString()))
      instants.add(NOW)
      for (let at = later(`${NOW.slice(0, 10)}T00:00:00.000Z`, 24); at <= UNTIL; at = later(at, 24)) instants.add(at)
      for (const at of [...instants].sort()) {
        clock.set(at)
        await organization.billDue()
        await organization.finalizeDue()
        await organization.wallets.runDue()
      }
      const { items } = await organization.invoices.list({ limit: 1000 })
      const issued = items
        .filter(({ issued_at }) => issued_at !== null && issued_at >= new Date(NOW))
        .sort((a, b) => (a.invoice_number! < b.invoice_number! ? -1 : 1))
      const really = await Promise.all(issued.map(({ id }) => organization.invoices.get(id)))
      expect(seen(simulated.invoices)).toEqual(seen(really))
    })
  }, 120_000)

  it("looks ahead of now, and ten years at most", async () => {
    await using(async (_, organization, clock) => {
      clock.set(NOW)
      for (const until of [NOW, START, "2035-03-05T10:00:00.001Z"]) {
        await expect(organization.simulate({ until })).rejects.toMatchObject({ _tag: "InvalidInput", field: "until" })
      }
      expect(await organization.simulate({ until: "2035-03-05T10:00:00.000Z" })).toEqual({
        from: new Date(NOW),
        until: new Date("2035-03-05T10:00:00.000Z"),
        invoices: [],
        failures: []
      })
    })
  })
})
