import { Effect } from "effect"
import { expect, it } from "vitest"
import { WalletHolds, Wallets } from "../../src/credits/index.js"
import { CreditNotes, type CreditNotesShape } from "../../src/invoicing/index.js"
import { Doctor } from "../../src/operations/index.js"
import { Payments } from "../../src/payments/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"

/** An issued invoice of 1,000 and 20 % tax, and ways to credit it. */
const billed = async (tenant: Tenant) => {
  tenant.at("2025-01-01T00:00:00Z")
  await tenant.tax("vat", "0.2")
  await tenant.plan({ code: "p", amount_cents: 1000n })
  await tenant.subscribe("s", "p")
  await tenant.bill("2025-02-01T00:00:00Z")
  const [{ fees, invoice }] = (await tenant.invoices()) as [Awaited<ReturnType<Tenant["invoices"]>>[number]]
  const using = <A, E, R>(act: (notes: CreditNotesShape) => Effect.Effect<A, E, R>) => Effect.flatMap(CreditNotes, act)
  const input = (credit_note_type: "credit" | "refund" | "offset", amount_cents: bigint) => ({
    invoice_id: invoice.id,
    credit_note_type,
    items: [{ fee_id: fees[0]!.id, amount_cents }]
  })
  return {
    invoice,
    fee_id: fees[0]!.id,
    using,
    issue: (type: "credit" | "refund" | "offset", amount_cents: bigint) => using((notes) => notes.issue(input(type, amount_cents))),
    create: (type: "credit" | "refund" | "offset", amount_cents: bigint) => using((notes) => notes.create(input(type, amount_cents))),
    pay: (amount_cents: bigint) =>
      tenant.run(Effect.flatMap(Payments, (payments) => payments.record({ invoice_id: invoice.id, amount_cents }))),
    status: async () => (await tenant.invoices())[0]!.invoice.status,
    sound: async () => expect((await tenant.run(Effect.flatMap(Doctor, (doctor) => doctor.check()))).violations).toEqual([])
  }
}

