import { Effect } from "effect"
import { expect, it } from "vitest"
import { type ProviderScript, scriptedProvider } from "../../adapters/testing/index.js"
import { Doctor } from "../../src/operations/index.js"
import {
  Collecting,
  type CreateCampaignInput,
  Dunning,
  DunningCampaigns,
  PaymentMethods,
  PaymentRequests,
  Payments
} from "../../src/payments/index.js"
import { abortAtStatement } from "../support/abort-at-statement.js"
import { type BillingHost, describeBilling, type Tenant } from "../support/billing.js"
import { countStatements } from "../support/count-statements.js"

const violations = Effect.flatMap(Doctor, (doctor) => Effect.map(doctor.check(), (report) => report.violations))
const collectDue = Effect.flatMap(Collecting, (collecting) => collecting.collectDue())
const runDunning = Effect.flatMap(Dunning, (dunning) => dunning.run())
const campaign = (input: Partial<CreateCampaignInput> = {}) =>
  Effect.flatMap(DunningCampaigns, (campaigns) =>
    campaigns.create({ code: "d", name: "Dunning", thresholds: [{ currency: "EUR", amount_cents: 5_000n }], ...input })
  )
const requests = <A, E, R>(use: (service: typeof PaymentRequests.Service) => Effect.Effect<A, E, R>) => Effect.flatMap(PaymentRequests, use)
const campaigns = <A, E, R>(use: (service: typeof DunningCampaigns.Service) => Effect.Effect<A, E, R>) =>
  Effect.flatMap(DunningCampaigns, use)
const allRequests = (t: Tenant) =>
  t.run(requests((service) => Effect.map(service.list({ order_by: "created_at:asc" }), ({ items }) => items)))
const ids = (t: Tenant) => t.invoices().then((all) => all.map(({ invoice }) => invoice.id as string))

const pays = (id: string, external_customer_id = "c") =>
  Effect.flatMap(PaymentMethods, (methods) =>
    methods.add({ external_customer_id, provider: "stripe", provider_payment_method_id: id, is_default: true })
  )

/** A tenant whose customers owe 5,000 EUR each since 1 February, due on 3 March; nobody has a payment method. */
const owing = async (host: BillingHost, customers: ReadonlyArray<string> = ["c"], script: ProviderScript = {}) => {
  const provider = scriptedProvider(script)
  const t = await host.tenant({ providers: [provider], customer: { email: "c@example.com" } })
  t.at("2025-01-01T00:00:00Z")
  await t.plan({ code: "p", currency: "EUR", amount_cents: 5_000n })
  for (const id of customers) {
    if (id !== "c") await t.customer({ external_id: id, name: id })
    await t.subscribe(id, "p", { external_customer_id: id })
  }
  await t.bill("2025-02-01T00:00:00Z")
  return { t, provider }
}

const OVERDUE = "2025-03-04T12:00:00Z"

