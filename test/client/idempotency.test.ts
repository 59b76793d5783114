/** Calls that name an idempotency key, through the Promise face of both engines (O6). */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { postgres } from "../../adapters/postgres/index.js"
import { sqlite } from "../../adapters/sqlite/index.js"
import { testClock } from "../../adapters/testing/index.js"
import { type Billing, BillingError, createBilling, type Database } from "../../src/client/index.js"
import { inSteps, toldOnce } from "../../src/client/once.js"
import { administration, ownership } from "../../src/client/rights.js"
import { freshDatabase } from "../support/postgres.js"
import { freshFile } from "../support/sqlite.js"

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

const rejection = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (reason: unknown) => reason
  )

describe.each(engines)("calls that name an idempotency key (%s)", (_, open) => {
  const clock = testClock("2025-03-01T00:00:00Z")
  let close: () => void | Promise<void>
  let billing: Billing
  const organization = async () => billing.organization((await billing.organizations.create({ name: "Acme" })).id)

  beforeAll(async () => {
    const opened = await open()
    close = opened.close
    billing = await createBilling({ database: opened.database, migrate: true, clock })
  })
  afterAll(async () => {
    await billing?.close()
    await close?.()
  })

  it("have one effect and one answer for the same content", async () => {
    const acme = await organization()
    const input = { external_id: "ada", name: "Ada", billing_metadata: { a: 1, b: [2] } }
    const first = await acme.customers.create(input, { idempotencyKey: "k" })
    expect(first.created_at).toEqual(new Date("2025-03-01T00:00:00Z"))
    const turned = { billing_metadata: { b: [2], a: 1 }, name: "Ada", external_id: "ada" }
    expect(await acme.customers.create(turned, { idempotencyKey: "k" })).toEqual(first)
    expect((await acme.customers.list({ total: true })).total).toBe(1)
    // Without the key, and for another organization, it is another call.
    expect(await rejection(acme.customers.create(input))).toMatchObject({ _tag: "ExternalIdTaken" })
    expect((await (await organization()).customers.create(input, { idempotencyKey: "k" })).id).not.toBe(first.id)
  })

  it("are refused for other content, of the same operation or another", async () => {
    const acme = await organization()
    await acme.customers.create({ external_id: "ada", name: "Ada" }, { idempotencyKey: "k" })
    const mismatch = { _tag: "IdempotencyMismatch", idempotency_key: "k", operation: "Customers.create" }
    expect(await rejection(acme.customers.create({ external_id: "bob", name: "Bob" }, { idempotencyKey: "k" }))).toMatchObject(mismatch)
    expect(await rejection(acme.taxes.create({ code: "t", name: "T", rate: "0.1" }, { idempotencyKey: "k" }))).toMatchObject(mismatch)
    expect((await acme.customers.list({ total: true })).total).toBe(1)
  })

  it("run again after a failure, which is not stored and leaves nothing", async () => {
    const acme = await organization()
    const subscribe = () =>
      acme.subscriptions.create({ external_id: "s", external_customer_id: "ada", plan_code: "p" }, { idempotencyKey: "k" })
    expect(await rejection(subscribe())).toMatchObject({ _tag: "CustomerNotFound" })
    await acme.customers.create({ external_id: "ada", name: "Ada" })
    expect(await rejection(subscribe())).toMatchObject({ _tag: "PlanNotFound" })
    await acme.plans.create({ code: "p", name: "P", interval: "monthly", amount_cents: 100n })
    expect(await subscribe()).toEqual(await subscribe())
  })

  it("eight at once have one effect; each gets the answer, or that it is under way", async () => {
    const acme = await organization()
    const calls = await Promise.all(
      Array.from({ length: 8 }, () =>
        acme.customers.create({ external_id: "ada", name: "Ada" }, { idempotencyKey: "k" }).catch((error: unknown) => error)
      )
    )
    const answered = calls.filter((call) => !(call instanceof BillingError)) as ReadonlyArray<{ readonly id: string }>
    for (const call of calls) if (call instanceof BillingError) expect(call._tag).toBe("IdempotencyInProgress")
    expect(answered.length).toBeGreaterThan(0)
    expect(new Set(answered.map(({ id }) => id)).size).toBe(1)
    expect((await acme.customers.list({ total: true })).total).toBe(1)
  })

  it("keep money, batches and jobs as they were answered", async () => {
    const acme = await organization()
    await acme.metrics.create({ code: "m", name: "M", aggregation_type: "count" })
    const event = { transaction_id: "t", external_customer_id: "c", code: "m", timestamp: "2025-03-01T00:00:00Z" }
    const batch = await acme.events.ingest([event], undefined, { idempotencyKey: "events" })
    expect(await acme.events.ingest([event], undefined, { idempotencyKey: "events" })).toEqual(batch)
    const plan = () => acme.plans.create({ code: "p", name: "P", interval: "monthly", amount_cents: 100n }, { idempotencyKey: "plan" })
    expect((await plan()).amount_cents).toBe(100n)
    expect(await plan()).toEqual(await acme.plans.get({ code: "p" }))
    const run = await acme.billDue({}, { idempotencyKey: "run" })
    expect(await acme.billDue({}, { idempotencyKey: "run" })).toEqual(run)
  })

  it("are forgotten after a day, by the purge and without it", async () => {
    const acme = await organization()
    clock.set("2025-03-01T00:00:00Z")
    const tax = (code: string) => acme.taxes.create({ code, name: code, rate: "0.1" }, { idempotencyKey: "k" })
    await tax("a")
    await acme.taxes.create({ code: "z", name: "z", rate: "0.1" }, { idempotencyKey: "other" })
    clock.set("2025-03-01T23:59:59Z")
    expect(await rejection(tax("b"))).toMatchObject({ _tag: "IdempotencyMismatch" })
    expect(await acme.idempotency.purge()).toEqual({ purged: 0 })
    clock.set("2025-03-02T00:00:00Z")
    expect((await tax("b")).code).toBe("b")
    expect(await acme.idempotency.purge()).toEqual({ purged: 1 })
    expect((await tax("b")).code).toBe("b")
    clock.set("2025-03-01T00:00:00Z")
  })

  it("are refused where a key is none, where the answer holds a secret, and for what cannot be repeated", async () => {
    const acme = await organization()
    for (const idempotencyKey of ["", " ", "x".repeat(256), 5 as never, "a\u0000"]) {
      expect(await rejection(acme.taxes.create({ code: "t", name: "T", rate: "0.1" }, { idempotencyKey }))).toMatchObject({
        _tag: "InvalidInput"
      })
    }
    for (const told of [
      acme.apiKeys.create({ name: "CI" }, { idempotencyKey: "k" }),
      acme.portal.createSession({ external_customer_id: "ada" }, { idempotencyKey: "k" })
    ]) {
      expect(await rejection(told)).toMatchObject({ _tag: "InvalidInput", field: "idempotencyKey" })
    }
    const stream = (async function* () {})()
    expect(await rejection(acme.events.ingestStream(stream as never, undefined, { idempotencyKey: "k" }))).toMatchObject({
      _tag: "InvalidInput"
    })
    const nobody = billing.organization("0190a000-0000-7000-8000-000000000000")
    expect(await rejection(nobody.customers.create({ external_id: "x", name: "X" }, { idempotencyKey: "k" }))).toMatchObject({
      _tag: "OrganizationNotFound"
    })
  })
})

