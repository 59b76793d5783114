import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { Billing, Invoices } from "../../src/invoicing/index.js"
import { Subscriptions } from "../../src/subscriptions/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"

const PER_CALL = { charge_model: "standard", properties: { amount: "0.10" }, metric_code: "calls" } as const

/** A tenant with a count of calls, and a plan `p` of 30.00 a month and 0.10 a call. */
const withCalls = async (tenant: Tenant) => {
  await tenant.metric("calls", { aggregation_type: "count" })
  await tenant.plan({ code: "p", amount_cents: "3000", charges: [PER_CALL] })
  return tenant
}

const figures = async (tenant: Tenant) =>
  (await tenant.invoices()).map(({ fees, invoice }) => ({
    number: invoice.invoice_number,
    status: invoice.status,
    total: invoice.total_cents,
    fees: fees.map((fee) => [fee.fee_type, fee.amount_cents])
  }))

describeBilling("the billing run", (host) => {
  it("passes over usage that no document can hold, until it is corrected, and bills everybody else", async () => {
    const tenant = await host.tenant()
    tenant.at("2025-01-01T00:00:00Z")
    await tenant.metric("bytes", { aggregation_type: "sum", field_name: "n" })
    const charge = { metric_code: "bytes", charge_model: "standard", properties: { amount: "1" } } as const
    await tenant.plan({ code: "p", amount_cents: "100", charges: [charge] })
    const wrong = await tenant.subscribe("wrong", "p")
    await tenant.subscribe("right", "p")
    const huge = `1${"0".repeat(30)}`
    await tenant.ingest("bytes", "2025-01-05T00:00:00Z", { properties: { n: huge }, subscription: "wrong" })
    const reason = "standard charge cannot be rated: usage of bytes makes more than 10000000000000000 minor units"
    const run = await tenant.bill("2025-02-01T00:00:00Z")
    expect(run).toMatchObject({ invoices: 1, failures: [{ id: wrong.id, error: { _tag: "ChargeNotRatable", message: reason } }] })
    expect((await figures(tenant)).map(({ total }) => total)).toEqual([100n])
    await tenant.ingest("bytes", "2025-01-06T00:00:00Z", { properties: { n: `-${huge}` }, subscription: "wrong" })
    await tenant.ingest("bytes", "2025-01-07T00:00:00Z", { properties: { n: "99999999999999" }, subscription: "wrong" })
    expect(await tenant.bill("2025-02-01T01:00:00Z")).toMatchObject({ invoices: 1, failures: [] })
    expect((await figures(tenant)).map(({ total }) => total)).toEqual([100n, 9_999_999_999_999_900n + 100n])
    expect(await tenant.violations()).toEqual([])
  })

  describe("closes what has ended", () => {
    it("a month in arrears: base fee and usage on one invoice, with its days, period, dates and number", async () => {
      const tenant = await withCalls(await host.tenant())
      tenant.at("2025-01-10T09:00:00Z")
      await tenant.subscribe("s", "p")
      await tenant.ingest("calls", "2025-01-20T00:00:00Z", { count: 5 })
      expect(await tenant.bill("2025-02-01T00:00:00Z")).toEqual({ pieces: 1, invoices: 1, issued: 1, failures: [] })
      const [document] = await tenant.invoices()
      expect(document!.invoice).toMatchObject({
        invoice_number: "INV-0001",
        status: "finalized",
        subtotal_cents: 2179n,
        total_cents: 2179n,
        currency: "EUR"
      })
      expect(document!.fees).toMatchObject([
        {
          fee_type: "subscription",
          amount_cents: 2129n,
          precise_amount_cents: "2129.032258064516129",
          properties: { days: 22, full_days: 31 }
        },
        { fee_type: "charge", amount_cents: 50n, units: "5", events_count: 5, metric_code: "calls" }
      ])
      expect(document!.invoice.line_items).toMatchObject([
        { description: "p", quantity: "1", amount: "21.29", metric_code: null },
        { description: "calls", quantity: "5", amount: "0.50", metric_code: "calls" }
      ])
      expect(document!.invoice.due_date?.epochMillis).toBe(Date.parse("2025-03-03T00:00:00Z"))
    })

    it("in advance: the first base fee at the start, each next one with the usage that ended", async () => {
      const tenant = await withCalls(await host.tenant())
      tenant.at("2025-01-10T09:00:00Z")
      await tenant.subscribe("s", "p", { pay_in_advance: true })
      expect(await figures(tenant)).toEqual([{ number: "INV-0001", status: "finalized", total: 2129n, fees: [["subscription", 2129n]] }])
      await tenant.ingest("calls", "2025-01-20T00:00:00Z", { count: 5 })
      await tenant.bill("2025-02-01T00:00:00Z")
      expect((await figures(tenant))[1]).toEqual({
        number: "INV-0002",
        status: "finalized",
        total: 3050n,
        fees: [
          ["subscription", 3000n],
          ["charge", 50n]
        ]
      })
    })

    it("every missed period by itself, oldest first, and a second run nothing", async () => {
      const tenant = await withCalls(await host.tenant())
      tenant.at("2025-01-01T00:00:00Z")
      await tenant.subscribe("s", "p")
      for (const [month, count] of [
        ["01", 1],
        ["02", 2],
        ["03", 3]
      ] as const)
        await tenant.ingest("calls", `2025-${month}-20T00:00:00Z`, { count })
      expect(await tenant.bill("2025-04-03T00:00:00Z")).toMatchObject({ pieces: 3, invoices: 3, issued: 3 })
      const after = await figures(tenant)
      expect(after.map(({ number, total }) => [number, total])).toEqual([
        ["INV-0001", 3010n],
        ["INV-0002", 3020n],
        ["INV-0003", 3030n]
      ])
      expect(await tenant.bill("2025-04-03T00:00:00Z")).toEqual({ pieces: 0, invoices: 0, issued: 0, failures: [] })
      expect(await figures(tenant)).toEqual(after)
    })

    it("numbers without gap, in order of instants, however the batches fall", async () => {
      const tenant = await withCalls(await host.tenant())
      for (const [index, day] of ["05", "03", "09", "01"].entries()) {
        tenant.at("2025-01-01T00:00:00Z")
        await tenant.subscribe(`s${index}`, "p", { started_at: `2024-12-${day}T00:00:00Z`, billing_time: "anniversary" })
      }
      await tenant.bill("2025-03-10T00:00:00Z", 3)
      const invoices = (await tenant.invoices()).map(({ invoice }) => invoice)
      expect(invoices).toHaveLength(12)
      expect(invoices.map((invoice) => invoice.invoice_number)).toEqual(
        invoices.map((_, index) => `INV-${String(index + 1).padStart(4, "0")}`)
      )
      const instants = invoices.map((invoice) => invoice.billed_at.epochMillis)
      expect(instants).toEqual(instants.toSorted((a, b) => a - b))
    })

    it("once, though two runs come at the same time", async () => {
      const tenant = await withCalls(await host.tenant())
      tenant.at("2025-01-01T00:00:00Z")
      for (let index = 0; index < 12; index++) await tenant.subscribe(`s${index}`, "p")
      tenant.at("2025-03-01T00:00:00Z")
      const run = Effect.flatMap(Billing, (billing) => billing.billDue({ batch_size: 5 }))
      const runs = await tenant.run(Effect.all([run, run, run], { concurrency: "unbounded" }))
      expect(runs.reduce((sum, { invoices }) => sum + invoices, 0)).toBe(24)
      const numbers = (await tenant.invoices()).map(({ invoice }) => invoice.invoice_number).toSorted()
      expect(numbers).toEqual(numbers.map((_, index) => `INV-${String(index + 1).padStart(4, "0")}`))
      expect(numbers).toHaveLength(24)
    })

    it("a period without fee leaves no invoice, and is over", async () => {
      const tenant = await host.tenant()
      await tenant.plan({ code: "free" })
      tenant.at("2025-01-01T00:00:00Z")
      await tenant.subscribe("s", "free")
      expect(await tenant.bill("2025-02-01T00:00:00Z")).toEqual({ pieces: 1, invoices: 0, issued: 0, failures: [] })
      expect(await tenant.bill("2025-02-01T00:00:00Z")).toMatchObject({ pieces: 0 })
    })
  })

  describe("with a grace period", () => {
    const draftOf = async () => {
      const tenant = await withCalls(await host.tenant({ grace: 3 }))
      tenant.at("2025-01-01T00:00:00Z")
      await tenant.subscribe("s", "p")
      await tenant.bill("2025-02-01T00:00:00Z")
      const [draft] = await tenant.invoices()
      return { tenant, id: draft!.invoice.id }
    }

    it("a draft has no number, follows its usage, and is final on its day", async () => {
      const { id, tenant } = await draftOf()
      expect(await figures(tenant)).toMatchObject([{ number: null, status: "draft", total: 3000n }])
      await tenant.ingest("calls", "2025-01-31T23:59:59Z", { count: 2 })
      await tenant.run(Effect.flatMap(Invoices, (invoices) => invoices.refresh(id)))
      expect(await figures(tenant)).toMatchObject([{ number: null, status: "draft", total: 3020n }])
      await tenant.ingest("calls", "2025-01-31T23:59:59Z")
      expect(await tenant.finalizeDue("2025-02-03T23:59:59Z")).toEqual({ issued: 0, failures: [] })
      expect(await tenant.finalizeDue("2025-02-04T00:00:00Z")).toEqual({ issued: 1, failures: [] })
      expect(await figures(tenant)).toMatchObject([{ number: "INV-0001", status: "finalized", total: 3030n }])
      expect(await tenant.finalizeDue("2025-02-05T00:00:00Z")).toEqual({ issued: 0, failures: [] })
    })

    it("is finalized by hand once, and refused afterwards", async () => {
      const { id, tenant } = await draftOf()
      tenant.at("2025-02-02T00:00:00Z")
      const document = await tenant.run(Effect.flatMap(Invoices, (invoices) => invoices.finalize(id)))
      expect(document.invoice).toMatchObject({ invoice_number: "INV-0001", status: "finalized" })
      for (const again of [Effect.flatMap(Invoices, (one) => one.finalize(id)), Effect.flatMap(Invoices, (one) => one.refresh(id))]) {
        expect(await tenant.fail(again)).toMatchObject({ _tag: "InvalidTransition", from: "finalized" })
      }
      expect(await tenant.finalizeDue("2025-02-04T00:00:00Z")).toEqual({ issued: 0, failures: [] })
    })

    it("gets one number, though it is finalized twice at the same time", async () => {
      const { id, tenant } = await draftOf()
      const finalize = Effect.either(Effect.flatMap(Invoices, (invoices) => invoices.finalize(id)))
      const results = await tenant.run(Effect.all([finalize, finalize, finalize], { concurrency: "unbounded" }))
      expect(results.filter((result) => result._tag === "Right")).toHaveLength(1)
      expect(await figures(tenant)).toMatchObject([{ number: "INV-0001" }])
    })
  })

  it("a preview is what is then issued, and leaves no trace", async () => {
    const tenant = await withCalls(await host.tenant())
    await tenant.tax("vat", "0.20")
    tenant.at("2025-01-10T09:00:00Z")
    await tenant.subscribe("s", "p")
    await tenant.ingest("calls", "2025-01-20T00:00:00Z", { count: 5 })
    tenant.at("2025-01-25T00:00:00Z")
    const preview = await tenant.run(Effect.flatMap(Invoices, (invoices) => invoices.preview({ external_id: "s" })))
    expect(await tenant.invoices()).toEqual([])
    await tenant.bill("2025-02-01T00:00:00Z")
    const [issued] = await tenant.invoices()
    expect(preview).toMatchObject({
      subtotal_cents: issued!.invoice.subtotal_cents,
      tax_amount_cents: issued!.invoice.tax_amount_cents,
      total_cents: issued!.invoice.total_cents,
      billing_period_start: issued!.invoice.billing_period_start
    })
    expect(preview!.fees.map((fee) => fee.total_amount_cents)).toEqual(issued!.fees.map((fee) => fee.total_amount_cents))
  })

  it("every fee is explained, and its explanation ends with its total", async () => {
    const tenant = await withCalls(await host.tenant())
    await tenant.tax("vat", "0.20")
    tenant.at("2025-01-10T09:00:00Z")
    await tenant.subscribe("s", "p")
    await tenant.ingest("calls", "2025-01-20T00:00:00Z", { count: 5 })
    await tenant.bill("2025-02-01T00:00:00Z")
    const [document] = await tenant.invoices()
    const [base, calls] = await tenant.run(
      Effect.flatMap(Invoices, (invoices) => Effect.forEach(document!.fees, (fee) => invoices.explain(fee.id)))
    )
    expect(base!.steps).toEqual([
      "p, 2025-01-10 to 2025-01-31",
      "22 of 31 days of 30.00 EUR",
      "2129.032258064516129 minor units, rounded once to 2129",
      "fee 21.29 EUR",
      "vat 20 % on 21.29 EUR: its share of the invoice's tax is 4.26 EUR",
      "total 25.55 EUR"
    ])
    expect(calls!.steps.at(-1)).toBe("total 0.60 EUR")
    expect(calls!.steps[1]).toBe("5 events → 5 units (count)")
  })

  it("an end cuts the window; what comes at the end or later is never billed", async () => {
    const tenant = await withCalls(await host.tenant())
    tenant.at("2025-01-01T00:00:00Z")
    await tenant.subscribe("s", "p")
    await tenant.ingest("calls", "2025-01-15T08:59:59Z")
    await tenant.ingest("calls", "2025-01-15T09:00:00Z", { subscription: "s" })
    tenant.at("2025-01-15T09:00:00Z")
    await tenant.run(Effect.flatMap(Subscriptions, (service) => service.terminate({ external_id: "s" })))
    expect(await figures(tenant)).toMatchObject([
      {
        total: 1462n,
        fees: [
          ["subscription", 1452n],
          ["charge", 10n]
        ]
      }
    ])
    expect(await tenant.bill("2025-03-01T00:00:00Z")).toMatchObject({ pieces: 0 })
  })

  it("a plan that changes in the instant of a resuming replaces the fee that the resuming billed", async () => {
    const tenant = await withCalls(await host.tenant())
    await tenant.plan({ code: "q", amount_cents: "6000" })
    tenant.at("2025-03-01T00:00:00Z")
    await tenant.subscribe("s", "p", { pay_in_advance: true })
    const command = (verb: "pause" | "resume") =>
      tenant.run(Effect.flatMap(Subscriptions, (service) => service[verb]({ external_id: "s" })))
    tenant.at("2025-03-22T00:00:00Z")
    await command("pause")
    await tenant.bill("2025-04-01T00:00:00Z")
    tenant.at("2025-04-06T12:00:00Z")
    await command("resume")
    await tenant.run(Effect.flatMap(Subscriptions, (service) => service.changePlan({ external_id: "s" }, { plan_code: "q" })))
    // 25 of 30 days of each; of March ten of 31 were given back, and what the resuming billed is.
    expect((await figures(tenant)).map(({ total }) => total)).toEqual([3000n, 2500n, 5000n])
    expect(await tenant.bill("2025-05-01T00:00:00Z")).toMatchObject({ invoices: 1, failures: [] })
  })

  it("an invoice, a fee or a subscription of another organization answers as a missing one", async () => {
    const tenant = await withCalls(await host.tenant())
    tenant.at("2025-01-01T00:00:00Z")
    await tenant.subscribe("s", "p", { pay_in_advance: true })
    const [document] = await tenant.invoices()
    const stranger = await host.tenant()
    expect(await stranger.fail(Effect.flatMap(Invoices, (one) => one.get(document!.invoice.id)))).toMatchObject({ _tag: "InvoiceNotFound" })
    expect(await stranger.fail(Effect.flatMap(Invoices, (one) => one.explain(document!.fees[0]!.id)))).toMatchObject({
      _tag: "FeeNotFound"
    })
    expect(await stranger.fail(Effect.flatMap(Invoices, (one) => one.preview({ external_id: "s" })))).toMatchObject({
      _tag: "SubscriptionNotFound"
    })
    expect(await stranger.bill("2026-01-01T00:00:00Z")).toMatchObject({ pieces: 0 })
  })
})