describeBilling("dunning", (host) => {
  it("asks once for what is overdue, tries it again in time, and has failed after the last attempt", async () => {
    const { t } = await owing(host)
    const made = await t.run(campaign({ max_attempts: 2, bcc_emails: ["books@example.com"] }))
    t.at("2025-03-03T12:00:00Z")
    expect(await t.run(runDunning)).toEqual({ requests: 0, attempts: 0, settled: 0 })
    t.at(OVERDUE)
    expect(await t.run(runDunning)).toEqual({ requests: 1, attempts: 1, settled: 0 })
    expect(await t.run(runDunning)).toEqual({ requests: 0, attempts: 0, settled: 0 })
    t.at("2025-03-07T12:00:00Z")
    expect(await t.run(runDunning)).toEqual({ requests: 0, attempts: 1, settled: 0 })
    const [request] = await allRequests(t)
    expect(request).toMatchObject({ payment_status: "failed", payment_attempts: 2, amount_cents: 5_000n })
    t.at("2025-06-01T12:00:00Z")
    expect(await t.run(runDunning)).toMatchObject({ attempts: 0 })

    const steps = await t.run(requests((service) => service.history(request!.id)))
    expect(steps.map(({ action, attempt, error, new_status }) => [action, attempt, new_status, error])).toEqual([
      ["created", 0, "pending", null],
      ["attempted", 1, "pending", null],
      ["failed", 1, "pending", "no payment method"],
      ["attempted", 2, "pending", null],
      ["failed", 2, "failed", "no payment method"]
    ])
    const timeline = await t.run(campaigns((service) => service.timeline(made.id)))
    expect(timeline.items.map(({ id }) => id)).toEqual(steps.map(({ id }) => id))
    const executions = await t.run(campaigns((service) => service.executions(made.id)))
    expect(executions.items).toMatchObject([
      { request: { id: request!.id }, invoice_ids: await ids(t), steps: steps.map(({ id }) => ({ id })) }
    ])
    const reminders = await t.run(Effect.flatMap(Dunning, (dunning) => dunning.reminders()))
    expect(reminders.map(({ amount_cents, attempt, bcc_emails, email }) => [attempt, email, bcc_emails, amount_cents])).toEqual([
      [1, "c@example.com", ["books@example.com"], 5_000n],
      [2, "c@example.com", ["books@example.com"], 5_000n]
    ])
    await t.run(Effect.flatMap(Dunning, (dunning) => dunning.markSent(reminders.map(({ id }) => id))))
    expect(await t.run(Effect.flatMap(Dunning, (dunning) => dunning.reminders()))).toEqual([])
    expect(await t.run(violations)).toEqual([])
  })

  it("is one charge over all invoices of a request, with a payment for each", async () => {
    const { provider, t } = await owing(host, ["c", "d"])
    await t.subscribe("c2", "p")
    await t.bill("2025-03-01T00:00:00Z")
    await t.run(campaign())
    await t.run(pays("succeeds"))
    t.at("2025-04-01T12:00:00Z")
    expect(await t.run(runDunning)).toMatchObject({ requests: 2, attempts: 2 })
    expect(await t.run(collectDue)).toMatchObject({ charges: 1, succeeded: 1 })
    const [request] = (await allRequests(t)).filter(({ payment_status }) => payment_status === "succeeded")
    expect(request).toMatchObject({ payment_attempts: 1, amount_cents: 15_000n, ready_for_payment_processing: true })
    expect([...provider.charges.entries()].map(([key, { call }]) => [key, call.amount_cents])).toEqual([[`${request!.id}/1`, 15_000n]])
    const payments = await t.run(Effect.flatMap(Payments, (service) => service.list({ payment_request_id: request!.id })))
    expect(payments.items.map(({ amount_cents, status }) => [status, amount_cents])).toEqual(Array(3).fill(["succeeded", 5_000n]))
    expect(await t.run(violations)).toEqual([])
  })

  it("stops where the invoices are paid otherwise", async () => {
    const { t } = await owing(host)
    await t.run(campaign())
    t.at(OVERDUE)
    await t.run(runDunning)
    await t.run(
      Effect.flatMap(Payments, (payments) =>
        Effect.flatMap(
          Effect.promise(() => ids(t)),
          ([id]) => payments.record({ invoice_id: id! })
        )
      )
    )
    expect(await allRequests(t)).toMatchObject([{ payment_status: "succeeded", payment_attempts: 1 }])
    t.at("2025-03-20T12:00:00Z")
    expect(await t.run(runDunning)).toEqual({ requests: 0, attempts: 0, settled: 0 })
  })

  it("does not charge again while a charge is at work", async () => {
    const { provider, t } = await owing(host, ["c"], { charge: () => "processing" })
    await t.run(campaign())
    await t.run(pays("succeeds"))
    t.at(OVERDUE)
    await t.run(runDunning)
    await t.run(collectDue)
    t.at("2025-03-20T12:00:00Z")
    expect(await t.run(runDunning)).toMatchObject({ attempts: 0 })
    expect(await t.run(collectDue)).toMatchObject({ processing: 1 })
    expect(provider.charges.size).toBe(1)
    expect(await allRequests(t)).toMatchObject([{ payment_status: "pending", ready_for_payment_processing: false }])
  })

  it("shows what it would do, and does not do it", async () => {
    const { t } = await owing(host, ["c", "d"])
    await t.run(campaign())
    t.at(OVERDUE)
    const preview = await t.run(Effect.flatMap(Dunning, (dunning) => dunning.preview()))
    expect(preview.pending).toEqual([])
    expect(preview.created.map(({ request }) => request.amount_cents)).toEqual([5_000n, 5_000n])
    expect(await allRequests(t)).toEqual([])
    await t.run(runDunning)
    const made = await allRequests(t)
    expect(made.map(({ customer_id }) => customer_id)).toEqual(preview.created.map(({ request }) => request.customer_id))
    const after = await t.run(Effect.flatMap(Dunning, (dunning) => dunning.preview()))
    expect([after.created.length, after.pending.length]).toEqual([0, 2])
  })

  it("by three runs at once acts once", async () => {
    const { t } = await owing(host, ["c", "d", "e", "f"])
    await t.run(campaign())
    t.at(OVERDUE)
    const runs = await t.run(Effect.all([runDunning, runDunning, runDunning], { concurrency: "unbounded" }))
    expect(runs.reduce((sum, run) => sum + run.requests, 0)).toBe(4)
    expect((await allRequests(t)).map(({ payment_attempts }) => payment_attempts)).toEqual([1, 1, 1, 1])
    t.at("2025-03-08T12:00:00Z")
    const again = await t.run(Effect.all([runDunning, runDunning, runDunning], { concurrency: "unbounded" }))
    expect(again.reduce((sum, run) => sum + run.attempts, 0)).toBe(4)
    expect(await t.run(violations)).toEqual([])
  })

  it("that is stopped anywhere is finished by the next run, with one request and one attempt for each customer", async () => {
    const customers = Array.from({ length: 26 }, (_, index) => `k${index}`)
    const { provider, t } = await owing(host, customers)
    await t.run(campaign())
    for (const id of customers) await t.run(pays("succeeds", id))
    t.at(OVERDUE)
    // Small batches: each stop leaves some customers done and others not.
    const run = Effect.flatMap(Dunning, (dunning) => dunning.run({ batch_size: 1 }))
    let stopped = true
    for (let n = 1; stopped && n < 60; n++) stopped = await t.run(abortAtStatement(run, n))
    await t.run(runDunning)
    await t.run(collectDue)
    const made = await allRequests(t)
    expect(made.map(({ payment_attempts, payment_status }) => [payment_status, payment_attempts])).toEqual(
      Array(customers.length).fill(["succeeded", 1])
    )
    expect(provider.charges.size).toBe(customers.length)
    expect(await t.run(violations)).toEqual([])
  }, 120_000)

  it("takes as many statements for twelve customers as for two", async () => {
    const counted = async (customers: ReadonlyArray<string>) => {
      const { t } = await owing(host, customers)
      await t.run(campaign())
      for (const id of customers) await t.run(pays("succeeds", id))
      t.at(OVERDUE)
      const [run, statements] = await t.run(countStatements(runDunning))
      expect(run).toMatchObject({ requests: customers.length, attempts: customers.length })
      return statements
    }
    expect(await counted(["c", ...Array.from({ length: 11 }, (_, index) => `k${index}`)])).toBe(await counted(["c", "d"]))
  }, 60_000)

  it("counts what it recovered", async () => {
    const { t } = await owing(host, ["c", "d", "e"])
    const made = await t.run(campaign({ max_attempts: 1 }))
    expect(await t.run(campaigns((service) => service.statistics()))).toEqual({
      campaigns: 1,
      active_campaigns: 1,
      requests: { pending: 0, succeeded: 0, failed: 0 },
      recovery_rate: "0.0",
      amounts: []
    })
    await t.run(pays("succeeds", "c"))
    await t.run(pays("succeeds", "d"))
    t.at(OVERDUE)
    await t.run(runDunning)
    await t.run(collectDue)
    expect(await t.run(campaigns((service) => service.statistics(made.id)))).toMatchObject({
      requests: { pending: 0, succeeded: 2, failed: 1 },
      recovery_rate: "66.7",
      amounts: [{ currency: "EUR", recovered_cents: 10_000n, outstanding_cents: 0n }]
    })
    expect(await t.fail(campaigns((service) => service.delete(made.id)))).toMatchObject({ _tag: "StillReferenced", count: 3 })
  })
})

