/** The audit log: one row for each change, in its transaction, chained, and never changed. */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import { Effect } from "effect"
import { expect, it } from "vitest"
import { Dialect } from "../../adapters/sql/dialect.js"
import { tablesOf } from "../../adapters/sql/migrate.js"
import { ApiKeys, Customers, Organizations } from "../../src/accounts/index.js"
import { Taxes } from "../../src/catalog/index.js"
import { CurrentActor, CurrentOrganization, Transactor } from "../../src/core/index.js"
import { Invoices } from "../../src/invoicing/index.js"
import { type AuditLog, AuditTrail, auditedTables, Doctor, type ListAuditLogsInput, unauditedTables } from "../../src/operations/index.js"
import { describeBilling } from "../support/billing.js"

const list = (input: ListAuditLogsInput = {}) =>
  Effect.flatMap(AuditTrail, (trail) => Effect.map(trail.list({ order_by: "created_at:asc", limit: 1000, ...input }), ({ items }) => items))
const verify = Effect.flatMap(AuditTrail, (trail) => trail.verify())
const brief = (rows: ReadonlyArray<AuditLog>) => rows.map(({ action, resource_type }) => `${resource_type} ${action}`)

/** Statements that the triggers would refuse, as somebody with the keys of the server can make them. */
const tampering = (statement: string): Effect.Effect<void, SqlError, SqlClient.SqlClient> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const engine = sql.onDialectOrElse({ pg: () => "pg", orElse: () => "sqlite" })
    if (engine === "pg") {
      yield* sql.unsafe("ALTER TABLE audit_logs DISABLE TRIGGER ALL")
      yield* sql.unsafe(statement)
      yield* sql.unsafe("ALTER TABLE audit_logs ENABLE TRIGGER ALL")
      return
    }
    const triggers = yield* sql<{
      name: string
      sql: string
    }>`SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'audit_logs'`
    for (const { name } of triggers) yield* sql.unsafe(`DROP TRIGGER ${name}`)
    yield* sql.unsafe(statement)
    for (const trigger of triggers) yield* sql.unsafe(trigger.sql)
  })

