import Sqlite from "better-sqlite3"
import { Client, Pool } from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { postgres } from "../../adapters/postgres/index.js"
import { sqlite } from "../../adapters/sqlite/index.js"
import { testClock } from "../../adapters/testing/index.js"
import { type Billing, BillingError, createBilling, type Database, isBillingError, migrationsOf } from "../../src/client/index.js"
import { freshDatabase } from "../support/postgres.js"
import { freshFile } from "../support/sqlite.js"

interface Opened {
  readonly database: Database
  readonly alter: (statement: string) => void | Promise<void>
  readonly close: () => void | Promise<void>
}

const engines: ReadonlyArray<readonly [string, () => Promise<Opened>]> = [
  [
    "SQLite",
    async () => {
      const file = freshFile()
      const alter = (statement: string) => {
        const shell = new Sqlite(file.path)
        shell.exec(statement)
        shell.close()
      }
      return { database: sqlite(file.path, { durability: "normal" }), alter, close: file.remove }
    }
  ],
  [
    "Postgres",
    async () => {
      const { drop, url } = await freshDatabase()
      const alter = async (statement: string) => {
        const shell = new Client({ connectionString: url })
        await shell.connect()
        await shell.query(statement)
        await shell.end()
      }
      return { database: postgres(url), alter, close: drop }
    }
  ]
]

/** What a call rejects with. */
const rejection = async (call: Promise<unknown>): Promise<BillingError> => {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason
  )
  expect(error).toBeInstanceOf(BillingError)
  return error as BillingError
}

describe.each(engines)("createBilling (%s)", (_, open) => {
  const clock = testClock("2025-02-28T23:59:59.999Z")
  let close: () => void | Promise<void>
  let billing: Billing
  let organization: ReturnType<Billing["organization"]>

  beforeAll(async () => {
    const opened = await open()
    close = opened.close
    billing = await createBilling({ database: opened.database, migrate: true, clock })
    const { id } = await billing.organizations.create({ name: "Acme", default_currency: "NOK", timezone: "Europe/Oslo" })
    organization = billing.organization(id)
  })

  afterAll(async () => {
    await billing?.close()
    await close?.()
  })

  it("hands on what a source of the host throws, itself", async () => {
    const broken = new Error("connection lost")
    async function* source() {
      yield { transaction_id: "none", external_customer_id: "c", code: "none", timestamp: "2026-03-01T00:00:00Z" }
      throw broken
    }
    await expect(organization.events.ingestStream(source())).rejects.toBe(broken)
  })

  it("answers plain values: instants as Date, money as bigint", async () => {
    const made = await organization.customers.create({ external_id: "c", name: "C" })
    expect(made.created_at).toEqual(new Date("2025-02-28T23:59:59.999Z"))
    const plan = await organization.plans.create({ code: "p", name: "P", interval: "monthly", amount_cents: 4900n })
    expect(plan.amount_cents).toBe(4900n)
    expect((await organization.plans.list()).items).toEqual([plan])
    expect(await organization.customers.load([made.id])).toEqual(new Map([[made.id, made]]))
    expect((await organization.get()).name).toBe("Acme")
  })

  it("rejects with a BillingError that carries the failure's fields", async () => {
    const error = await rejection(organization.customers.get({ external_id: "nobody" }))
    expect(error).toMatchObject({ name: "BillingError", _tag: "CustomerNotFound", id: "nobody", message: "customer nobody not found" })
    const invalid = await rejection(organization.customers.create({ external_id: "", name: "x" }))
    expect(invalid).toMatchObject({ _tag: "InvalidInput", field: "external_id" })
    if (!isBillingError(error, "CustomerNotFound")) throw error
    const id: string = error.id
    expect([id, isBillingError(error, "PlanNotFound")]).toEqual(["nobody", false])
  })

  it("an id that is none is the id of no organization", async () => {
    expect(await rejection(billing.organization("1 OR 1=1").customers.list())).toMatchObject({
      _tag: "OrganizationNotFound",
      id: "1 OR 1=1"
    })
    expect(await rejection(billing.organization("00000000-0000-7000-8000-000000000000").get())).toMatchObject({
      _tag: "OrganizationNotFound"
    })
  })

  it("one organization sees nothing of another", async () => {
    const { id } = await billing.organizations.create({ name: "Other" })
    const other = billing.organization(id)
    const mine = await organization.customers.create({ external_id: "mine", name: "Mine" })
    expect(await rejection(other.customers.get({ id: mine.id }))).toMatchObject({ _tag: "CustomerNotFound" })
    expect((await other.customers.list()).items).toEqual([])
  })

  it("bills a subscription and finds nothing wrong with it", async () => {
    clock.set("2025-03-01T00:00:00Z")
    await organization.customers.create({ external_id: "s", name: "S" })
    await organization.plans.create({ code: "base", name: "Base", interval: "monthly", amount_cents: 3000n })
    await organization.taxes.create({ code: "mva", name: "MVA", rate: "0.25", applied_to_organization: true })
    await organization.subscriptions.create({
      external_id: "s",
      external_customer_id: "s",
      plan_code: "base",
      started_at: new Date("2025-02-28T23:00:00Z")
    })
    const run = await organization.billDue({ now: new Date("2025-04-01T00:00:00Z") })
    expect(run).toMatchObject({ invoices: 1, failures: [] })
    const { items } = await organization.invoices.list()
    expect(items.map((invoice) => [invoice.total_cents, invoice.currency])).toEqual([[3750n, "NOK"]])
    expect(await organization.doctor.check()).toMatchObject({ invoices: 1, fees: 1, violations: [] })
  })
})

