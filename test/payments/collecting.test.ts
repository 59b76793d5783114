import { Effect } from "effect"
import { expect, it } from "vitest"
import { type ProviderScript, scriptedProvider } from "../../adapters/testing/index.js"
import { Invoices } from "../../src/invoicing/index.js"
import { Doctor } from "../../src/operations/index.js"
import { type AddPaymentMethodInput, Collecting, PaymentMethods, Payments } from "../../src/payments/index.js"
import { abortAtStatement } from "../support/abort-at-statement.js"
import { type BillingHost, describeBilling, type Tenant } from "../support/billing.js"
import { countStatements } from "../support/count-statements.js"

const violations = Effect.flatMap(Doctor, (doctor) => Effect.map(doctor.check(), (report) => report.violations))
const collectDue = Effect.flatMap(Collecting, (collecting) => collecting.collectDue())
const addMethod = (id: string, external_customer_id = "c") =>
  Effect.flatMap(PaymentMethods, (methods) =>
    methods.add({ external_customer_id, provider: "stripe", provider_payment_method_id: id, is_default: true })
  )
const record = (invoice_id: string, amount_cents?: bigint) =>
  Effect.flatMap(Payments, (payments) => payments.record({ invoice_id, ...(amount_cents === undefined ? {} : { amount_cents }) }))
const paymentsOf = (t: Tenant, invoice_id: string) =>
  t.run(Effect.flatMap(Payments, (payments) => Effect.map(payments.list({ invoice_id, order_by: "created_at:asc" }), (page) => page.items)))

const minutes = (iso: string, n: number) => new Date(Date.parse(iso) + n * 60_000).toISOString()

/** A tenant over a scripted provider: a customer who pays 10,800 EUR a month by a stored method. */
const charging = async (host: BillingHost, script: ProviderScript = {}, method = "succeeds") => {
  const provider = scriptedProvider(script)
  const t = await host.tenant({ providers: [provider] })
  t.at("2025-01-01T00:00:00Z")
  await t.plan({ code: "p", currency: "EUR", amount_cents: 10_800n })
  await t.subscribe("s", "p")
  await t.run(addMethod(method))
  return { t, provider }
}

const month = (index: number) => new Date(Date.UTC(2025, 1 + index, 1)).toISOString()