describeBilling("dunning campaigns", (host) => {
  it("have a code of their own, one threshold for a currency, and thresholds that are replaced as a whole", async () => {
    const t = await host.tenant()
    const made = await t.run(campaign())
    expect(await t.fail(campaign())).toMatchObject({ _tag: "CodeTaken", code: "d" })
    const twice = [1n, 2n].map((amount_cents) => ({ currency: "EUR", amount_cents }))
    expect(await t.fail(campaign({ code: "e", thresholds: twice }))).toMatchObject({ _tag: "InvalidInput", field: "thresholds" })
    expect(await t.fail(campaign({ code: "e", thresholds: [{ currency: "ZZZ", amount_cents: 1n }] }))).toMatchObject({
      _tag: "UnknownCurrency"
    })
    expect(await t.fail(campaign({ code: "e", max_attempts: 0 }))).toMatchObject({ _tag: "InvalidInput", field: "max_attempts" })
    expect(await t.fail(campaign({ code: "e", bcc_emails: ["nobody"] }))).toMatchObject({ _tag: "InvalidInput", field: "bcc_emails[0]" })
    const changed = await t.run(
      campaigns((service) => service.update(made.id, { status: "inactive", thresholds: [{ currency: "USD", amount_cents: "7" }] }))
    )
    expect(await t.run(campaigns((service) => service.get(made.id)))).toEqual(changed)
    expect(changed).toMatchObject({ code: "d", status: "inactive", thresholds: [{ currency: "USD", amount_cents: 7n }] })
    await t.run(campaigns((service) => service.delete(made.id)))
    expect(await t.fail(campaigns((service) => service.get(made.id)))).toMatchObject({ _tag: "DunningCampaignNotFound" })
  })
})

