/** Data exports over both engines: the job, its file, what becomes of it. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer, Stream } from "effect"
import { describe, expect, test } from "vitest"
import { exportsTo, folder, memory } from "../../adapters/exports/index.js"
import { customersTable } from "../../adapters/sql/accounts/tables.js"
import { Dialect } from "../../adapters/sql/dialect.js"
import { statements } from "../../adapters/sql/statements.js"
import { storesLayer } from "../../adapters/sql/stores.js"
import { Customers } from "../../src/accounts/index.js"
import { Ids } from "../../src/core/index.js"
import {
  type CreateExportInput,
  DataExports,
  ExportFileFailed,
  type ExportFiles,
  Exporting,
  ExportRuns,
  type ExportSetup
} from "../../src/operations/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"

const service = DataExports
/** The services of exports over the host's setup. */
const over = Layer.mergeAll(DataExports.layer, ExportRuns.layer).pipe(Layer.provide(storesLayer))
const withSetup =
  (setup: ExportSetup) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    effect.pipe(Effect.provide(over), Effect.provideService(Exporting, setup))

/** What a tenant does with exports, over a file store. */
const exporter = (tenant: Tenant, files: ExportFiles = memory()) => {
  const here = withSetup(exportsTo(files))
  const ask = (input: CreateExportInput) => here(Effect.flatMap(service, (exports) => exports.create(input)))
  const runNext = here(Effect.flatMap(ExportRuns, (runs) => runs.runNext()))
  const read = (id: string) =>
    here(
      Effect.flatMap(service, (exports) => exports.download(id)).pipe(
        Effect.flatMap(({ content, ...download }) =>
          Effect.map(
            Effect.promise(() => new Response(content).text()),
            (text) => ({ ...download, text })
          )
        )
      )
    )
  return {
    ask: (input: CreateExportInput) => tenant.run(ask(input)),
    refuse: (input: unknown) => tenant.fail(ask(input as CreateExportInput)),
    estimate: (input: CreateExportInput) => tenant.run(Effect.flatMap(service, (exports) => exports.estimate(input))),
    get: (id: string) => tenant.run(Effect.flatMap(service, (exports) => exports.get(id))),
    runNext: () => tenant.run(runNext),
    runDue: () => tenant.run(here(Effect.flatMap(ExportRuns, (runs) => runs.runDue()))),
    purge: () => tenant.run(here(Effect.flatMap(ExportRuns, (runs) => runs.purge()))),
    read: (id: string) => tenant.run(read(id)),
    unread: (id: string) => tenant.fail(read(id)),
    /** Asks for one, has it made and reads its lines. */
    lines: async (input: CreateExportInput) => {
      const { id } = await tenant.run(ask(input))
      await tenant.run(here(Effect.flatMap(ExportRuns, (runs) => runs.runDue())))
      return (await tenant.run(read(id))).text.split("\r\n").slice(0, -1)
    }
  }
}

/** One customer with a plan of 10.00 and an event, billed on the first of February. */
const billed = async (tenant: Tenant) => {
  tenant.at("2025-01-01T00:00:00Z")
  await tenant.metric("calls", { aggregation_type: "count" })
  await tenant.plan({
    code: "basic",
    amount_cents: 1000n,
    charges: [{ metric_code: "calls", charge_model: "standard", properties: { amount: "0.005" } }]
  })
  await tenant.subscribe("s", "basic")
  tenant.at("2025-01-20T00:00:00Z")
  await tenant.ingest("calls", "2025-01-10T00:00:00Z", { count: 3 })
  await tenant.bill("2025-02-01T00:00:00Z")
}