describeBilling("automatic payment", (host) => {
  it("is meant as the invoice becomes final, and made by the job: once, with its key, and never inside a transaction", async () => {
    const { provider, t } = await charging(host)
    await t.bill(month(0))
    const [{ invoice }] = (await t.invoices()) as [Awaited<ReturnType<Tenant["invoices"]>>[number]]
    const [meant] = await paymentsOf(t, invoice.id)
    expect(meant).toMatchObject({ status: "pending", amount_cents: 10_800n, provider: "stripe", completed_at: null })
    expect(provider.calls()).toBe(0)

    expect(await t.run(collectDue)).toMatchObject({ charges: 1, succeeded: 1 })
    expect([...provider.charges.keys()]).toEqual([meant!.id])
    expect(provider.charges.get(meant!.id)!.call).toMatchObject({
      amount_cents: 10_800n,
      currency: "EUR",
      metadata: { payment_id: meant!.id }
    })
    expect((await t.run(Effect.flatMap(Invoices, (service) => service.get(invoice.id)))).invoice.status).toBe("paid")
    expect(await t.run(collectDue)).toMatchObject({ charges: 0 })
    expect(provider.calls()).toBe(1)
    expect(await t.run(violations)).toEqual([])
  })

  it("that is declined leaves the rest due, with the reason, and the fees failed", async () => {
    const { t } = await charging(host, {}, "fails")
    await t.bill(month(0))
    expect(await t.run(collectDue)).toMatchObject({ failed: 1 })
    const [{ fees, invoice }] = (await t.invoices()) as [Awaited<ReturnType<Tenant["invoices"]>>[number]]
    expect(invoice.status).toBe("finalized")
    expect(fees.map((fee) => fee.payment_status)).toEqual(["failed"])
    expect(await paymentsOf(t, invoice.id)).toMatchObject([{ status: "failed", failure_reason: "declined" }])
    expect(await t.run(violations)).toEqual([])
  })

  it("charges what is left where part of it was paid by hand before the provider heard of it, and nothing where all was", async () => {
    const { provider, t } = await charging(host)
    await t.bill(month(0))
    await t.bill(month(1))
    const [first, second] = await t.invoices()
    await t.run(record(first!.invoice.id, 800n))
    await t.run(record(second!.invoice.id))
    expect(await t.run(collectDue)).toMatchObject({ charges: 2, succeeded: 1, canceled: 1 })
    expect([...provider.charges.values()].map(({ call }) => call.amount_cents)).toEqual([10_000n])
    expect((await paymentsOf(t, second!.invoice.id)).map(({ status }) => status).toSorted()).toEqual(["canceled", "succeeded"])
    expect(await t.run(violations)).toEqual([])
  })

  it("keeps what comes in after the invoice was paid otherwise as unapplied", async () => {
    const { provider, t } = await charging(host, { charge: () => "processing" })
    await t.bill(month(0))
    expect(await t.run(collectDue)).toMatchObject({ processing: 1 })
    const [{ invoice }] = (await t.invoices()) as [Awaited<ReturnType<Tenant["invoices"]>>[number]]
    await t.run(record(invoice.id, 10_000n))
    provider.settle([...provider.charges.keys()][0]!, "succeeded")
    t.at(minutes(month(0), 30))
    expect(await t.run(collectDue)).toMatchObject({ charges: 0 })
    t.at(minutes(month(0), 61))
    expect(await t.run(collectDue)).toMatchObject({ succeeded: 1 })
    const charged = (await paymentsOf(t, invoice.id)).find(({ provider: name }) => name === "stripe")
    expect(charged).toMatchObject({ status: "succeeded", amount_cents: 10_800n, unapplied_amount_cents: 10_000n })
    expect(await t.run(violations)).toEqual([])
  })

  it("that failed is tried again over what is then due, by the default method, with another key; once at a time", async () => {
    const { provider, t } = await charging(host, {}, "fails")
    const retry = (id: string) => Effect.flatMap(Payments, (payments) => payments.retry(id))
    await t.bill(month(0))
    await t.run(collectDue)
    const [{ invoice }] = (await t.invoices()) as [Awaited<ReturnType<Tenant["invoices"]>>[number]]
    const [failed] = await paymentsOf(t, invoice.id)
    await t.run(record(invoice.id, 800n))
    await t.run(addMethod("succeeds"))
    expect(await t.run(retry(failed!.id))).toMatchObject({ id: failed!.id, status: "pending", amount_cents: 10_000n })
    expect(await t.fail(retry(failed!.id))).toMatchObject({ _tag: "InvalidTransition", from: "pending" })
    expect(await t.run(collectDue)).toMatchObject({ succeeded: 1 })
    expect([...provider.charges.keys()]).toEqual([failed!.id, `${failed!.id}/2`])
    expect((await t.invoices())[0]!.invoice.status).toBe("paid")
    expect(await t.run(violations)).toEqual([])
  })

  it("that is under way can be marked as paid, once; a payment by hand cannot", async () => {
    const { t } = await charging(host, { charge: () => "processing" })
    const markPaid = (id: string) => Effect.flatMap(Payments, (payments) => payments.markPaid(id))
    await t.bill(month(0))
    await t.run(collectDue)
    const [{ invoice }] = (await t.invoices()) as [Awaited<ReturnType<Tenant["invoices"]>>[number]]
    const [processing] = await paymentsOf(t, invoice.id)
    expect(await t.run(markPaid(processing!.id))).toMatchObject({ status: "succeeded", unapplied_amount_cents: 0n })
    expect((await t.invoices())[0]!.invoice.status).toBe("paid")
    expect(await t.fail(markPaid(processing!.id))).toMatchObject({ _tag: "InvalidTransition", from: "succeeded" })
    t.at(minutes(month(0), 90))
    expect(await t.run(collectDue)).toMatchObject({ charges: 0 })
    expect(await t.run(violations)).toEqual([])
  })

  it("of an invoice that is voided is canceled; what comes in all the same is unapplied", async () => {
    const { provider, t } = await charging(host, { charge: () => "processing" })
    const voidOf = (id: string) => Effect.flatMap(Invoices, (service) => service.void(id))
    await t.bill(month(0))
    await t.run(collectDue)
    await t.bill(month(1))
    const [first, second] = (await t.invoices()).map(({ invoice }) => invoice.id as string)
    await t.run(Effect.zipRight(voidOf(first!), voidOf(second!)))
    expect(await t.run(collectDue)).toMatchObject({ charges: 2, processing: 1, canceled: 1 })
    expect(provider.charges.size).toBe(1)
    provider.settle([...provider.charges.keys()][0]!, "succeeded")
    t.at(minutes(month(1), 61))
    expect(await t.run(collectDue)).toMatchObject({ succeeded: 1 })
    expect(await paymentsOf(t, first!)).toMatchObject([{ status: "succeeded", unapplied_amount_cents: 10_800n }])
    expect(await paymentsOf(t, second!)).toMatchObject([{ status: "canceled", unapplied_amount_cents: 0n }])
    expect(await t.run(violations)).toEqual([])
  })

  it("whose answer was lost is asked about, not made again; whose call was lost is made with the same key", async () => {
    for (const cut of ["before", "after"] as const) {
      const { provider, t } = await charging(host, { fault: (call) => (call === 1 ? cut : undefined) })
      await t.bill(month(0))
      expect(await t.run(collectDue)).toMatchObject({ charges: 1, unknown: 1 })
      expect(await t.run(collectDue)).toMatchObject({ charges: 0 })
      t.at(minutes(month(0), 16))
      expect(await t.run(collectDue)).toMatchObject({ charges: 1, succeeded: 1 })
      expect(provider.charges.size).toBe(1)
      expect(provider.calls()).toBe(cut === "before" ? 3 : 2)
      expect(await t.run(violations)).toEqual([])
    }
  })

  it("is one charge and one record wherever the job is stopped", async () => {
    const { provider, t } = await charging(host)
    let stopped = true
    let n = 0
    for (; stopped; n++) {
      await t.bill(month(n))
      stopped = await t.run(abortAtStatement(collectDue, n + 1))
      expect(provider.charges.size).toBeLessThanOrEqual(n + 1)
      t.at(minutes(month(n), 16))
      await t.run(collectDue)
      const documents = await t.invoices()
      expect(provider.charges.size).toBe(n + 1)
      expect(documents.map(({ invoice }) => invoice.status)).toEqual(Array(n + 1).fill("paid"))
      expect(documents.at(-1)!.settlements.map(({ amount_cents }) => amount_cents)).toEqual([10_800n])
    }
    expect(n).toBeGreaterThan(10)
    expect(await t.run(violations)).toEqual([])
  }, 120_000)

  it("by two jobs at once is one charge for each invoice", async () => {
    const { provider, t } = await charging(host)
    for (const index of [0, 1, 2, 3]) await t.bill(month(index))
    const runs = await t.run(Effect.all([collectDue, collectDue, collectDue], { concurrency: "unbounded" }))
    expect(runs.reduce((sum, run) => sum + run.charges, 0)).toBe(4)
    expect(provider.calls()).toBe(4)
    expect((await t.invoices()).map(({ invoice }) => invoice.status)).toEqual(Array(4).fill("paid"))
    expect(await t.run(violations)).toEqual([])
  })

  it("takes as many statements for twenty charges as for two", async () => {
    const { t } = await charging(host)
    const counted = async (invoices: number, from: number) => {
      for (let index = 0; index < invoices; index++) await t.bill(month(from + index))
      const [run, statements] = await t.run(countStatements(collectDue))
      expect(run).toMatchObject({ charges: invoices, succeeded: invoices })
      return statements
    }
    expect(await counted(20, 0)).toBe(await counted(2, 20))
  }, 60_000)

  it("without the provider that the method names fails the payment, without a default method there is none", async () => {
    const t = await host.tenant()
    t.at("2025-01-01T00:00:00Z")
    await t.plan({ code: "p", currency: "EUR", amount_cents: 10_800n })
    await t.subscribe("s", "p")
    await t.bill(month(0))
    await t.run(addMethod("m"))
    await t.bill(month(1))
    expect(await t.run(collectDue)).toMatchObject({ charges: 1, failed: 1 })
    const [first, second] = await t.invoices()
    expect(await paymentsOf(t, first!.invoice.id)).toEqual([])
    expect(await paymentsOf(t, second!.invoice.id)).toMatchObject([{ status: "failed", failure_reason: "stripe is not set up" }])
  })
})