describe("a database of another revision", () => {
  it("is refused by a server's billing unless it is to be migrated, naming both revisions", async () => {
    const { drop, url } = await freshDatabase()
    const error = await rejection(createBilling({ database: postgres(url) }))
    expect(error).toMatchObject({ _tag: "RevisionMismatch", database: 0 })
    expect(error.message).toContain("run migrate")
    const billing = await createBilling({ database: postgres(url), migrate: true })
    await billing.close()
    await (await createBilling({ database: postgres(url) })).close()
    await drop()
  })

  it("is migrated in an embedded file unless told otherwise", async () => {
    const file = freshFile()
    expect(await rejection(createBilling({ database: sqlite(file.path), migrate: false }))).toMatchObject({ _tag: "RevisionMismatch" })
    await (await createBilling({ database: sqlite(file.path) })).close()
    file.remove()
  })

  it("made by a host from the printed schema is as if it had been migrated", async () => {
    const { drop, url } = await freshDatabase()
    const client = new Client({ connectionString: url })
    await client.connect()
    await client.query(`BEGIN; ${postgres(url).schema()}; COMMIT`)
    await client.end()
    const file = freshFile()
    const opened = new Sqlite(file.path)
    opened.exec(`BEGIN; ${sqlite(file.path).schema()}; COMMIT`)
    opened.close()
    for (const database of [postgres(url), sqlite(file.path)] as ReadonlyArray<Database>) {
      const billing = await createBilling({ database, migrate: false })
      expect((await billing.organizations.create({ name: "Acme" })).name).toBe("Acme")
      await billing.close()
    }
    await drop()
    file.remove()
  })

  it("newer than the package is refused", async () => {
    const { drop, url } = await freshDatabase()
    await (await createBilling({ database: postgres(url), migrate: true })).close()
    const client = new Client({ connectionString: url })
    await client.connect()
    await client.query("INSERT INTO billwright_migrations (id, name, checksum, applied_at) VALUES (9999, 'future', '', now())")
    await client.end()
    for (const migrate of [true, false]) {
      expect(await rejection(createBilling({ database: postgres(url), migrate }))).toMatchObject({
        _tag: "RevisionMismatch",
        database: 9999
      })
    }
    await drop()
  })
})

