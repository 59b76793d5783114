import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, type Layer, ManagedRuntime } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { postgres, layer as postgresLayer } from "../../adapters/postgres/index.js"
import { sqlite, layer as sqliteLayer } from "../../adapters/sqlite/index.js"
import { testClock } from "../../adapters/testing/index.js"
import { type Billing, createBilling, type Database, type OrganizationBilling } from "../../src/client/index.js"
import { freshDatabase } from "../support/postgres.js"
import { freshFile } from "../support/sqlite.js"

interface Row {
  readonly id: string
  readonly invoice_id: string
  readonly invoice_number: string
  readonly period_start: string
  readonly name: string
  readonly sql: string
}

interface Opened {
  readonly database: Database
  /** A connection beside the library's, as somebody with a shell has it. */
  readonly shell: Layer.Layer<SqlClient.SqlClient, unknown>
  readonly close: () => void | Promise<void>
}

const engines: ReadonlyArray<readonly ["SQLite" | "Postgres", () => Promise<Opened>]> = [
  [
    "SQLite",
    async () => {
      const file = freshFile()
      return {
        database: sqlite(file.path, { durability: "normal" }),
        shell: sqliteLayer({ filename: file.path }),
        close: file.remove
      }
    }
  ],
  [
    "Postgres",
    async () => {
      const { drop, url } = await freshDatabase()
      return { database: postgres(url), shell: postgresLayer({ url }), close: drop }
    }
  ]
]