describeBilling("data exports", (host) => {
  test("every type has its columns, newest first, and only rows of its own organization", async () => {
    const tenant = await host.tenant({ customer: { name: "=1+1", email: "c@example.com" } })
    const other = await host.tenant()
    await billed(tenant)
    await billed(other)
    const exports = exporter(tenant)
    const [invoice] = await tenant.invoices()
    const { customer_id, id, invoice_number } = invoice!.invoice
    expect(await exports.lines({ export_type: "invoices" })).toEqual([
      "number,customer_id,status,subtotal,tax_amount,total,currency,issued_at,due_date,paid_at",
      `${invoice_number},${customer_id},finalized,1002,0,1002,EUR,2025-02-01T00:00:00.000Z,2025-03-03T00:00:00.000Z,`
    ])
    expect(await exports.lines({ export_type: "customers" })).toEqual([
      "external_id,name,email,currency,timezone,created_at",
      "c,'=1+1,c@example.com,EUR,UTC,2025-01-01T00:00:00.000Z"
    ])
    expect(await exports.lines({ export_type: "subscriptions" })).toEqual([
      "external_id,customer_id,plan_id,status,billing_time,started_at,canceled_at,created_at",
      expect.stringMatching(
        new RegExp(`^s,${customer_id},[0-9a-f-]{36},active,calendar,2025-01-01T00:00:00.000Z,,2025-01-01T00:00:00.000Z$`)
      )
    ])
    expect(await exports.lines({ export_type: "events" })).toEqual([
      "transaction_id,external_customer_id,code,timestamp,created_at",
      ...[3, 2, 1].map((event) => `${event},c,calls,2025-01-10T00:00:00.000Z,2025-01-20T00:00:00.000Z`)
    ])
    const fees = await exports.lines({ export_type: "fees", filters: { invoice_id: id } })
    expect(fees[0]).toBe("id,invoice_id,fee_type,amount_cents,units,events_count,payment_status,created_at")
    expect(fees.slice(1).map((line) => line.split(",").slice(1).join(","))).toEqual([
      `${id},charge,2,3,3,pending,2025-02-01T00:00:00.000Z`,
      `${id},subscription,1000,1,0,pending,2025-02-01T00:00:00.000Z`
    ])
    expect(await exports.lines({ export_type: "credit_notes" })).toEqual([
      "number,invoice_id,customer_id,credit_note_type,status,total_amount_cents,currency,issued_at,created_at"
    ])
  })

  test("filters and a span of time narrow an export and its estimate; what a type does not have is refused", async () => {
    const tenant = await host.tenant()
    await billed(tenant)
    const exports = exporter(tenant)
    const count = async (input: CreateExportInput) => {
      const estimate = await exports.estimate(input)
      expect(await exports.lines(input)).toHaveLength(estimate + 1)
      return estimate
    }
    expect(await count({ export_type: "fees", filters: { fee_type: "charge" } })).toBe(1)
    expect(await count({ export_type: "invoices", filters: { status: "paid" } })).toBe(0)
    // Of events it is when they happened, the end is not in it.
    expect(
      await count({ export_type: "events", filters: { code: "calls", from: "2025-01-10T00:00:00Z", to: "2025-01-10T00:00:00.001Z" } })
    ).toBe(3)
    expect(await count({ export_type: "events", filters: { to: "2025-01-10T00:00:00Z" } })).toBe(0)
    expect(await count({ export_type: "invoices", filters: { from: "2025-02-01T00:00:00Z" } })).toBe(1)

    const other = await host.tenant()
    const foreign = (await tenant.invoices())[0]!.invoice.customer_id
    expect(await exporter(other).estimate({ export_type: "invoices", filters: { customer_id: foreign } })).toBe(0)

    for (const [input, field] of [
      [{ export_type: "wallets" }, "export_type"],
      [{ export_type: "customers", filters: { status: "x" } }, "filters.status"],
      [{ export_type: "invoices", filters: { status: "open" } }, "filters.status"],
      [{ export_type: "invoices", filters: { customer_id: "'; --" } }, "filters.customer_id"],
      [{ export_type: "fees", filters: { from: "yesterday" } }, "filters.from"],
      [{ export_type: "fees", filters: { from: "2025-01-02T00:00:00Z", to: "2025-01-02T00:00:00Z" } }, "filters.to"],
      [{ export_type: "fees", format: "xlsx" }, "format"]
    ] as const) {
      expect(await exports.refuse(input)).toMatchObject({ _tag: "InvalidInput", field })
    }
    expect(await tenant.fail(Effect.flatMap(service, (all) => all.create({ export_type: "fees" })))).toMatchObject({
      _tag: "AdapterMissing"
    })
  })

  test("an export waits, is made once, is kept for seven days, and is nobody else's", async () => {
    const tenant = await host.tenant()
    const files = memory()
    const exports = exporter(tenant, files)
    tenant.at("2025-03-01T00:00:00Z")
    const asked = await exports.ask({ export_type: "customers", format: "jsonl", filters: { from: "2025-01-01T01:00:00+01:00" } })
    expect(asked).toMatchObject({ status: "pending", progress: 0, filters: { from: "2025-01-01T00:00:00.000Z" } })
    expect(await exports.unread(asked.id)).toMatchObject({ _tag: "ExportNotReady", status: "pending" })

    tenant.at("2025-03-01T00:01:00Z")
    const made = await Promise.all([exports.runNext(), exports.runNext()])
    expect(made.filter((one) => one !== null)).toHaveLength(1)
    const done = await exports.get(asked.id)
    expect(done).toMatchObject({ status: "completed", progress: 100, record_count: 1, error_message: null })
    expect(done.file_path).toBe(`${tenant.organization}/${asked.id}.jsonl`)
    expect(await exports.read(asked.id)).toEqual({
      file_name: `customers-${asked.id}.jsonl`,
      media_type: "application/jsonl",
      text: expect.stringMatching(
        /^\{"external_id":"c","name":"Customer","email":null,"currency":"EUR","timezone":"UTC","created_at":"2025-\d\d-01T00:00:00.000Z"\}\n$/
      )
    })

    const other = exporter(await host.tenant(), files)
    expect(await other.unread(asked.id)).toMatchObject({ _tag: "DataExportNotFound", id: asked.id })
    expect(await other.unread("nothing")).toMatchObject({ _tag: "DataExportNotFound", id: "nothing" })

    tenant.at("2025-03-08T00:00:59.999Z")
    // What other tests left goes, this one stays.
    await exports.purge()
    expect(files.files.size).toBe(1)
    tenant.at("2025-03-08T00:01:00Z")
    expect(await exports.unread(asked.id)).toMatchObject({ _tag: "ExportExpired" })
    expect(await exports.purge()).toBe(1)
    expect(await exports.purge()).toBe(0)
    expect(files.files.size).toBe(0)
    expect(await exports.unread(asked.id)).toMatchObject({ _tag: "ExportExpired" })
  })

  test("a file store that fails, and a worker that died, leave a failed export and no file", async () => {
    const tenant = await host.tenant()
    const full: ExportFiles = {
      ...memory(),
      write: (path, chunks) => Effect.zipRight(Stream.runDrain(chunks), new ExportFileFailed({ path, reason: "ENOSPC" }))
    }
    const failing = exporter(tenant, full)
    const first = await failing.ask({ export_type: "customers" })
    expect(await failing.runNext()).toMatchObject({ id: first.id, status: "failed", error_message: expect.stringContaining("ENOSPC") })
    expect(await failing.unread(first.id)).toMatchObject({ _tag: "ExportNotReady", status: "failed" })

    const files = memory()
    const exports = exporter(tenant, files)
    const second = await exports.ask({ export_type: "customers" })
    // What a killed process leaves: the row under way, perhaps with its file.
    await tenant.run(
      Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => sql`UPDATE data_exports SET status = 'processing', started_at = '2025-03-01T00:00:00.000Z', claim_id = ${second.id},
          leased_until = '2025-03-01T00:02:00.000Z' WHERE id = ${second.id}`
      )
    )
    await Effect.runPromise(files.write(`${tenant.organization}/${second.id}.csv`, Stream.empty))
    tenant.at("2025-03-01T00:01:59Z")
    expect(await exports.runDue()).toEqual({ completed: 0, failed: 0 })
    tenant.at("2025-03-01T00:02:00Z")
    expect(await exports.runDue()).toEqual({ completed: 0, failed: 1 })
    expect(await exports.get(second.id)).toMatchObject({ status: "failed", error_message: "the job died" })
    expect(files.files.size).toBe(0)
  })

  test("what changes while an export is written is not in it", async () => {
    const tenant = await host.tenant()
    const rename = Effect.flatMap(Customers, (customers) => customers.update({ external_id: "c" }, { name: "Renamed" }))
    await tenant.run(
      Effect.gen(function* () {
        const { insert } = statements(yield* SqlClient.SqlClient, yield* Dialect)
        const [customer] = (yield* (yield* Customers).list({})).items
        const ids = yield* (yield* Ids).many(5000)
        yield* insert(
          customersTable,
          ids.map((id, at) => ({ ...customer!, id, external_id: `c${at}` }))
        )
      })
    )
    const kept = memory()
    // Between the first rows and the last one, a customer is renamed.
    const writing: ExportFiles = {
      ...kept,
      write: (path, chunks) =>
        kept.write(
          path,
          Stream.mapEffect(Stream.zipWithIndex(chunks), ([chunk, at]) =>
            at === 1
              ? Effect.as(
                  Effect.promise(() => tenant.run(rename)),
                  chunk
                )
              : Effect.succeed(chunk)
          )
        )
    }
    const lines = await exporter(tenant, writing).lines({ export_type: "customers" })
    expect(lines).toHaveLength(5002)
    expect(lines.at(-1)).toMatch(/^c,Customer,/)
    expect((await exporter(tenant).lines({ export_type: "customers" })).at(-1)).toMatch(/^c,Renamed,/)
  })
})

