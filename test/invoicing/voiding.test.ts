import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { Coupons, Wallets } from "../../src/credits/index.js"
import { Invoices } from "../../src/invoicing/index.js"
import { PaymentMethods, Payments } from "../../src/payments/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"

const voided = (id: string) => Effect.flatMap(Invoices, (service) => service.void(id))
const ids = async (tenant: Tenant) => (await tenant.invoices()).map(({ invoice }) => invoice.id as string)
const left = async (tenant: Tenant) =>
  (await tenant.appliedCoupons()).map((one) => [one.status, one.frequency_duration_remaining, one.terminated_at === null])

/** Three months at 10.00, billed. */
const billed = async (tenant: Tenant, months = 1) => {
  tenant.at("2025-01-01T00:00:00Z")
  await tenant.plan({ code: "p", amount_cents: "1000", currency: "EUR" })
  await tenant.subscribe("s", "p")
  return () => tenant.bill(`2025-0${months + 1}-01T00:00:00Z`)
}

describeBilling("a void", (host) => {
  it("keeps number and figures; the period stays unbilled for the run", async () => {
    const tenant = await host.tenant()
    await (await billed(tenant))()
    const [id] = await ids(tenant)
    expect((await tenant.run(voided(id!))).invoice).toMatchObject({ status: "voided", invoice_number: "INV-0001", total_cents: 1000n })
    await tenant.bill("2025-02-10T00:00:00Z")
    expect(await ids(tenant)).toHaveLength(1)
    await tenant.bill("2025-03-01T00:00:00Z")
    expect((await tenant.invoices()).map(({ invoice }) => invoice.invoice_number)).toEqual(["INV-0001", "INV-0002"])
    expect(await tenant.violations()).toEqual([])
  })

  describe("gives coupons their use back", () => {
    it("one for one invoice takes off the next one", async () => {
      const tenant = await host.tenant()
      const bill = await billed(tenant)
      await tenant.coupon("k")
      await tenant.applyCoupon("k")
      await bill()
      expect(await left(tenant)).toEqual([["terminated", null, false]])
      await tenant.run(voided((await ids(tenant))[0]!))
      expect(await left(tenant)).toEqual([["active", null, true]])
      expect(await tenant.run(Effect.flatMap(Coupons, (coupons) => coupons.analytics({ code: "k" })))).toMatchObject({ discounts: [] })
      await tenant.bill("2025-03-01T00:00:00Z")
      expect((await tenant.invoices()).map(({ invoice }) => [invoice.status, invoice.coupons_amount_cents])).toEqual([
        ["voided", 100n],
        ["finalized", 100n]
      ])
      expect(await tenant.violations()).toEqual([])
    })

    it("a recurring one counts it again, and lives again where it was the last", async () => {
      const tenant = await host.tenant()
      const bill = await billed(tenant, 2)
      await tenant.coupon("k", { frequency: "recurring", frequency_duration: 2 })
      await tenant.applyCoupon("k")
      await bill()
      expect(await left(tenant)).toEqual([["terminated", 0, false]])
      await tenant.run(voided((await ids(tenant))[0]!))
      expect(await left(tenant)).toEqual([["active", 1, true]])
      expect(await tenant.violations()).toEqual([])
    })

    it("but not to one that was removed by hand", async () => {
      const tenant = await host.tenant()
      const bill = await billed(tenant)
      await tenant.coupon("k", { frequency: "recurring", frequency_duration: 5 })
      const { id } = await tenant.applyCoupon("k")
      await bill()
      await tenant.run(Effect.flatMap(Coupons, (coupons) => coupons.removeApplied(id)))
      await tenant.run(voided((await ids(tenant))[0]!))
      expect(await left(tenant)).toEqual([["terminated", 5, false]])
      expect(await tenant.violations()).toEqual([])
    })

    it("also beside a newer application of the same coupon", async () => {
      const tenant = await host.tenant()
      const bill = await billed(tenant)
      await tenant.coupon("k")
      await tenant.applyCoupon("k")
      await bill()
      await tenant.applyCoupon("k")
      await tenant.run(voided((await ids(tenant))[0]!))
      expect((await left(tenant)).map(([status]) => status)).toEqual(["active", "active"])
    })
  })

  it("gives credit notes their balance back, whatever had used them up", async () => {
    const tenant = await host.tenant()
    tenant.at("2025-04-01T00:00:00Z")
    await tenant.plan({ code: "low", amount_cents: "3000", currency: "EUR" })
    await tenant.plan({ code: "high", amount_cents: "6000", currency: "EUR" })
    await tenant.subscribe("s", "low", { pay_in_advance: true })
    tenant.at("2025-04-16T00:00:00Z")
    await tenant.changePlan("s", "high")
    const [, upgraded] = await tenant.invoices()
    expect(upgraded!.settlements).toMatchObject([{ settlement_type: "credit_note", amount_cents: 1500n, returned_at: null }])
    expect((await tenant.notes())[0]!.note).toMatchObject({ credit_status: "consumed", balance_amount_cents: 0n })
    await tenant.run(voided(upgraded!.invoice.id))
    expect((await tenant.notes())[0]!.note).toMatchObject({ credit_status: "available", balance_amount_cents: 1500n })
    const settlements = await tenant.run(Effect.flatMap(Invoices, (service) => service.settlements(upgraded!.invoice.id)))
    expect(settlements).toHaveLength(1)
    expect(settlements[0]!.returned_at).not.toBeNull()
    const [first] = await tenant.invoices()
    expect(await tenant.fail(voided(first!.invoice.id))).toMatchObject({ _tag: "InvoiceHasCreditNotes" })
    expect(await tenant.violations()).toEqual([])
  })

  describe("gives wallets their credits back, as a granted top-up", () => {
    const wallets = async (tenant: Tenant) =>
      (await tenant.run(Effect.flatMap(Wallets, (service) => service.list({ order_by: "created_at:asc" })))).items.map((wallet) => [
        wallet.status,
        wallet.rate_amount,
        wallet.balance_cents,
        wallet.consumed_amount_cents,
        wallet.consumed_credits
      ])
    const open = (code: string, granted_credits: string, rate_amount = "1") =>
      Effect.flatMap(Wallets, (service) =>
        service.create({ external_customer_id: "c", name: code, code, currency: "EUR", rate_amount, granted_credits })
      )
    const end = (code: string) => Effect.flatMap(Wallets, (service) => service.terminate({ external_customer_id: "c", code }))

    it("where they came from, in order, and its counters fall", async () => {
      const tenant = await host.tenant()
      const bill = await billed(tenant)
      await tenant.run(open("a", "2", "100"))
      await tenant.run(open("b", "300"))
      await bill()
      expect(await wallets(tenant)).toEqual([
        ["active", "100", 0n, 200n, "2"],
        ["active", "1", 0n, 300n, "300"]
      ])
      await tenant.run(voided((await ids(tenant))[0]!))
      expect(await wallets(tenant)).toEqual([
        ["active", "100", 200n, 0n, "0"],
        ["active", "1", 300n, 0n, "0"]
      ])
      expect(await tenant.violations()).toEqual([])
    })

    it("to a new one of rate 1 where none of the currency runs any more", async () => {
      const tenant = await host.tenant()
      const bill = await billed(tenant)
      await tenant.run(open("a", "2", "100"))
      await bill()
      await tenant.run(end("a"))
      await tenant.run(voided((await ids(tenant))[0]!))
      expect(await wallets(tenant)).toEqual([
        ["terminated", "100", 0n, 0n, "0"],
        ["active", "1", 200n, 0n, "0"]
      ])
      expect(await tenant.violations()).toEqual([])
    })
  })

  it("calls off the payment that is pending", async () => {
    const tenant = await host.tenant()
    await tenant.run(
      Effect.gen(function* () {
        const methods = yield* PaymentMethods
        const { id } = yield* methods.add({ external_customer_id: "c", provider: "stripe", provider_payment_method_id: "pm" })
        yield* methods.setDefault(id)
      })
    )
    await (await billed(tenant))()
    const payments = () => tenant.run(Effect.flatMap(Payments, (service) => Effect.map(service.list(), (page) => page.items)))
    expect((await payments()).map(({ status }) => status)).toEqual(["pending"])
    await tenant.run(voided((await ids(tenant))[0]!))
    expect((await payments()).map(({ status }) => status)).toEqual(["canceled"])
    expect(await tenant.violations()).toEqual([])
  })

  it("is refused for drafts, paid and voided ones, and where a part was paid", async () => {
    const tenant = await host.tenant()
    await (await billed(tenant, 2))()
    const [one, two] = (await ids(tenant)) as [string, string]
    const pay = (invoice_id: string, amount_cents?: string) =>
      Effect.flatMap(Payments, (payments) => payments.record({ invoice_id, ...(amount_cents === undefined ? {} : { amount_cents }) }))
    await tenant.run(pay(one, "1"))
    expect(await tenant.fail(voided(one))).toMatchObject({ _tag: "InvoiceHasPayments", id: one })
    await tenant.run(pay(one))
    expect(await tenant.fail(voided(one))).toMatchObject({ _tag: "InvalidTransition", from: "paid", action: "void" })
    await tenant.run(voided(two))
    expect(await tenant.fail(voided(two))).toMatchObject({ _tag: "InvalidTransition", from: "voided" })
    const draft = await tenant.run(
      Effect.flatMap(Invoices, (service) =>
        service.oneOff({ external_customer_id: "c", draft: true, lines: [{ description: "x", unit_amount_cents: "1" }] })
      )
    )
    expect(await tenant.fail(voided(draft.invoice.id))).toMatchObject({ _tag: "InvalidTransition", from: "draft" })
    expect(await tenant.fail(voided("no id"))).toMatchObject({ _tag: "InvoiceNotFound" })
  })

  it("gives back once, though many void at the same time, or pay meanwhile", async () => {
    const tenant = await host.tenant()
    const bill = await billed(tenant)
    await tenant.coupon("k", { frequency: "recurring", frequency_duration: 3 })
    await tenant.applyCoupon("k")
    await bill()
    const [id] = (await ids(tenant)) as [string]
    const pay = Effect.flatMap(Payments, (payments) => payments.record({ invoice_id: id }))
    const tries = [voided(id), pay, voided(id), pay, voided(id)].map((each) => Effect.either<unknown, unknown, never>(each as never))
    const outcomes = await tenant.run(Effect.all(tries, { concurrency: "unbounded" }))
    expect(outcomes.filter((outcome) => outcome._tag === "Right")).toHaveLength(1)
    const [document] = await tenant.invoices()
    expect(await left(tenant)).toEqual([["active", document!.invoice.status === "voided" ? 3 : 2, true]])
    expect(await tenant.violations()).toEqual([])
  })
})

