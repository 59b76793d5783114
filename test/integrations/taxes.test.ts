/** Rates of a tax integration in place of the organization's own taxes: when they are asked for, what they make of documents, and what becomes of those without. */
import { Deferred, Effect } from "effect"
import { beforeEach, expect, it } from "vitest"
import { scriptedConnector } from "../../adapters/testing/index.js"
import { Customers } from "../../src/accounts/index.js"
import { Plans, type SuppliedTax, Taxes } from "../../src/catalog/index.js"
import { Transactor } from "../../src/core/index.js"
import { Coupons } from "../../src/credits/index.js"
import { type ConnectorFailure, failureOf, Integrations, type TaxConnector } from "../../src/integrations/index.js"
import { askingOutside, Billing, CreditNotes, Invoices, type InvoicesShape, UsageThresholds } from "../../src/invoicing/index.js"
import { Events, Metrics } from "../../src/metering/index.js"
import { AdminNotifications } from "../../src/operations/index.js"
import { Subscriptions } from "../../src/subscriptions/index.js"
import { describeEngines } from "../support/describe-engines.js"
import { type IntegrationHost, integrationHost } from "../support/integrations.js"

const STATE: SuppliedTax = { code: "avalara:US/CA/STA/06/CA STATE TAX/0.06", name: "CA STATE TAX", rate: "0.06" }
const DISTRICT: SuppliedTax = { code: "avalara:US/CA/STJ/EMTV/CA SPECIAL TAX/0.00375", name: "CA SPECIAL TAX", rate: "0.00375" }

const oneOff = { external_customer_id: "c", currency: "USD" }
const line = (description: string, unit_amount_cents: string) => ({ description, units: "1", unit_amount_cents })