describeBilling("payment methods", (host) => {
  const add = (provider_payment_method_id: string, given: Partial<AddPaymentMethodInput> = {}) =>
    Effect.flatMap(PaymentMethods, (methods) =>
      methods.add({ external_customer_id: "c", provider: "stripe", provider_payment_method_id, ...given })
    )
  const defaults = (t: Tenant) =>
    t.run(
      Effect.flatMap(PaymentMethods, (methods) =>
        Effect.map(methods.list(), ({ items }) => items.filter(({ is_default }) => is_default).map((one) => one.provider_payment_method_id))
      )
    )

  it("have one default: the first, until another is made it; it is not deleted, and can be cleared", async () => {
    const t = await host.tenant()
    const first = await t.run(add("a"))
    const second = await t.run(add("b"))
    expect(await defaults(t)).toEqual(["a"])
    expect((await t.run(add("a"))).id).toBe(first.id)
    await t.run(Effect.flatMap(PaymentMethods, (methods) => methods.setDefault(second.id)))
    expect(await defaults(t)).toEqual(["b"])
    await t.run(Effect.flatMap(PaymentMethods, (methods) => methods.delete(first.id)))
    expect(await t.fail(Effect.flatMap(PaymentMethods, (methods) => methods.delete(second.id)))).toMatchObject({
      _tag: "DefaultPaymentMethod"
    })
    await t.run(Effect.flatMap(PaymentMethods, (methods) => methods.clearDefault(second.id)))
    expect(await defaults(t)).toEqual([])
    await t.run(Effect.flatMap(PaymentMethods, (methods) => methods.delete(second.id)))
  })

  it("show other data once they are told, and stay what they are otherwise", async () => {
    const t = await host.tenant()
    const { id } = await t.run(add("a", { details: { last4: "4242", expiry: "12/2026" } }))
    const update = (details: Readonly<Record<string, unknown>>) =>
      Effect.flatMap(PaymentMethods, (methods) => methods.update(id, { details }))
    expect(await t.run(update({ last4: "4242", expiry: "12/2030" }))).toMatchObject({
      details: { last4: "4242", expiry: "12/2030" },
      type: "card",
      is_default: true
    })
    expect(await t.fail(update({ number: "4242 4242 4242 4242" }))).toMatchObject({ _tag: "InvalidInput", field: "details" })
    const missing = Effect.flatMap(PaymentMethods, (methods) => methods.update("0190a000-0000-7000-8000-000000000000", {}))
    expect(await t.fail(missing)).toMatchObject({ _tag: "PaymentMethodNotFound" })
  })

  it("are named by the provider's id, which is no card number", async () => {
    const t = await host.tenant()
    expect(await t.fail(add("4242 4242 4242 4242"))).toMatchObject({ _tag: "InvalidInput", field: "provider_payment_method_id" })
    // Sixteen digits that check, as every tenth of Adyen's ids.
    expect((await t.run(add("8416038790273859", { provider: "adyen" }))).provider).toBe("adyen")
    const wrong = await t.fail(add("pm", { provider: "4242424242424242" as "adyen" }))
    expect(String(wrong)).not.toContain("4242")
  })

  it("that become the default at once leave one", async () => {
    const t = await host.tenant()
    const made = await t.run(Effect.forEach(["a", "b", "c"], (id) => add(id)))
    await t.run(
      Effect.forEach(made, ({ id }) => Effect.flatMap(PaymentMethods, (methods) => methods.setDefault(id)), { concurrency: "unbounded" })
    )
    expect(await defaults(t)).toHaveLength(1)
  })

  it.each([
    [{ number: "4242424242424242" }],
    [{ last4: "4242", pan: 4242424242424242 }],
    [{ deep: [{ "4242-4242-4242-4242": true }] }],
    [{ number: "４２４２　４２４２　４２４２　４２４２" }],
    [{ number: "4242\u200b42424242\u2013 4242\u00a04242" }],
    [{ iban: "DE89 3704 0044 0532 0130 00" }],
    [{ account: "123456789" }]
  ])("keep display data only: %j is refused", async (details) => {
    const t = await host.tenant()
    expect(await t.fail(add("a", { details }))).toMatchObject({ _tag: "InvalidInput", field: "details" })
    expect((await t.run(add("a", { details: { last4: "4242", brand: "visa", expiry: "12/2031" } }))).details).toEqual({
      last4: "4242",
      brand: "visa",
      expiry: "12/2031"
    })
  })
})