describe.each(engines)("a database where a migration had another text (%s)", (_, open) => {
  it("is refused, naming the migration, whether it is to be migrated or not", async () => {
    const { alter, close, database } = await open()
    await (await createBilling({ database, migrate: true })).close()
    expect((await migrationsOf(database)).filter(({ applied, changed }) => changed || !applied)).toEqual([])
    await alter("UPDATE billwright_migrations SET checksum = 'of-another-text' WHERE name IN ('catalog', 'ledger')")
    for (const migrate of [true, false]) {
      const error = await rejection(createBilling({ database, migrate }))
      expect(error).toMatchObject({ _tag: "MigrationChanged", id: 3, migration: "catalog", database: "of-another-text" })
      expect(error.message).toContain("migration 3 catalog")
    }
    expect((await migrationsOf(database)).filter(({ changed }) => changed).map(({ name }) => name)).toEqual(["catalog", "ledger"])
    await close()
  })
})

describe("a database that cannot be opened", () => {
  it("is a StorageError that says so", async () => {
    expect(await rejection(createBilling({ database: postgres("postgres://nobody@127.0.0.1:1/none") }))).toMatchObject({
      _tag: "StorageError",
      reason: "unavailable"
    })
    expect(await rejection(createBilling({ database: sqlite("/nowhere/at/all/billing.db") }))).toMatchObject({
      _tag: "StorageError",
      reason: "unavailable"
    })
  })
})

describe("inside the host's transaction on Postgres", () => {
  let drop: () => Promise<void>
  let pool: Pool
  let billing: Awaited<ReturnType<typeof openOverPool>>
  let id: string

  const openOverPool = (over: Pool) => createBilling({ database: postgres({ pool: over }), migrate: true })

  beforeAll(async () => {
    const database = await freshDatabase()
    drop = database.drop
    pool = new Pool({ connectionString: database.url, max: 4 })
    billing = await openOverPool(pool)
    await pool.query("CREATE TABLE orders (id text PRIMARY KEY)")
    id = (await billing.organizations.create({ name: "Host" })).id
  })

  afterAll(async () => {
    await billing?.close()
    // Ours is closed, the host's pool goes on.
    expect((await pool.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }])
    await pool.end()
    await drop()
  })

  const orders = async () => (await pool.query("SELECT id FROM orders ORDER BY id")).rows.map((row) => row.id as string)
  const customers = async () =>
    (await billing.organization(id).customers.list({ order_by: "external_id:asc" })).items.map((one) => one.external_id)

  const inTransaction = async (end: "COMMIT" | "ROLLBACK", work: (client: Parameters<typeof billing.within>[0]) => Promise<void>) => {
    const client = await pool.connect()
    try {
      await client.query("BEGIN")
      await work({ query: (text, values) => client.query(text, [...values]) })
      await client.query(end)
    } finally {
      client.release()
    }
  }

  it("the host's rows and ours are committed together, or not at all", async () => {
    for (const end of ["ROLLBACK", "COMMIT"] as const) {
      await inTransaction(end, async (client) => {
        await client.query("INSERT INTO orders VALUES ($1)", [end])
        await billing.within(client).organization(id).customers.create({ external_id: end, name: end })
      })
    }
    expect([await orders(), await customers()]).toEqual([["COMMIT"], ["COMMIT"]])
  })

  it("a call that fails takes back only itself", async () => {
    await inTransaction("COMMIT", async (client) => {
      const organization = billing.within(client).organization(id)
      await organization.customers.create({ external_id: "once", name: "Once" })
      expect(await rejection(organization.customers.create({ external_id: "once", name: "Again" }))).toMatchObject({
        _tag: "ExternalIdTaken"
      })
      await organization.customers.create({ external_id: "twice", name: "Twice" })
    })
    expect(await customers()).toEqual(expect.arrayContaining(["once", "twice"]))
  })

  it("a limit of calls counts those within the host's transactions too", async () => {
    const limited = await createBilling({ database: postgres({ pool }), ingestionLimit: { calls: 2 } })
    const organization = limited.organization(id)
    await organization.metrics.create({ code: "calls", name: "Calls", aggregation_type: "count" })
    const call = (transaction_id: string) =>
      ({ transaction_id, external_customer_id: "c", code: "calls", timestamp: "2026-03-01T00:00:00Z" }) as const
    await organization.events.ingest([call("1")])
    await inTransaction("COMMIT", async (client) => {
      const inside = limited.within(client).organization(id)
      await inside.events.ingest([call("2")])
      const refused = await rejection(inside.events.ingestOne(call("3")))
      expect(refused).toMatchObject({ _tag: "RateLimited" })
      if (isBillingError(refused, "RateLimited")) expect(refused.retry_after_seconds).toBeGreaterThan(50)
    })
    await limited.close()
    expect(await rejection(createBilling({ database: postgres({ pool }), ingestionLimit: { calls: 0 } }))).toMatchObject({
      _tag: "InvalidInput",
      field: "calls"
    })
  })
})