describe.each(engines)("the doctor over a database (%s)", (engine, open) => {
  const clock = testClock("2025-01-01T00:00:00Z")
  let opened: Opened
  let billing: Billing
  let shell: ManagedRuntime.ManagedRuntime<SqlClient.SqlClient, unknown>
  let organization: OrganizationBilling

  const sql = (statement: string) =>
    shell.runPromise(
      Effect.flatMap(SqlClient.SqlClient, (client) => client.unsafe(statement)) as Effect.Effect<
        ReadonlyArray<Row>,
        unknown,
        SqlClient.SqlClient
      >
    )

  /** Past the guards that keep a final document as it was: as an owner of the database can. */
  const byHand = async (statement: string, triggers: ReadonlyArray<readonly [trigger: string, table: string]>) => {
    if (engine === "SQLite") {
      const kept = await sql(`SELECT name, sql FROM sqlite_master WHERE type = 'trigger'`)
      for (const [trigger] of triggers) await sql(`DROP TRIGGER ${trigger}`)
      await sql(statement)
      for (const { name, sql: text } of kept) if (triggers.some(([trigger]) => trigger === name)) await sql(text)
      return
    }
    for (const [trigger, table] of triggers) await sql(`ALTER TABLE ${table} DISABLE TRIGGER ${trigger}`)
    await sql(statement)
    for (const [trigger, table] of triggers) await sql(`ALTER TABLE ${table} ENABLE TRIGGER ${trigger}`)
  }

  const found = async () => (await organization.doctor.check()).violations.map(({ code, id, table }) => `${code} ${table} ${id}`)

  beforeAll(async () => {
    opened = await open()
    billing = await createBilling({ database: opened.database, migrate: true, clock })
    shell = ManagedRuntime.make(opened.shell)
    const { id } = await billing.organizations.create({ name: "Acme" })
    organization = billing.organization(id)
    await organization.billingEntities.create({ code: "acme", name: "Acme", next_invoice_number: 100n })
    await organization.taxes.create({ code: "vat", name: "VAT", rate: "0.2", applied_to_organization: true })
    await organization.metrics.create({
      code: "energy",
      name: "Energy",
      aggregation_type: "sum",
      field_name: "kwh",
      filters: [{ key: "region", values: ["eu", "us"] }]
    })
    await organization.plans.create({
      code: "p",
      name: "P",
      interval: "monthly",
      amount_cents: 1000n,
      charges: [
        {
          metric_code: "energy",
          charge_model: "standard",
          properties: { amount: "0.333" },
          filters: [{ values: { region: "eu" }, properties: { amount: "0.5" } }]
        }
      ]
    })
    for (const customer of ["a", "b"]) {
      await organization.customers.create({ external_id: customer, name: customer })
      await organization.subscriptions.create({ external_id: customer, external_customer_id: customer, plan_code: "p" })
      if (customer === "b") await organization.subscriptions.create({ external_id: "b2", external_customer_id: "b", plan_code: "p" })
    }
    clock.set("2025-01-20T00:00:00Z")
    const event = (transaction_id: string, day: number, customer: string, given: object = {}) => ({
      transaction_id,
      external_customer_id: customer,
      code: "energy",
      timestamp: `2025-01-${String(day).padStart(2, "0")}T12:00:00Z`,
      properties: { kwh: "1.5", region: day % 2 === 0 ? "eu" : "us" },
      ...given
    })
    await organization.events.ingest([
      ...[2, 3, 4].map((day) => event(`a${day}`, day, "a")),
      ...[5, 6].map((day) => event(`b${day}`, day, "b")),
      event("b2", 7, "b", { external_subscription_id: "b2" }),
      event("uncounted", 8, "a", { properties: {} })
    ])
    clock.set("2025-03-01T00:00:00Z")
    await organization.billDue()
    await organization.subscriptions.terminate({ external_id: "b2" })
  })

  afterAll(async () => {
    await shell?.dispose()
    await billing?.close()
    await opened?.close()
  })

  it("finds nothing on what was billed", async () => {
    const { fees, invoices, subscriptions, violations } = await organization.doctor.check()
    expect(violations).toEqual([])
    expect([subscriptions, invoices >= 6, fees > invoices]).toEqual([3, true, true])
  })

  it("names a fee that was altered by hand, and nothing after it was put right", async () => {
    const [fee] = await sql(`SELECT id FROM fees WHERE fee_type = 'charge' ORDER BY id LIMIT 1`)
    const alter = (by: string) =>
      byHand(`UPDATE fees SET amount_cents = amount_cents ${by}, total_amount_cents = total_amount_cents ${by} WHERE id = '${fee!.id}'`, [
        ["fees_frozen", "fees"]
      ])
    await alter("+ 1")
    expect(await found()).toContain(`M2 fees ${fee!.id}`)
    await alter("- 1")
    expect(await found()).toEqual([])
  })

  it("names an invoice whose total was altered, and a number that was changed", async () => {
    const [invoice] = await sql(`SELECT id, invoice_number FROM invoices ORDER BY id LIMIT 1`)
    const alter = (set: string) => byHand(`UPDATE invoices SET ${set} WHERE id = '${invoice!.id}'`, [["invoices_frozen", "invoices"]])
    await alter("tax_amount_cents = tax_amount_cents + 1, total_cents = total_cents + 1")
    expect(await found()).toContain(`M2 invoices ${invoice!.id}`)
    await alter("tax_amount_cents = tax_amount_cents - 1, total_cents = total_cents - 1")
    await alter(`invoice_number = 'ACME-9999'`)
    expect(await found()).toContain(`N1 invoices ${invoice!.id}`)
    await alter(`invoice_number = '${invoice!.invoice_number}'`)
    expect(await found()).toEqual([])
  })

  it("names a window that leaves a gap", async () => {
    const [window] = await sql(`SELECT id, period_start FROM billed_periods WHERE kind = 'usage' ORDER BY period_start DESC, id LIMIT 1`)
    await sql(`UPDATE billed_periods SET period_start = '2025-02-03T00:00:00.000Z' WHERE id = '${window!.id}'`)
    expect(await found()).toContain(`U2 billed_periods ${window!.id}`)
    const before = new Date(window!.period_start).toISOString()
    await sql(`UPDATE billed_periods SET period_start = '${before}' WHERE id = '${window!.id}'`)
    expect(await found()).toEqual([])
  })

  it("names the window whose invoice lost an event, or counts one that is not there", async () => {
    const [fee] = await sql(`SELECT id, invoice_id, events_count FROM fees WHERE events_count > 0 ORDER BY id LIMIT 1`)
    const [window] = await sql(`SELECT id FROM billed_periods WHERE kind = 'usage' AND invoice_id = '${fee!.invoice_id}'`)
    for (const [there, back] of [
      ["- 1", "+ 1"],
      ["+ 1", "- 1"]
    ]) {
      const alter = (by: string) =>
        byHand(`UPDATE fees SET events_count = events_count ${by} WHERE id = '${fee!.id}'`, [["fees_frozen", "fees"]])
      await alter(there!)
      expect(await found()).toContain(`U1 billed_periods ${window!.id}`)
      await alter(back!)
    }
    expect(await found()).toEqual([])
  })

  it("an event that came after its window was billed is late, not lost", async () => {
    await organization.events.ingest([
      { transaction_id: "late", external_customer_id: "a", code: "energy", timestamp: "2025-01-05T00:00:00Z", properties: { kwh: "1" } }
    ])
    expect(await found()).toEqual([])
  })

  it("names a day that does not say what its events add up to, until its days are recounted", async () => {
    await sql(`UPDATE usage_slots SET events_count = events_count + 1 WHERE subject = 's:b2' AND width = 24`)
    expect(await found()).toEqual(["U5 usage_slots energy s:b2 2025-01-07T00:00:00.000Z"])
    expect(await organization.dailyUsages.recount({ from: "2025-01-08T00:00:00Z" })).toMatchObject({ corrected: 0 })
    expect(await organization.dailyUsages.recount({ to: "2025-01-08T00:00:00Z", metric_code: "energy" })).toMatchObject({ corrected: 1 })
    expect(await found()).toEqual([])
  })

  it("sees only its own organization", async () => {
    const other = billing.organization((await billing.organizations.create({ name: "Other" })).id)
    expect(await other.doctor.check()).toEqual({ invoices: 0, fees: 0, subscriptions: 0, violations: [] })
  })
})