describe("the operations that are told apart", () => {
  it("are there", async () => {
    const billing = await createBilling({ database: sqlite(":memory:") })
    const { api_key: _, id } = await billing.organizations.create({ name: "Acme" })
    const {
      actingAs,
      billDue,
      collectDue,
      fieldJobs: _jobs,
      finalizeDue,
      refundDue,
      simulate,
      tellOverdue,
      ...face
    } = billing.organization(id)
    const services = { ...face, ...actingAs("0190a000-0000-7000-8000-000000000000") }
    // Those at the face itself, and jobs.
    const single = [
      "Billing.billDue",
      "Billing.finalizeDue",
      "Calls.remindDue",
      "Collecting.collectDue",
      "Emergencies.escalateDue",
      "InstallationBills.billDue",
      "Organizations.update",
      "OverdueInvoices.tellOverdue",
      "Portals.createSession",
      "Refunding.refundDue",
      "Simulation.simulate",
      "Surveys.remindDue"
    ]
    expect([billDue, collectDue, finalizeDue, refundDue, simulate, tellOverdue].every((method) => typeof method === "function")).toBe(true)
    const named = Object.entries(services).flatMap(([service, methods]) =>
      typeof methods === "object" ? Object.keys(methods).map((method) => `${service[0]!.toUpperCase()}${service.slice(1)}.${method}`) : []
    )
    for (const operation of [...inSteps, ...toldOnce, ...administration, ...ownership])
      expect([...single, ...named], operation).toContain(operation)
    await billing.close()
  })
})