describeBilling("the audit log", (host) => {
  it("tells of what was created, changed and deleted, by whom, and nothing where nothing changed", async () => {
    const tenant = await host.tenant()
    const { run } = tenant
    const customer = await tenant.customer({ external_id: "x", name: "Ex", billing_metadata: { vat: "1", größe: "ß" } })
    const tax = await tenant.tax("vat", "0.19")
    const user = { actor_type: "user", actor_id: "u_1", metadata: { request_id: "r_1" } } as const
    await run(
      Effect.gen(function* () {
        const customers = yield* Customers
        yield* customers.update({ id: customer.id }, { name: "Ex Ltd", email: "ex@example.com" })
        yield* customers.update({ id: customer.id }, { name: "Ex Ltd" })
        const taxes = yield* Taxes
        yield* taxes.delete({ id: tax.id })
      }).pipe(Effect.provideService(CurrentActor, user))
    )
    const { items: rows } = await run(
      Effect.flatMap(AuditTrail, (trail) => trail.trail({ resource_type: "customer", resource_id: customer.id }))
    )
    expect(brief(rows)).toEqual(["customer created", "customer updated"])
    expect(rows[0]).toMatchObject({ actor_type: "system", actor_id: null, metadata: null, changes: { name: { after: "Ex" } } })
    expect(rows[0]!.changes.billing_metadata).toEqual({ after: { vat: "1", größe: "ß" } })
    expect(rows[1]).toMatchObject(user)
    expect(rows[1]!.changes).toEqual({
      name: { before: "Ex", after: "Ex Ltd" },
      email: { before: null, after: "ex@example.com" }
    })
    const gone = await run(list({ resource_id: tax.id }))
    expect(brief(gone)).toEqual(["tax created", "tax deleted"])
    expect(gone[1]).toMatchObject({ ...user, changes: { code: { before: "vat" }, applied_to_organization: { before: true } } })
    expect(brief(await run(list({ actor_type: "user", actor_id: "u_1", action: "updated" })))).toEqual(["customer updated"])
    expect(await run(list({ resource_id: "nobody" }))).toEqual([])
    expect(await run(list({ from: "2031-01-01T00:00:00Z" }))).toEqual([])
    expect((await run(verify)).broken).toEqual([])
  })

  it("has one row for a document that is written in steps, and is undone with its transaction", async () => {
    const tenant = await host.tenant({ grace: 3 })
    const { run } = tenant
    tenant.at("2025-01-01T00:00:00Z")
    await tenant.plan({ code: "p", amount_cents: "3100" })
    await tenant.subscribe("s", "p")
    await tenant.bill("2025-02-01T00:00:00Z")
    await run(
      Effect.gen(function* () {
        const { transaction } = yield* Transactor
        const undone = Effect.flatMap(Customers, (customers) => customers.create({ external_id: "gone", name: "Gone" }))
        yield* transaction(Effect.zipRight(undone, Effect.fail("no" as const))).pipe(Effect.ignore)
      })
    )
    await tenant.finalizeDue("2025-02-04T00:00:00Z")
    const rows = await run(list({ resource_type: "invoice" }))
    expect(brief(rows)).toEqual(["invoice created", "invoice status_changed"])
    expect(rows[1]!.changes).toMatchObject({ status: { before: "draft", after: "finalized" }, invoice_number: { before: null } })
    expect(brief(await run(list())).filter((one) => one.startsWith("customer"))).toEqual(["customer created"])
    await run(Effect.flatMap(Invoices, (invoices) => invoices.void(rows[0]!.resource_id)))
    expect((await run(list({ resource_type: "invoice" })))[2]!.changes.status).toEqual({ before: "finalized", after: "voided" })
  })

  it("holds no secret, and tells that one was replaced", async () => {
    const tenant = await host.tenant()
    const { run } = tenant
    const plant = (secret: string) =>
      Effect.flatMap(SqlClient.SqlClient, (sql) => sql`UPDATE organizations SET hmac_key = ${secret} WHERE id = ${tenant.organization}`)
    const newKey = Effect.flatMap(ApiKeys, (keys) => keys.create({ name: "k" }))
    await run(plant("planted-one"))
    const { id, key } = await run(newKey)
    // Two writes of one row are one change: that the secret was replaced stays told.
    await run(plant("planted-two"))
    await run(Effect.flatMap(SqlClient.SqlClient, (sql) => sql`UPDATE organizations SET name = 'Acme 2' WHERE id = ${tenant.organization}`))
    const tax = await tenant.tax("vat", "0.19")
    const moved = tax.id.replace(/^......../, "00000000")
    await run(Effect.flatMap(SqlClient.SqlClient, (sql) => sql`UPDATE taxes SET id = ${moved} WHERE id = ${tax.id}`))
    await run(newKey)
    const rows = await run(list())
    expect(rows.find(({ resource_id }) => resource_id === moved)!.changes).toEqual({ id: { before: tax.id, after: moved } })
    const text = JSON.stringify(rows, (_, value) => (typeof value === "bigint" ? String(value) : value))
    expect(text).not.toContain("planted")
    expect(text).not.toContain(key)
    const [made] = rows.filter(({ resource_id }) => resource_id === id)
    expect(made!.changes.key_hash).toEqual({ after: "[hidden]" })
    // What somebody's own SQL did is told with the organization's next change, as what it is.
    expect(rows.filter(({ resource_type, action }) => resource_type === "organization" && action === "updated")).toMatchObject([
      { actor_id: "sql", changes: { hmac_key: { before: null, after: "[hidden, replaced]" } } },
      { actor_id: "sql", changes: { hmac_key: { before: "[hidden]", after: "[hidden, replaced]" }, name: { after: "Acme 2" } } }
    ])
  })

  it("refuses every change, and the doctor names the row that was changed, is missing or was moved all the same", async () => {
    const tampered = async (statement: (rows: ReadonlyArray<AuditLog>) => string) => {
      const { run, customer } = await host.tenant()
      for (const n of [1, 2, 3, 4]) await customer({ external_id: `${n}`, name: `${n}` })
      const rows = await run(list())
      await host.asOwner(tampering(statement(rows)))
      const { violations } = await run(Effect.flatMap(Doctor, (doctor) => doctor.check()))
      expect(new Set(violations.map(({ code }) => code))).toEqual(new Set(["A1"]))
      return violations.map(({ id, reason, table }) => [table, rows.findIndex((row) => row.id === id), reason])
    }
    const { run, fail } = await host.tenant()
    const sql = (text: string) => Effect.flatMap(SqlClient.SqlClient, (client) => client.unsafe(text))
    const [first] = await run(list())
    expect(await fail(sql(`UPDATE audit_logs SET action = 'deleted' WHERE id = '${first!.id}'`))).toBeDefined()
    expect(await fail(sql(`DELETE FROM audit_logs WHERE id = '${first!.id}'`))).toBeDefined()
    // What SQLite takes as an insertion: it puts a row in the place of another, by any of its keys.
    const again = (table: string, column: string, value: string) => {
      const columns =
        "organization_id, id, position, resource_type, resource_id, action, changes, actor_type, previous_hash, hash, created_at, updated_at"
      const names = table === "audit_logs" ? columns : "organization_id, position, hash, created_at, updated_at"
      return `REPLACE INTO ${table} (${names}) SELECT ${names.replace(new RegExp(`\\b${column}\\b`), value)} FROM ${table}`
    }
    const replaced = [
      again("audit_logs", "actor_type", "'user'"),
      again("audit_logs", "position", "position + 100"),
      again("audit_chains", "position", "0")
    ]
    for (const text of replaced) expect(await fail(sql(text)), text).toBeDefined()
    expect((await run(verify)).broken).toEqual([])

    expect(await tampered((rows) => `UPDATE audit_logs SET actor_id = 'me' WHERE id = '${rows[3]!.id}'`)).toEqual([
      ["audit_logs", 3, "position 4 is not as it was written"]
    ])
    expect(await tampered((rows) => `DELETE FROM audit_logs WHERE id = '${rows[2]!.id}'`)).toEqual([
      ["audit_logs", 3, "position 4 follows 2: 1 missing before it"]
    ])
    expect(await tampered((rows) => `DELETE FROM audit_logs WHERE id = '${rows.at(-1)!.id}'`)).toEqual([
      ["audit_chains", -1, "the log ends at position 6, 7 were written"]
    ])
    const moved = await tampered(
      ([, a, b]) => `UPDATE audit_logs SET position = CASE id WHEN '${a!.id}' THEN 102 ELSE 103 END WHERE id IN ('${a!.id}', '${b!.id}')`
    )
    expect(moved.slice(0, 2)).toEqual([
      ["audit_logs", 3, "position 4 follows 1: 2 missing before it"],
      ["audit_logs", 1, "position 102 follows 7: 94 missing before it"]
    ])
  })

  it("costs a billing run the same few statements, however many invoices there are", async () => {
    const cost = async (customers: number) => {
      const tenant = await host.tenant()
      tenant.at("2025-01-01T00:00:00Z")
      await tenant.plan({ code: "p", amount_cents: "100" })
      for (let n = 0; n < customers; n++) {
        await tenant.customer({ external_id: `${n}`, name: "C" })
        await tenant.subscribe(`s${n}`, "p", { external_customer_id: `${n}` })
      }
      const statements = await tenant.statementsOfBilling("2025-02-01T00:00:00Z")
      expect(await tenant.run(list({ resource_type: "invoice" }))).toHaveLength(customers)
      return statements
    }
    expect(await cost(5)).toBe(await cost(1))
  })

  it("knows each table of the schema: it is audited, or there is a reason", async () => {
    const { run } = await host.tenant()
    const tables = await run(Effect.map(Dialect, tablesOf))
    const named = [...Object.keys(auditedTables), ...Object.keys(unauditedTables)]
    expect(named.toSorted()).toEqual(tables.map(({ name }) => name).toSorted())
    const suspicious = tables.flatMap(({ columns, name }) =>
      name in auditedTables
        ? Object.entries(columns)
            .filter(([column, type]) => type === "text" && /key|secret|token|hash|password|credential/.test(column))
            .map(([column]) => `${name}.${column}`)
        : []
    )
    // Public, or no secret by itself.
    const open = [
      "api_keys.key_prefix",
      "billable_metric_filters.key",
      "organizations.ed25519_public_key",
      "organizations.previous_ed25519_public_key",
      "payment_charges.key"
    ]
    expect(suspicious.toSorted()).toEqual(open)
  })

  it("outlives its organization", async () => {
    const tenant = await host.tenant()
    const { run } = tenant
    const organizations = Effect.flatMap(Organizations, (service) => service.create({ name: "Short" }))
    const { id } = await run(organizations)
    await run(Effect.flatMap(Organizations, (service) => service.delete(id)))
    const rows = await run(Effect.provideService(list({ resource_type: "organization" }), CurrentOrganization, id))
    expect(brief(rows)).toEqual(["organization created", "organization deleted"])
  })
})
