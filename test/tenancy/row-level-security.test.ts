/** The second layer on Postgres: what the database itself shows and refuses, whatever a statement asks. */
import { Effect } from "effect"
import pg from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { run } from "../../adapters/cli/run.js"
import { postgres, layer as postgresLayer } from "../../adapters/postgres/index.js"
import { requireRevision } from "../../adapters/sql/migrate.js"
import { SPANNING } from "../../adapters/sql/reach.js"
import { type Billing, createBilling } from "../../src/client/index.js"
import { migratedDatabase } from "../support/describe-engines.js"
import { asRuntime, secure } from "../support/row-level-security.js"

describe("row-level security", () => {
  let database: Awaited<ReturnType<typeof migratedDatabase>>
  let owner: pg.Client
  let runtime: pg.Client
  let billing: Billing<pg.Client>
  let mine: string
  let theirs: string

  beforeAll(async () => {
    database = await migratedDatabase()
    await secure(database.url)
    owner = new pg.Client({ connectionString: database.url })
    runtime = new pg.Client({ connectionString: asRuntime(database.url) })
    await Promise.all([owner.connect(), runtime.connect()])
    billing = await createBilling({ database: postgres({ url: asRuntime(database.url), rowLevelSecurity: true, maxConnections: 2 }) })
    const ids = await Promise.all(["Mine", "Theirs"].map((name) => billing.organizations.create({ name })))
    mine = ids[0]!.id
    theirs = ids[1]!.id
    for (const id of [mine, theirs]) await billing.organization(id).customers.create({ external_id: "c", name: id })
  }, 60_000)

  afterAll(async () => {
    await billing?.close()
    await Promise.all([owner?.end(), runtime?.end()])
    await database?.drop()
  })

  /** SQL by the role of Billwright, as a statement of an organization says it. */
  const as = async (reaches: string, text: string, values: ReadonlyArray<unknown> = []) => {
    await runtime.query("BEGIN")
    try {
      await runtime.query("SELECT set_config('billwright.organization', $1, true)", [reaches])
      return await runtime.query(text, [...values])
    } finally {
      await runtime.query("ROLLBACK")
    }
  }

  it("every table has a policy that binds its owner too", async () => {
    const { rows } = await owner.query<{ name: string }>(`SELECT c.relname AS name FROM pg_class c
      WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND NOT (c.relrowsecurity AND c.relforcerowsecurity
        AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd = '*'))`)
    // What migrations were run is nobody's.
    expect(rows.map(({ name }) => name)).toEqual(["billwright_migrations"])
    const roles = await runtime.query("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
    expect(roles.rows).toEqual([{ rolsuper: false, rolbypassrls: false }])
  })

  it("a statement sees its organization's rows whatever it asks for, and without an organization none", async () => {
    const names = async (reaches: string) => (await as(reaches, "SELECT name FROM customers ORDER BY name")).rows.map(({ name }) => name)
    expect([await names(mine), await names(theirs), await names("")]).toEqual([[mine], [theirs], []])
    expect((await names("*")).toSorted()).toEqual([mine, theirs].toSorted())
    expect((await runtime.query("SELECT * FROM organizations")).rows).toEqual([])
    expect((await as(mine, "SELECT id FROM organizations")).rows).toEqual([{ id: mine }])
  })

  it("a statement writes nothing of another organization", async () => {
    const changed = async (text: string) => (await as(mine, text, [theirs])).rowCount
    expect(await changed("UPDATE customers SET name = 'x' WHERE organization_id = $1")).toBe(0)
    expect(await changed("DELETE FROM customers WHERE organization_id = $1")).toBe(0)
    const copy = `INSERT INTO members (id, organization_id, user_id, role, created_at, updated_at) VALUES (gen_random_uuid(), $1, 'u', 'owner', now(), now())`
    await expect(changed(copy)).rejects.toMatchObject({ code: "42501" })
    await expect(as(mine, "UPDATE customers SET organization_id = $1", [theirs])).rejects.toMatchObject({ code: "42501" })
  })

  it("calls of several organizations share connections, and each sees its own", async () => {
    const calls = Array.from({ length: 20 }, (_, place) => (place % 2 === 0 ? mine : theirs))
    const lists = await Promise.all(calls.map((id) => billing.organization(id).customers.list()))
    expect(lists.map(({ items }) => items.map(({ name }) => name))).toEqual(calls.map((id) => [id]))
    expect((await billing.organizations.list()).items.length).toBe(2)
    await Promise.all(
      [mine, theirs].map((id) =>
        billing.organization(id).invoices.oneOff({ external_customer_id: "c", lines: [{ description: "Work", unit_amount_cents: "100" }] })
      )
    )
    for (const id of [mine, theirs]) expect((await billing.organization(id).doctor.check()).violations).toEqual([])
  })

  it("a host that says something else than its database is refused when it starts, and by the doctor's command", async () => {
    const start = (url: string, rowLevelSecurity: boolean | "either") =>
      Effect.runPromise(Effect.provide(requireRevision, postgresLayer({ url, rowLevelSecurity, maxConnections: 1 })))
    const refused = async (url: string, announced: boolean, problem: string, table = "add_ons") => {
      const layer = postgresLayer({ url, rowLevelSecurity: announced, maxConnections: 1 })
      expect(await Effect.runPromise(Effect.flip(Effect.provide(requireRevision, layer))), problem).toMatchObject({
        _tag: "RowLevelSecurityMismatch",
        problem,
        role: new URL(url).username,
        tables: expect.arrayContaining([table])
      })
    }
    const [bound, free] = [asRuntime(database.url), database.url]
    await refused(bound, false, "unannounced")
    await refused(free, true, "bypassed")
    await Promise.all([start(bound, "either"), start(free, "either"), start(free, false)])
    // One table is enough.
    await owner.query("DROP POLICY billwright_organization ON customers")
    await refused(bound, true, "off", "customers")
    await owner.query("SELECT billwright_row_level_security(false)")
    await refused(bound, true, "off")
    await refused(free, true, "off")
    await Promise.all([start(bound, "either"), start(bound, false)])
    await owner.query("SELECT billwright_row_level_security(true)")
    await owner.query("ALTER TABLE customers OWNER TO billing_app")
    await owner.query("ALTER TABLE customers NO FORCE ROW LEVEL SECURITY")
    await refused(bound, true, "bypassed", "customers")
    await owner.query(`ALTER TABLE customers OWNER TO "${new URL(free).username}"`)
    await owner.query("ALTER TABLE customers FORCE ROW LEVEL SECURITY")
    await owner.query("GRANT SELECT, INSERT, UPDATE, DELETE ON customers TO billing_app")

    await expect(createBilling({ database: postgres(bound) })).rejects.toMatchObject({ _tag: "RowLevelSecurityMismatch" })
    const said: Array<string> = []
    const doctor = (...given: ReadonlyArray<string>) =>
      run(
        ["doctor", bound, ...given],
        () => {},
        (line) => said.push(line)
      )
    expect([await doctor(), await doctor("--row-level-security")]).toEqual([2, 0])
    expect(said).toEqual([expect.stringContaining("and the host does not say that it is on")])
  })

  it("inside a transaction of the host the setting is the host's again afterwards", async () => {
    const setting = async () =>
      (await runtime.query("SELECT current_setting('billwright.organization', true) AS setting")).rows[0].setting as string
    await runtime.query("BEGIN")
    await runtime.query("SELECT set_config('billwright.organization', $1, true)", [theirs])
    const here = billing.within(runtime).organization(mine)
    await here.customers.create({ external_id: "lent", name: "Lent" })
    expect((await here.customers.list({ total: true })).total).toBe(2)
    await expect(here.customers.create({ external_id: "lent", name: "Lent" })).rejects.toMatchObject({ _tag: "ExternalIdTaken" })
    expect((await here.customers.get({ external_id: "lent" })).name).toBe("Lent")
    expect(await setting()).toBe(theirs)
    await runtime.query("COMMIT")
    expect(await setting()).toBe("")
    expect((await billing.organization(mine).customers.get({ external_id: "lent" })).name).toBe("Lent")
  })

  it("nobody changes the audit log, or empties a table whose rows are kept", async () => {
    const kept = ["audit_logs", "audit_chains", "events", "ledger_entries", "invoices", "fees", "credit_notes", "invoice_settlements"]
    const others = ["wallet_transactions", "payments", "applied_coupon_uses", "api_keys", "members", "taxes", "customers"]
    for (const text of [
      "UPDATE audit_logs SET action = 'deleted'",
      "DELETE FROM audit_logs",
      ...[...kept, ...others].map((table) => `TRUNCATE ${table} CASCADE`)
    ]) {
      await expect(as("*", text), text).rejects.toMatchObject({ code: "42501" })
      await expect(owner.query(text), text).rejects.toMatchObject({ code: "23514" })
    }
  })

  it("is off and on again by one call, which leaves nothing behind", async () => {
    await owner.query("SELECT billwright_row_level_security(false)")
    expect((await runtime.query("SELECT name FROM organizations")).rows.length).toBe(2)
    expect((await owner.query("SELECT FROM pg_policy")).rowCount).toBe(0)
    expect((await billing.organization(mine).customers.get({ external_id: "c" })).name).toBe(mine)
    await owner.query("SELECT billwright_row_level_security(true)")
    expect((await runtime.query("SELECT name FROM organizations")).rows).toEqual([])
  })

  it("what works across organizations has a reason", () => {
    for (const [store, { methods, why }] of Object.entries(SPANNING))
      expect([store, methods.length > 0, why.length > 10]).toEqual([store, true, true])
  })
})