describe("a folder of exports", () => {
  const root = mkdtempSync(join(tmpdir(), "billwright-exports-"))
  const files = folder(root)
  const bytes = (text: string) => new TextEncoder().encode(text)
  const textOf = (path: string) =>
    Effect.runPromise(Effect.map(Stream.runCollect(Stream.decodeText(files.read(path))), (parts) => [...parts].join("")))

  test("keeps what was written whole, and nothing of what was cut off", async () => {
    await Effect.runPromise(files.write("o/a.csv", Stream.make(bytes("one "), bytes("two"))))
    expect(await textOf("o/a.csv")).toBe("one two")
    const cut = Stream.concat(Stream.make(bytes("thr")), Stream.fail("cut off" as const))
    expect(await Effect.runPromise(Effect.flip(files.write("o/a.csv", cut)))).toBe("cut off")
    expect(await textOf("o/a.csv")).toBe("one two")
    expect(readdirSync(join(root, "o"))).toEqual(["a.csv"])
    await Effect.runPromise(files.remove("o/a.csv"))
    await Effect.runPromise(files.remove("o/a.csv"))
    expect(await Effect.runPromise(Effect.flip(Stream.runDrain(files.read("o/a.csv"))))).toMatchObject({ reason: "ENOENT" })
  })

  test("no path leads out of it", async () => {
    const outside = `${root}-outside.csv`
    writeFileSync(outside, "theirs")
    for (const path of ["../x.csv", `../${outside.split("/").at(-1)}`, "..", "", ".", "o/../../x", "a\0b"]) {
      expect(await Effect.runPromise(Effect.flip(files.write(path, Stream.empty)))).toMatchObject({
        reason: "the path leads out of the folder"
      })
      expect(await Effect.runPromise(Effect.flip(files.remove(path)))).toMatchObject({ _tag: "ExportFileFailed" })
    }
    expect(readFileSync(outside, "utf8")).toBe("theirs")
  })
})