describe("what a host without types gets wrong", () => {
  const untyped = (given: unknown) => given as never

  it.each<readonly [unknown, string]>([
    [undefined, "options"],
    [{ database: "billing.db" }, "database"],
    [{ database: undefined }, "database"],
    [{ database: sqlite(":memory:"), pinter: null }, "pinter"],
    [{ database: sqlite(":memory:"), clock: Date }, "clock"],
    [{ database: sqlite(":memory:"), paymentProviders: { name: "stripe" } }, "paymentProviders"],
    [{ database: sqlite(":memory:"), portal: { url: "nowhere" } }, "portal"]
  ])("is an option that is told by its name: %# %s", async (options, field) => {
    expect(await rejection(createBilling(untyped(options)))).toMatchObject({ _tag: "InvalidInput", field })
  })

  it("is a database without a name, such as a variable that is not set", () => {
    for (const given of ["", undefined]) {
      expect(() => sqlite(untyped(given))).toThrow("filename: expected a file's path, or :memory:")
      expect(() => postgres(untyped(given))).toThrow("url: expected postgres://user:password@host:port/database")
    }
    expect(() => postgres(untyped({ url: undefined }))).toThrow("url: expected")
  })

  it("is a server that does not answer, with the driver's word for why", async () => {
    const error = await rejection(createBilling({ database: postgres("postgres://nobody:secret@127.0.0.1:1/none") }))
    expect([error._tag, error.message]).toEqual([
      "StorageError",
      "connect to Postgres: storage unavailable (connect ECONNREFUSED 127.0.0.1:1)"
    ])
  })

  it("is a name of another shape, while a whole row is a name too", async () => {
    const billing = await createBilling({ database: sqlite(":memory:") })
    const { id } = await billing.organizations.create({ name: "Acme" })
    const { customers, invoices, wallets } = billing.organization(id)
    const ada = await customers.create({ external_id: "ada", name: "Ada" })
    expect(await customers.get(ada)).toEqual(ada)
    const wrong = [
      [customers.get(untyped("ada")), "ref"],
      [customers.get(untyped({ code: "ada" })), "external_id"],
      [invoices.get(untyped({ id })), "id"],
      [invoices.preview(untyped(undefined)), "ref"],
      [wallets.get(untyped({ code: "main" })), "external_customer_id"],
      [billing.organization(untyped(undefined)).customers.list(), "id"],
      [customers.create({ external_id: "bo", name: "Bo" }, untyped({ idempotency_key: "k" })), "idempotencyKey"]
    ] as const
    for (const [call, field] of wrong) expect(await rejection(call)).toMatchObject({ _tag: "InvalidInput", field })
    expect(() => billing.within(untyped(undefined))).toThrow("transaction: expected a connection of better-sqlite3")
    const pool = new Pool()
    expect(() => postgres({ pool }).within(pool)).toThrow("transaction: expected the client on which you have run BEGIN, got a pool")
    expect(() => postgres({ pool }).within(untyped(undefined))).toThrow("transaction: expected the client on which you have run BEGIN")
    await billing.close()
    await billing.close()
    expect(await rejection(customers.list())).toMatchObject({ _tag: "StorageError", reason: "unavailable" })
  })
})