describeBilling("many invoices at once", (host) => {
  it("each with its own result, a repeated id once, in the order given", async () => {
    const tenant = await host.tenant({ grace: 60 })
    await (await billed(tenant, 2))()
    const [one, two] = (await ids(tenant)) as [string, string]
    const bulk = (what: "bulkFinalize" | "bulkVoid", given: ReadonlyArray<string>) =>
      Effect.flatMap(Invoices, (service) => service[what]({ ids: given }) as ReturnType<typeof service.bulkFinalize>)
    const finalized = await tenant.run(bulk("bulkFinalize", [two, "nobody", one, two]))
    expect(finalized).toMatchObject({ succeeded: 2, failed: 1 })
    expect(finalized.items).toMatchObject([
      { id: two, ok: true, invoice: { invoice: { invoice_number: "INV-0001" } } },
      { id: "nobody", ok: false, error: { _tag: "InvoiceNotFound" } },
      { id: one, ok: true, invoice: { invoice: { invoice_number: "INV-0002" } } }
    ])
    expect(await tenant.run(bulk("bulkFinalize", [one]))).toMatchObject({
      succeeded: 0,
      items: [{ id: one, ok: false, error: { _tag: "InvalidTransition", from: "finalized" } }]
    })
    const undone = await tenant.run(bulk("bulkVoid", [one, two]))
    expect(undone).toMatchObject({ succeeded: 2, failed: 0 })
    expect(undone.items).toMatchObject([{ invoice: { invoice: { status: "voided" } } }, { invoice: { invoice: { status: "voided" } } }])
    expect(await tenant.fail(bulk("bulkVoid", []))).toMatchObject({ _tag: "InvalidInput", field: "ids" })
    expect(await tenant.violations()).toEqual([])
  })
})
