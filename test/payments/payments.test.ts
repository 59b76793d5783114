import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { Invoices } from "../../src/invoicing/index.js"
import { checkPayment, type RawPayment } from "../../src/operations/doctor/payments.js"
import { Doctor } from "../../src/operations/index.js"
import { Payments, type RecordPaymentInput } from "../../src/payments/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"

const record = (input: RecordPaymentInput) => Effect.flatMap(Payments, (payments) => payments.record(input))
const invoice = (id: string) => Effect.flatMap(Invoices, (invoices) => invoices.get(id))
const violations = Effect.flatMap(Doctor, (doctor) => Effect.map(doctor.check(), (report) => report.violations))

/** An invoice of 10,800 EUR, final on 1 February. */
const billed = async (tenant: Tenant): Promise<string> => {
  tenant.at("2025-01-01T00:00:00Z")
  await tenant.plan({ code: "p", currency: "EUR", amount_cents: 10_800n })
  await tenant.subscribe("s", "p")
  await tenant.bill("2025-02-01T00:00:00Z")
  return (await tenant.invoices())[0]!.invoice.id
}

describeBilling("payments by hand", ({ tenant }) => {
  it("settle in parts, and the last one makes the invoice paid, with its fees", async () => {
    const t = await tenant()
    const id = await billed(t)
    const first = await t.run(record({ invoice_id: id, amount_cents: 800n, reference: "transfer 17", paid_at: "2025-01-31T12:00:00Z" }))
    expect(first).toMatchObject({ status: "succeeded", provider: "manual", amount_cents: 800n, currency: "EUR", reference: "transfer 17" })
    expect(first.completed_at?.epochMillis).toBe(Date.UTC(2025, 0, 31, 12))
    expect((await t.run(invoice(id))).invoice).toMatchObject({ status: "finalized", paid_at: null })

    t.at("2025-02-03T00:00:00Z")
    await t.run(record({ invoice_id: id }))
    const paid = await t.run(invoice(id))
    expect(paid.invoice.status).toBe("paid")
    expect(paid.invoice.paid_at?.epochMillis).toBe(Date.UTC(2025, 1, 3))
    expect(paid.fees.map((fee) => fee.payment_status)).toEqual(["succeeded"])
    expect(paid.settlements.map(({ amount_cents }) => amount_cents)).toEqual([800n, 10_000n])
    expect(await t.run(violations)).toEqual([])
  })

  it("refuse what is not due, another currency, the future, and what is no amount", async () => {
    const t = await tenant()
    const id = await billed(t)
    expect(await t.fail(record({ invoice_id: id, amount_cents: 10_801n }))).toMatchObject({ _tag: "AmountExceedsDue", due: 10_800n })
    expect(await t.fail(record({ invoice_id: id, amount_cents: 0n }))).toMatchObject({ _tag: "InvalidInput", field: "amount_cents" })
    expect(await t.fail(record({ invoice_id: id, currency: "USD" }))).toMatchObject({ _tag: "CurrencyMismatch", expected: "EUR" })
    expect(await t.fail(record({ invoice_id: id, paid_at: "2026-01-01T00:00:00Z" }))).toMatchObject({ _tag: "InvalidInput" })
    await t.run(record({ invoice_id: id }))
    expect(await t.fail(record({ invoice_id: id, amount_cents: 1n }))).toMatchObject({ _tag: "NothingDue" })
    expect(await t.run(violations)).toEqual([])
  })

  it("refuse a draft; an invoice of somebody else is not there", async () => {
    const t = await tenant({ grace: 3 })
    const id = await billed(t)
    expect(await t.fail(record({ invoice_id: id }))).toMatchObject({ _tag: "InvalidTransition", from: "draft", action: "pay" })
    const other = await tenant()
    expect(await other.fail(record({ invoice_id: id }))).toMatchObject({ _tag: "InvoiceNotFound", id })
    expect(await other.fail(record({ invoice_id: "x" }))).toMatchObject({ _tag: "InvoiceNotFound", id: "x" })
  })

  it("hold no card number, wherever it is put", async () => {
    const t = await tenant()
    const id = await billed(t)
    const card = "4242 4242 4242 4242"
    expect(await t.fail(record({ invoice_id: id, notes: `card ${card}` }))).toMatchObject({ _tag: "InvalidInput", field: "notes" })
    expect(await t.fail(record({ invoice_id: id, payment_metadata: { deep: [{ pan: 4242424242424242 }] } }))).toMatchObject({
      _tag: "InvalidInput",
      field: "payment_metadata"
    })
    expect((await t.run(record({ invoice_id: id, notes: "order 4242 4242 4242 4243" }))).notes).toBe("order 4242 4242 4242 4243")
  })

  it("come together: of two at once for all that is due one is booked", async () => {
    const t = await tenant()
    const id = await billed(t)
    const both = await t.run(
      Effect.all(
        [1, 2].map(() => Effect.either(record({ invoice_id: id }))),
        { concurrency: "unbounded" }
      )
    )
    expect(both.map((one) => (one._tag === "Right" ? "booked" : one.left._tag)).toSorted()).toEqual(["NothingDue", "booked"])
    expect(await t.run(violations)).toEqual([])
  })

  it("are listed by what they are for, and stay", async () => {
    const t = await tenant()
    const id = await billed(t)
    const payment = await t.run(record({ invoice_id: id, amount_cents: "800" }))
    const listed = await t.run(Effect.flatMap(Payments, (payments) => payments.list({ invoice_id: id, status: "succeeded" })))
    expect(listed.items.map((one) => one.id)).toEqual([payment.id])
    expect(await t.fail(Effect.flatMap(Payments, (payments) => payments.delete(payment.id)))).toMatchObject({ _tag: "InvalidTransition" })
    expect(await t.fail(Effect.flatMap(Payments, (payments) => payments.get(id)))).toMatchObject({ _tag: "PaymentNotFound" })
  })
})

describe("the doctor on a payment", () => {
  const sound: RawPayment = {
    id: "p",
    status: "succeeded",
    currency: "EUR",
    invoice_currency: "EUR",
    amount_cents: "100",
    refunded_amount_cents: "40",
    unapplied_amount_cents: "30",
    settled_cents: "70",
    returned_cents: "40",
    returning_cents: "60",
    charge_status: null
  }
  const codes = (change: Partial<RawPayment>) => checkPayment({ ...sound, ...change }).map(({ code }) => code)

  it("finds nothing where what came in settles or is kept", () => {
    expect(codes({})).toEqual([])
    expect(
      codes({
        status: "failed",
        settled_cents: "0",
        unapplied_amount_cents: "0",
        refunded_amount_cents: "0",
        returned_cents: "0",
        returning_cents: "0"
      })
    ).toEqual([])
  })

  it.each<[string, Partial<RawPayment>, string]>([
    ["money that settles nothing", { unapplied_amount_cents: "0" }, "M7"],
    ["a settlement of a payment that failed", { status: "failed" }, "M7"],
    ["more refunded than came in", { refunded_amount_cents: "101" }, "M5"],
    ["more refunded than its refunds returned", { returned_cents: "39" }, "M5"],
    ["more refunds under way than came in", { returning_cents: "101" }, "M5"],
    ["one under way that nobody asks about", { status: "processing", charge_status: "failed" }, "M7"],
    ["another currency than its invoice", { currency: "USD" }, "M8"]
  ])("names %s", (_, change, code) => {
    expect(codes(change)).toContain(code)
  })
})
