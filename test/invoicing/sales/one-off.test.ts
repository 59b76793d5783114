import { Effect } from "effect"
import { expect, it } from "vitest"
import { BillingEntities, Customers } from "../../../src/accounts/index.js"
import { Taxes } from "../../../src/catalog/index.js"
import { Invoices, type OneOffInput, type UpdateDraftInput } from "../../../src/invoicing/index.js"
import { Doctor } from "../../../src/operations/index.js"
import { describeBilling } from "../../support/billing.js"

const invoices = <A, E, R>(use: (service: typeof Invoices.Service) => Effect.Effect<A, E, R>) => Effect.flatMap(Invoices, use)
const oneOff = (input: Partial<OneOffInput> = {}) =>
  invoices((service) =>
    service.oneOff({ external_customer_id: "c", lines: [{ description: "Setup", unit_amount_cents: "10000" }], ...input })
  )

describeBilling("one-off invoices", (host) => {
  const withTaxes = async () => {
    const tenant = await host.tenant({ customer: { currency: "EUR" } })
    tenant.at("2025-01-02T00:00:00Z")
    await tenant.tax("org", "0.08")
    for (const [code, rate] of [
      ["vat", "0.2"],
      ["city", "0.1"]
    ] as const) {
      await tenant.run(Effect.flatMap(Taxes, (taxes) => taxes.create({ code, name: code, rate })))
    }
    return tenant
  }

  it("are final at once, taxed by the first level that has any, without period and coupons", async () => {
    const tenant = await withTaxes()
    await tenant.coupon("k")
    await tenant.applyCoupon("k")
    const { fees, invoice } = await tenant.run(
      oneOff({
        lines: [
          { description: "Hours", units: "7.5", unit_amount_cents: "3333" },
          { description: "Travel", unit_amount_cents: 500n }
        ]
      })
    )
    expect(invoice).toMatchObject({
      invoice_type: "one_off",
      invoice_number: "INV-0001",
      status: "finalized",
      subscription_id: null,
      billing_period_start: null,
      subtotal_cents: 25_498n,
      coupons_amount_cents: 0n,
      tax_amount_cents: 2040n,
      total_cents: 27_538n
    })
    // 7.5 × 33.33 = 249.975
    expect(fees).toMatchObject([
      {
        fee_type: "add_on",
        description: "Hours",
        units: "7.5",
        amount_cents: 24_998n,
        precise_amount_cents: "24997.5",
        precise_unit_amount: "33.33"
      },
      { fee_type: "add_on", description: "Travel", units: "1", amount_cents: 500n }
    ])
    expect(await tenant.violations()).toEqual([])
  })

  it("a line's own taxes add up and stand in for every level's, also when a draft is made final", async () => {
    const tenant = await withTaxes()
    const line = { description: "Setup", unit_amount_cents: "10000", tax_codes: ["vat", "city"] }
    const { invoice } = await tenant.run(oneOff({ draft: true, lines: [line, { description: "Rest", unit_amount_cents: "1000" }] }))
    expect(invoice).toMatchObject({ status: "draft", invoice_number: null, tax_amount_cents: 3080n, finalize_at: null })
    await tenant.finalizeDue("2025-06-01T00:00:00Z")
    await tenant.run(Effect.flatMap(Taxes, (taxes) => taxes.update({ code: "city" }, { rate: "0.05" })))
    await tenant.run(Effect.flatMap(Taxes, (taxes) => taxes.update({ code: "org" }, { rate: "0.09" })))
    expect(await tenant.run(invoices((service) => service.refresh(invoice.id)))).toMatchObject({
      invoice: { status: "draft", tax_amount_cents: 2590n }
    })
    const final = await tenant.run(invoices((service) => service.finalize(invoice.id)))
    expect(final.invoice).toMatchObject({ status: "finalized", invoice_number: "INV-0001", tax_amount_cents: 2590n })
    expect(final.taxes.filter(({ taxable_type }) => taxable_type === "invoice")).toHaveLength(3)
    expect(await tenant.fail(invoices((service) => service.refresh(invoice.id)))).toMatchObject({ _tag: "InvalidTransition" })
    expect(await tenant.violations()).toEqual([])
  })

  it("keep the issuer and the due date that they name", async () => {
    const tenant = await host.tenant()
    tenant.at("2025-01-02T00:00:00Z")
    const { id } = await tenant.run(
      Effect.flatMap(BillingEntities, (entities) => entities.create({ code: "other", name: "Other", invoice_prefix: "OTH" }))
    )
    const due_date = "2025-01-31T00:00:00Z"
    const { invoice } = await tenant.run(oneOff({ billing_entity_id: id, due_date, draft: true }))
    const final = await tenant.run(invoices((service) => service.finalize(invoice.id)))
    expect(final.invoice).toMatchObject({ invoice_number: "OTH-0001", billing_entity_id: id })
    expect(final.invoice.due_date?.epochMillis).toBe(Date.parse(due_date))
  })

  it("of nothing are paid at once, in the customer's currency or the one that they name", async () => {
    const tenant = await host.tenant({ customer: { currency: "NOK" } })
    const free = await tenant.run(oneOff({ lines: [{ description: "Gift", unit_amount_cents: "0" }] }))
    expect(free.invoice).toMatchObject({ status: "paid", currency: "NOK", total_cents: 0n })
    expect((await tenant.run(oneOff({ currency: "KWD" }))).invoice).toMatchObject({ currency: "KWD", total_cents: 10_000n })
  })

  it.each<[string, Partial<OneOffInput>, object]>([
    ["no line", { lines: [] }, { _tag: "InvalidInput", field: "lines" }],
    [
      "a negative amount",
      { lines: [{ description: "x", unit_amount_cents: "-1" }] },
      { _tag: "InvalidInput", field: "lines[0].unit_amount_cents" }
    ],
    [
      "a negative quantity",
      { lines: [{ description: "x", units: "-1", unit_amount_cents: "1" }] },
      { _tag: "InvalidInput", field: "lines[0].units" }
    ],
    [
      "more decimals than a price has",
      { lines: [{ description: "x", unit_amount_cents: "0.12345678901234" }] },
      { _tag: "InvalidInput", field: "lines[0].unit_amount_cents" }
    ],
    [
      "more than a document holds",
      { lines: [{ description: "x", units: "99999999999", unit_amount_cents: "99999999999" }] },
      { _tag: "InvalidInput", field: "lines[0]" }
    ],
    [
      "more than a document holds, together",
      { lines: [1, 2].map(() => ({ description: "x", unit_amount_cents: "6000000000000000" })) },
      { _tag: "InvalidInput", field: "lines" }
    ],
    ["a currency that there is not", { currency: "ZZZ" }, { _tag: "UnknownCurrency" }],
    ["a customer that there is not", { external_customer_id: "nobody" }, { _tag: "CustomerNotFound", id: "nobody" }],
    [
      "a tax that there is not",
      { lines: [{ description: "x", unit_amount_cents: "1", tax_codes: ["vat"] }] },
      { _tag: "TaxNotFound", id: "vat" }
    ],
    ["an issuer that there is not", { billing_entity_id: "019bd7b5-0000-7000-8000-000000000000" }, { _tag: "BillingEntityNotFound" }]
  ])("are refused with %s, and nothing is written", async (_, input, error) => {
    const tenant = await host.tenant()
    expect(await tenant.fail(oneOff({ currency: "EUR", ...input }))).toMatchObject(error)
    expect(await tenant.invoices()).toEqual([])
  })

  it("as drafts are deleted without a trace, and follow their customer", async () => {
    const tenant = await host.tenant()
    const { invoice } = await tenant.run(oneOff({ draft: true }))
    await tenant.run(Effect.flatMap(Customers, (customers) => customers.update({ external_id: "c" }, { name: "Renamed" })))
    const again = await tenant.run(invoices((service) => service.refresh(invoice.id)))
    expect(again.invoice.parties.customer).toMatchObject({ name: "Renamed" })
    await tenant.run(invoices((service) => service.delete(invoice.id)))
    expect(await tenant.invoices()).toEqual([])
  })

  it("one of many who finalize a draft at the same time gives it its number", async () => {
    const tenant = await host.tenant()
    const { invoice } = await tenant.run(oneOff({ draft: true }))
    const tries = Array.from({ length: 6 }, () => Effect.either(invoices((service) => service.finalize(invoice.id))))
    const outcomes = await tenant.run(Effect.all(tries, { concurrency: "unbounded" }))
    expect(outcomes.filter((outcome) => outcome._tag === "Right")).toHaveLength(1)
    expect((await tenant.run(oneOff())).invoice.invoice_number).toBe("INV-0002")
    expect(await tenant.violations()).toEqual([])
  })

  it("as drafts change their lines, due date and issuer, and nothing is booked until they are final", async () => {
    const tenant = await withTaxes()
    const { invoice } = await tenant.run(oneOff({ draft: true }))
    const update = (id: string, input: UpdateDraftInput) => invoices((service) => service.update(id, input))
    const { id: second } = await tenant.run(
      Effect.flatMap(BillingEntities, (entities) => entities.create({ code: "second", name: "Second", rounding_mode: "down" }))
    )
    const lines = [
      { description: "Hours", units: "1.5", unit_amount_cents: "333", tax_codes: ["vat"] },
      { description: "Travel", unit_amount_cents: "500" }
    ]
    const changed = await tenant.run(update(invoice.id, { lines, billing_entity_id: second, due_date: "2025-03-01T00:00:00Z" }))
    // 499.5 and 500, rounded down; 20 % of 499 and 8 % of 500.
    expect(changed.fees.map(({ amount_cents, description }) => [description, amount_cents])).toEqual([
      ["Hours", 499n],
      ["Travel", 500n]
    ])
    expect(changed.invoice).toMatchObject({
      status: "draft",
      invoice_number: null,
      subtotal_cents: 999n,
      // 99.8 and 40, rounded down.
      tax_amount_cents: 139n,
      billing_entity_id: second
    })
    const kept = await tenant.run(update(invoice.id, { due_date: null }))
    expect([kept.invoice.due_date, kept.invoice.billing_entity_id, kept.fees.length]).toEqual([null, second, 2])
    expect(await tenant.fail(update(invoice.id, { billing_entity_id: invoice.id }))).toMatchObject({ _tag: "BillingEntityNotFound" })
    expect(await tenant.fail(update(invoice.id, { lines: [{ ...lines[0]!, tax_codes: ["none"] }] }))).toMatchObject({ _tag: "TaxNotFound" })
    expect(await tenant.fail(update(invoice.id, { lines: [] }))).toMatchObject({ _tag: "InvalidInput" })
    expect(await tenant.fail(update(second, {}))).toMatchObject({ _tag: "InvoiceNotFound" })
    const final = await tenant.run(invoices((service) => service.finalize(invoice.id)))
    expect(final.invoice).toMatchObject({ status: "finalized", subtotal_cents: 999n, billing_entity_id: second })
    expect(await tenant.fail(update(invoice.id, {}))).toMatchObject({ _tag: "InvalidTransition", action: "update" })
    expect((await tenant.run(Effect.flatMap(Doctor, (doctor) => doctor.check()))).violations).toEqual([])
  })

  it("a draft of a subscription takes another issuer and due date, keeps them through a refresh, and has no lines to change", async () => {
    const tenant = await host.tenant({ customer: { currency: "EUR" }, grace: 3 })
    tenant.at("2025-01-01T00:00:00Z")
    await tenant.plan({ code: "p", amount_cents: 1000n })
    await tenant.subscribe("s", "p")
    await tenant.bill("2025-02-01T00:00:00Z")
    const [{ invoice }] = (await tenant.invoices()) as [Awaited<ReturnType<typeof tenant.invoices>>[number]]
    const { id: second } = await tenant.run(
      Effect.flatMap(BillingEntities, (entities) => entities.create({ code: "second", name: "Second", invoice_prefix: "SEC" }))
    )
    const update = (input: UpdateDraftInput) => invoices((service) => service.update(invoice.id, input))
    await tenant.run(update({ billing_entity_id: second, due_date: "2025-06-01T00:00:00Z" }))
    expect(await tenant.fail(update({ lines: [{ description: "More", unit_amount_cents: "1" }] }))).toMatchObject({ field: "lines" })
    const again = await tenant.run(invoices((service) => service.refresh(invoice.id)))
    expect(again.invoice).toMatchObject({ billing_entity_id: second, subtotal_cents: 1000n, status: "draft" })
    const final = await tenant.run(invoices((service) => service.finalize(invoice.id)))
    expect(final.invoice).toMatchObject({ invoice_number: "SEC-0001", billing_entity_id: second })
    expect(final.invoice.due_date?.epochMillis).toBe(Date.parse("2025-06-01T00:00:00Z"))
    expect((await tenant.run(Effect.flatMap(Doctor, (doctor) => doctor.check()))).violations).toEqual([])
  })
})