describeBilling("payment requests by hand", (host) => {
  const ask = (invoice_ids: ReadonlyArray<string>, external_customer_id = "c") =>
    requests((service) => service.create({ external_customer_id, invoice_ids }))

  it("ask for several invoices at once, and are tried on call", async () => {
    const { t } = await owing(host)
    await t.bill("2025-03-01T00:00:00Z")
    const { request } = await t.run(ask(await ids(t)))
    expect(request).toMatchObject({ payment_status: "pending", amount_cents: 10_000n, payment_attempts: 0, dunning_campaign_id: null })
    expect(await t.run(requests((service) => service.attempt(request.id)))).toMatchObject({
      payment_status: "pending",
      payment_attempts: 1
    })
    await t.run(pays("fails"))
    await t.run(requests((service) => service.attempt(request.id)))
    expect(await t.fail(requests((service) => service.attempt(request.id)))).toMatchObject({ _tag: "PaymentInProgress" })
    await t.run(collectDue)
    expect(await allRequests(t)).toMatchObject([{ payment_status: "pending", payment_attempts: 2, ready_for_payment_processing: true }])
    await t.run(pays("succeeds"))
    await t.run(requests((service) => service.attempt(request.id)))
    await t.run(collectDue)
    expect(await allRequests(t)).toMatchObject([{ payment_status: "succeeded", payment_attempts: 3 }])
    expect(await t.fail(requests((service) => service.attempt(request.id)))).toMatchObject({ _tag: "InvalidTransition", from: "succeeded" })
    expect(await t.run(violations)).toEqual([])
  })

  it("refuse what is not the customer's, not due, asked for already, or not there", async () => {
    const { t } = await owing(host, ["c", "d"])
    const all = await t.invoices()
    const of = async (name: string) => {
      const customer = await t.run(
        Effect.map(
          Effect.promise(() => t.invoices()),
          () => name
        )
      )
      return all.find(({ invoice }) => invoice.parties.customer.external_id === customer)!.invoice.id as string
    }
    const mine = await of("c")
    expect(await t.fail(ask([mine], "nobody"))).toMatchObject({ _tag: "CustomerNotFound" })
    expect(await t.fail(ask([await of("d")]))).toMatchObject({ _tag: "CustomerMismatch" })
    expect(await t.fail(ask([]))).toMatchObject({ _tag: "InvalidInput", field: "invoice_ids" })
    expect(await t.fail(ask(["00000000-0000-7000-8000-000000000000"]))).toMatchObject({ _tag: "InvoiceNotFound" })
    const { request } = await t.run(ask([mine, mine]))
    expect(await t.fail(ask([mine]))).toMatchObject({ _tag: "InvoiceAlreadyRequested", invoice_id: mine })
    expect(await t.run(requests((service) => service.fail(request.id)))).toMatchObject({ payment_status: "failed" })
    await t.run(Effect.flatMap(Payments, (payments) => payments.record({ invoice_id: mine })))
    expect(await t.fail(ask([mine]))).toMatchObject({ _tag: "NothingDue" })
  })

  it("for all that is overdue are one for each customer and currency, and a second call says that all is asked for", async () => {
    const { t } = await owing(host, ["c", "d"])
    t.at(OVERDUE)
    const made = await t.run(requests((service) => service.createOverdue()))
    expect(made).toMatchObject({ succeeded: 2, failed: 0 })
    expect(made.items.map((item) => item.ok && item.request.request.amount_cents)).toEqual([5_000n, 5_000n])
    const again = await t.run(requests((service) => service.createOverdue()))
    expect(again).toMatchObject({ succeeded: 0, failed: 2 })
    expect(again.items.map((item) => !item.ok && item.error._tag)).toEqual(["InvoiceAlreadyRequested", "InvoiceAlreadyRequested"])
    expect(again.items.map(({ id }) => id)).toEqual(made.items.map(({ id }) => id))
  })
})