describeEngines("taxes of an integration", (engine) => {
  let host: IntegrationHost
  let id: string
  let down: ConnectorFailure | undefined
  let given: (fee_id: string) => ReadonlyArray<SuppliedTax>
  /** What happens while the integration is asked. */
  let meanwhile: Effect.Effect<unknown>
  const avalara = scriptedConnector("avalara", { rates: () => down ?? ((fee_id) => given(fee_id)) })
  const connector: TaxConnector = {
    ...(avalara.connector as TaxConnector),
    rates: (call) =>
      Effect.zipLeft(
        (avalara.connector as TaxConnector).rates(call),
        Effect.suspend(() => meanwhile)
      )
  }

  const invoices = <A, E, R>(call: (service: InvoicesShape) => Effect.Effect<A, E, R>) => Effect.flatMap(Invoices, call)
  const finalizeDue = Effect.flatMap(Billing, (billing) => billing.finalizeDue())
  const billDue = Effect.flatMap(Billing, (billing) => billing.billDue())
  const raise = Effect.flatMap(AdminNotifications, (notices) => notices.raiseDue())
  const asked = () => avalara.rated().length
  const all = () => host.run(invoices((service) => Effect.map(service.list({ order_by: "created_at:asc" }), ({ items }) => items)))
  const figures = async () =>
    (await all()).map(({ coupons_amount_cents, invoice_number, status, subtotal_cents, tax_amount_cents }) =>
      [status, invoice_number, subtotal_cents, coupons_amount_cents, tax_amount_cents].join(" ")
    )

  beforeEach(async () => {
    down = undefined
    given = () => [STATE, DISTRICT]
    meanwhile = Effect.void
    host = await integrationHost(engine, [{ connector }])
    await host.customer("c")
    await host.run(Effect.flatMap(Taxes, (taxes) => taxes.create({ code: "own", name: "Own", rate: "0.2", applied_to_organization: true })))
    id = (await host.integration({ integration_type: "tax", provider_type: "avalara" })).id
  })

  it("count in place of its own: several on a fee, none on an exempt one, each rounded once and split; a credit note gives back what was taken", async () => {
    given = (fee_id) => (fee_id === "2" ? [] : [STATE, DISTRICT])
    const input = { ...oneOff, lines: [line("taxed", "1010"), line("exempt", "500"), line("taxed too", "333")] }
    const { fees, invoice, taxes } = await host.run(invoices((service) => service.oneOff(input)))
    // 1,343 × 6 % = 80.58, × 0.375 % = 5.03625.
    expect(invoice).toMatchObject({ status: "finalized", invoice_number: "INV-0001", tax_amount_cents: 86n, total_cents: 1929n })
    expect(fees.map((fee) => fee.taxes_amount_cents)).toEqual([65n, 0n, 21n])
    expect(taxes.filter((tax) => tax.taxable_type === "invoice").map((tax) => [tax.tax_rate, tax.tax_amount_cents])).toEqual([
      ["0.06", 81n],
      ["0.00375", 5n]
    ])
    const explained = await host.run(invoices((service) => service.explain(fees[0]!.id)))
    expect(JSON.stringify(explained, (_, value) => (typeof value === "bigint" ? String(value) : value))).toContain(STATE.name)
    const items = fees.map((fee) => ({ fee_id: fee.id, amount_cents: fee.amount_cents }))
    const note = await host.run(
      Effect.flatMap(CreditNotes, (notes) => notes.create({ invoice_id: invoice.id, credit_note_type: "credit", reason: "other", items }))
    )
    expect(note.note).toMatchObject({ total_amount_cents: 1929n })
    const listed = await host.run(Effect.flatMap(Taxes, (service) => service.list()))
    expect(listed.items.map((tax) => tax.code)).toEqual(["own"])
    expect(await host.fail(Effect.flatMap(Taxes, (service) => service.delete({ code: STATE.code })))).toMatchObject({ _tag: "TaxNotFound" })
    expect(
      avalara
        .rated()
        .at(-1)!
        .document.fees.map((fee) => fee.amount_cents)
    ).toEqual([1010n, 500n, 333n])
    expect(await host.violations()).toEqual([])
  })

  it("that do not come leave the invoice a draft; administrators are told once, and the job tries again", async () => {
    down = failureOf("unavailable", "HTTP 503")
    const { invoice } = await host.run(invoices((service) => service.oneOff({ ...oneOff, lines: [line("a", "1000")] })))
    expect(invoice).toMatchObject({ status: "draft", invoice_number: null, tax_amount_cents: 0n })
    expect(await host.fail(invoices((service) => service.finalize(invoice.id)))).toMatchObject({
      _tag: "ProviderFailed",
      provider: "avalara",
      code: "unavailable"
    })
    expect(await host.run(finalizeDue)).toMatchObject({ issued: 0, failures: [{ id: invoice.id, error: { _tag: "ProviderFailed" } }] })
    expect([await host.run(raise), await host.run(raise)]).toEqual([1, 0])
    const told = await host.run(Effect.flatMap(AdminNotifications, (notices) => notices.list({ category: "invoice" })))
    expect(told.items).toMatchObject([
      { title: "The tax integration gave no rates for an invoice", message: "c: HTTP 503", resource_id: invoice.id }
    ])
    down = undefined
    expect(await host.run(finalizeDue)).toEqual({ issued: 1, failures: [] })
    expect(await figures()).toEqual(["finalized INV-0001 1000 0 64"])
    expect(await host.violations()).toEqual([])
  })

  it("are asked for outside of every transaction, again where the customer changed meanwhile, and what two workers finalize is final once", async () => {
    const move = Effect.flatMap(Customers, (customers) =>
      customers.update({ external_id: "c" }, { billing_metadata: { country: "US", state: "CA" } })
    )
    meanwhile = Effect.sync(() => {
      meanwhile = Effect.void
    }).pipe(Effect.zipRight(Effect.promise(() => host.run(move))))
    const before = asked()
    const { invoice } = await host.run(invoices((service) => service.oneOff({ ...oneOff, lines: [line("a", "1000")], draft: true })))
    expect(invoice.tax_amount_cents).toBe(0n)
    // As a call with an idempotency key does, whose record is kept in the same transaction.
    const keyed = Effect.flatMap(Transactor, ({ transaction }) => transaction(invoices((service) => service.finalize(invoice.id))))
    expect((await host.run(askingOutside(keyed))).invoice).toMatchObject({ status: "finalized", tax_amount_cents: 64n })
    expect(
      avalara
        .rated()
        .slice(before)
        .map((call) => call.document.address.region)
    ).toEqual([null, "CA"])

    down = failureOf("timeout", "no answer in time")
    await host.run(invoices((service) => service.oneOff({ ...oneOff, lines: [line("b", "2000")] })))
    down = undefined
    const runs = await Promise.all([host.run(finalizeDue), host.run(finalizeDue)])
    expect(runs.map((run) => run.issued).toSorted()).toEqual([0, 1])
    expect(await figures()).toEqual(["finalized INV-0001 1000 0 64", "finalized INV-0002 2000 0 128"])
    expect(await host.violations()).toEqual([])
  })

  it("of subscriptions: on what coupons leave, in the run that bills, of usage in advance and at thresholds; a death after the answer loses nothing", async () => {
    await host.run(
      Effect.gen(function* () {
        const metrics = yield* Metrics
        const metric = yield* metrics.create({ code: "calls", name: "Calls", aggregation_type: "count" })
        const advance = yield* metrics.create({ code: "sms", name: "SMS", aggregation_type: "count" })
        const plans = yield* Plans
        yield* plans.create({
          code: "p",
          name: "P",
          interval: "monthly",
          amount_cents: 10_000n,
          currency: "USD",
          charges: [
            { billable_metric_id: metric.id, charge_model: "standard", properties: { amount: "1" } },
            { billable_metric_id: advance.id, charge_model: "standard", properties: { amount: "2" }, pay_in_advance: true }
          ]
        })
        yield* (yield* UsageThresholds).create({ plan_code: "p", amount_cents: 300n })
        const coupons = yield* Coupons
        yield* coupons.create({ code: "ten", name: "Ten", coupon_type: "percentage", percentage_rate: "10", frequency: "forever" })
        yield* coupons.apply({ coupon_code: "ten", external_customer_id: "c" })
        yield* (yield* Subscriptions).create({ external_id: "s", external_customer_id: "c", plan_code: "p" })
      })
    )
    const event = (transaction_id: string, code: string) => ({
      transaction_id,
      external_customer_id: "c",
      code,
      timestamp: "2025-01-10T00:00:00Z"
    })
    await host.at("2025-01-10T00:00:00Z")
    await host.run(Effect.flatMap(Events, (events) => events.ingest(["1", "2", "3", "4"].map((n) => event(n, "calls")))))
    await host.run(Effect.flatMap(Events, (events) => events.ingest([event("5", "sms")])))
    expect(await figures()).toEqual(["draft  400 0 0", "draft  200 0 0"])
    const answered = Effect.runSync(Deferred.make<void>())
    meanwhile = Effect.zipRight(Deferred.succeed(answered, undefined), Effect.never)
    await host.run(Effect.raceFirst(finalizeDue, Deferred.await(answered)))
    meanwhile = Effect.void
    expect(await host.run(finalizeDue)).toEqual({ issued: 2, failures: [] })
    // 360 × 6 % = 21.6, × 0.375 % = 1.35; 180 × 6 % = 10.8, × 0.375 % = 0.675.
    expect(await figures()).toEqual(["finalized INV-0001 400 40 23", "finalized INV-0002 200 20 12"])
    await host.at("2025-02-01T00:00:00Z")
    const preview = await host.run(invoices((service) => service.preview({ external_id: "s" })))
    expect(preview).toMatchObject({ subtotal_cents: 10_400n, coupons_amount_cents: 1000n, tax_amount_cents: 574n })
    expect(await host.run(billDue)).toMatchObject({ invoices: 1, issued: 1, failures: [] })
    expect((await figures()).at(-1)).toBe("finalized INV-0003 10400 1000 574")
    expect(avalara.rated().at(-1)!.document.fees).toMatchObject([{ amount_cents: 9000n, item_code: "p" }])

    await host.run(Effect.flatMap(Integrations, (service) => service.update(id, { status: "inactive" })))
    await host.at("2025-03-01T00:00:00Z")
    expect(await host.run(billDue)).toMatchObject({ issued: 1 })
    expect((await figures()).at(-1)).toBe("finalized INV-0004 10000 1000 1800")
    expect(await host.violations()).toEqual([])
  })
})