describeBilling("credit notes by command", (host) => {
  it("an estimate says what can be credited, with its tax, and what a refund and an offset may come to", async () => {
    const tenant = await host.tenant()
    const { fee_id, invoice, pay, using } = await billed(tenant)
    await pay(300n)
    expect(await tenant.run(using((notes) => notes.estimate({ invoice_id: invoice.id })))).toMatchObject({
      sub_total_cents: 1000n,
      taxes_amount_cents: 200n,
      total_amount_cents: 1200n,
      fees: [{ fee_id, creditable_cents: 1000n }],
      refundable_cents: 300n,
      due_cents: 900n
    })
    expect(await tenant.notes()).toEqual([])
  })

  it("an estimate of what was credited whole is nothing, and no error", async () => {
    const tenant = await host.tenant()
    const { fee_id, invoice, issue, using } = await billed(tenant)
    await tenant.run(issue("credit", 1000n))
    expect(await tenant.run(using((notes) => notes.estimate({ invoice_id: invoice.id })))).toMatchObject({
      items: [],
      total_amount_cents: 0n,
      fees: [{ fee_id, creditable_cents: 0n }]
    })
  })

  it("drafts hold their part of the fee, change, and go without burning a number", async () => {
    const tenant = await host.tenant()
    const { create, fee_id, issue, sound, using } = await billed(tenant)
    const { note } = await tenant.run(create("credit", 600n))
    expect(note).toMatchObject({ status: "draft", number: null, balance_amount_cents: 0n, total_amount_cents: 720n })
    expect(await tenant.fail(create("credit", 401n))).toMatchObject({ _tag: "AmountExceedsFee", available: 400n })
    await tenant.run(using((notes) => notes.update(note.id, { description: "less", items: [{ fee_id, amount_cents: 500n }] })))
    await sound()
    const { note: other } = await tenant.run(create("credit", 500n))
    await tenant.run(using((notes) => notes.delete(other.id)))
    const final = await tenant.run(using((notes) => notes.finalize(note.id)))
    expect(final.note).toMatchObject({ status: "finalized", description: "less", number: "CN-20250201-0001", balance_amount_cents: 600n })
    expect(final.items.map(({ amount_cents }) => amount_cents)).toEqual([500n])
    expect(await tenant.fail(using((notes) => notes.update(note.id, { description: null })))).toMatchObject({ _tag: "InvalidTransition" })
    expect((await tenant.run(issue("credit", 500n))).note.number).toBe("CN-20250201-0002")
    await sound()
  })

  it("an offset settles its own invoice, which is paid where nothing is due any more", async () => {
    const tenant = await host.tenant()
    const { issue, pay, sound, status } = await billed(tenant)
    await pay(700n)
    expect(await tenant.fail(issue("offset", 418n))).toMatchObject({ _tag: "AmountExceedsDue", due: 500n })
    // 416 and 83.2 of tax.
    await tenant.run(issue("offset", 416n))
    expect(await status()).toBe("finalized")
    await tenant.run(issue("offset", 1n))
    expect(await status()).toBe("paid")
    expect((await tenant.invoices())[0]!.settlements.map(({ amount_cents, settlement_type }) => [settlement_type, amount_cents])).toEqual([
      ["payment", 700n],
      ["credit_note", 499n],
      ["credit_note", 1n]
    ])
    await sound()
  })

  it("a refund is at most what was paid and not refunded yet, a credit whatever is left of the fees", async () => {
    const tenant = await host.tenant()
    const { issue, pay, sound } = await billed(tenant)
    expect(await tenant.fail(issue("refund", 1n))).toMatchObject({ _tag: "RefundExceedsPaid", available: 0n })
    await pay(600n)
    await tenant.run(issue("refund", 300n))
    expect(await tenant.fail(issue("refund", 201n))).toMatchObject({ _tag: "RefundExceedsPaid", available: 240n })
    await tenant.run(issue("credit", 700n))
    expect((await tenant.notes()).reduce((sum, { note }) => sum + note.total_amount_cents, 0n)).toBe(1200n)
    await sound()
  })

  it("only an unused credit is voided, and gives its part of the fee free again", async () => {
    const tenant = await host.tenant()
    const { issue, sound, using } = await billed(tenant)
    const { note } = await tenant.run(issue("credit", 1000n))
    expect(await tenant.run(using((notes) => notes.void(note.id)))).toMatchObject({
      note: { credit_status: "voided", balance_amount_cents: 0n }
    })
    const again = await tenant.run(issue("credit", 1000n))
    expect(again.note.total_amount_cents).toBe(1200n)
    await tenant.bill("2025-03-01T00:00:00Z")
    expect(await tenant.fail(using((notes) => notes.void(again.note.id)))).toMatchObject({ _tag: "InvalidTransition", from: "consumed" })
    await sound()
  })

  it("is used by hand on another invoice of the customer, in parts, up to its balance and what is due", async () => {
    const tenant = await host.tenant({ customer: { apply_credit_notes_automatically: false } })
    const { invoice, issue, sound, using } = await billed(tenant)
    const { note } = await tenant.run(issue("credit", 500n))
    await tenant.bill("2025-03-01T00:00:00Z")
    const later = (await tenant.invoices())[1]!.invoice
    const apply = (invoice_id: string, amount_cents: bigint) => using((notes) => notes.apply(note.id, { invoice_id, amount_cents }))
    expect(await tenant.fail(apply(invoice.id, 100n))).toMatchObject({ _tag: "InvalidInput", field: "invoice_id" })
    expect(await tenant.fail(apply(later.id, 601n))).toMatchObject({ _tag: "AmountExceedsBalance", balance: 600n })
    await tenant.run(apply(later.id, 200n))
    expect((await tenant.run(apply(later.id, 400n))).note).toMatchObject({ credit_status: "consumed", balance_amount_cents: 0n })
    expect(await tenant.fail(apply(later.id, 1n))).toMatchObject({ _tag: "InvalidTransition", from: "consumed" })
    await sound()
  })

  it("a refund of bought credits takes what is left of them out of the wallet", async () => {
    const tenant = await host.tenant()
    tenant.at("2025-01-01T00:00:00Z")
    const wallets = <A, E, R>(act: (service: typeof Wallets.Service) => Effect.Effect<A, E, R>) => Effect.flatMap(Wallets, act)
    const { id } = await tenant.run(wallets((service) => service.create({ external_customer_id: "c", code: "w", granted_credits: "50" })))
    await tenant.run(wallets((service) => service.topUp({ id }, { credits: "500", kind: "purchased" })))
    const [{ fees, invoice }] = (await tenant.invoices()) as [Awaited<ReturnType<Tenant["invoices"]>>[number]]
    await tenant.run(Effect.flatMap(Payments, (payments) => payments.record({ invoice_id: invoice.id })))
    await tenant.run(wallets((service) => service.voidCredits({ id }, { credits: "150" })))
    const issue = (credit_note_type: "credit" | "refund", amount_cents: bigint) =>
      Effect.flatMap(CreditNotes, (notes) =>
        notes.issue({ invoice_id: invoice.id, credit_note_type, items: [{ fee_id: fees[0]!.id, amount_cents }] })
      )
    expect(await tenant.fail(issue("credit", 1n))).toMatchObject({ _tag: "InvalidInput", field: "credit_note_type" })
    expect(await tenant.fail(issue("refund", 401n))).toMatchObject({ _tag: "RefundExceedsPaid", available: 400n })
    await tenant.run(issue("refund", 250n))
    expect((await tenant.run(wallets((service) => service.get({ id })))).balance_cents).toBe(150n)
    expect((await tenant.run(Effect.flatMap(Doctor, (doctor) => doctor.check()))).violations).toEqual([])
  })

  it("an estimate allows of bought credits what a refund takes: not what holds set aside, and nothing of a wallet that is over", async () => {
    const tenant = await host.tenant()
    tenant.at("2025-01-01T00:00:00Z")
    const wallets = <A, E, R>(act: (service: typeof Wallets.Service) => Effect.Effect<A, E, R>) => Effect.flatMap(Wallets, act)
    const { id } = await tenant.run(
      wallets((service) =>
        service.create({ external_customer_id: "c", code: "w", granted_credits: "50", expiration_at: "2025-01-10T00:00:00Z" })
      )
    )
    await tenant.run(wallets((service) => service.topUp({ id }, { credits: "500", kind: "purchased" })))
    const [{ fees, invoice }] = (await tenant.invoices()) as [Awaited<ReturnType<Tenant["invoices"]>>[number]]
    await tenant.run(Effect.flatMap(Payments, (payments) => payments.record({ invoice_id: invoice.id })))
    const reserve = (amount_cents: bigint, expires_in_seconds: number) =>
      tenant.run(Effect.flatMap(WalletHolds, (holds) => holds.reserve({ wallet_id: id, amount_cents, expires_in_seconds })))
    /** What the estimate allows, which is what `issue` takes, and not one more. */
    const refundable = async () => {
      const { refundable_cents } = await tenant.run(Effect.flatMap(CreditNotes, (notes) => notes.estimate({ invoice_id: invoice.id })))
      const more = { fee_id: fees[0]!.id, amount_cents: refundable_cents + 1n }
      const refused = await tenant.fail(
        Effect.flatMap(CreditNotes, (notes) => notes.issue({ invoice_id: invoice.id, credit_note_type: "refund", items: [more] }))
      )
      expect(refused).toMatchObject(
        refundable_cents === 500n ? { _tag: "AmountExceedsFee" } : { _tag: "RefundExceedsPaid", available: refundable_cents }
      )
      return refundable_cents
    }
    expect(await refundable()).toBe(500n)
    await reserve(100n, 60)
    expect(await refundable()).toBe(450n)
    const settled = await reserve(80n, 3600)
    await tenant.run(Effect.flatMap(WalletHolds, (holds) => holds.settle(settled.id, { amount_cents: 80n })))
    expect(await refundable()).toBe(370n)
    tenant.at("2025-01-01T00:02:00Z")
    expect(await refundable()).toBe(470n)
    tenant.at("2025-01-10T00:00:00Z")
    expect(await refundable()).toBe(0n)
    await tenant.run(wallets((service) => service.terminate({ id })))
    expect(await refundable()).toBe(0n)
    expect((await tenant.run(Effect.flatMap(Doctor, (doctor) => doctor.check()))).violations).toEqual([])
  })
})
