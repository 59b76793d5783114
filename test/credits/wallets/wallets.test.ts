import { Effect } from "effect"
import { expect, it } from "vitest"
import { type CreateWalletInput, WalletRules, Wallets, type WalletsShape } from "../../../src/credits/index.js"
import { Billing } from "../../../src/invoicing/index.js"
import { Doctor } from "../../../src/operations/index.js"
import { Payments } from "../../../src/payments/index.js"
import { describeBilling, type Tenant } from "../../support/billing.js"
import { countStatements } from "../../support/count-statements.js"

const on = ({ at, fail, run }: Tenant) => {
  at("2025-01-01T00:00:00Z")
  const using = <A, E, R>(act: (wallets: WalletsShape) => Effect.Effect<A, E, R>) => Effect.flatMap(Wallets, act)
  const create = (code: string, given: Partial<CreateWalletInput> = {}) =>
    run(using((wallets) => wallets.create({ external_customer_id: "c", code, ...given })))
  return {
    create,
    using,
    wallet: (id: string) => run(using((wallets) => wallets.get({ id }))),
    movements: async (wallet_id: string) => {
      const { items } = await run(using((wallets) => wallets.transactions({ wallet_id, order_by: "created_at:asc" })))
      return items.map(({ amount, status, transaction_status, transaction_type }) => [transaction_type, transaction_status, status, amount])
    },
    sound: async () => expect((await run(Effect.flatMap(Doctor, (doctor) => doctor.check()))).violations).toEqual([]),
    pay: (invoice_id: string, amount_cents?: bigint) =>
      run(Effect.flatMap(Payments, (payments) => payments.record({ invoice_id, ...(amount_cents === undefined ? {} : { amount_cents }) }))),
    fail
  }
}

describeBilling("wallets", (host) => {
  it("a code is a customer's own, rate and currency are fixed, credits worth nothing are refused", async () => {
    const tenant = await host.tenant()
    const { create, fail, using } = on(tenant)
    const { id } = await create("w", { rate_amount: "0.1" })
    expect(await fail(using((wallets) => wallets.create({ external_customer_id: "c", code: "w" })))).toMatchObject({ _tag: "CodeTaken" })
    await tenant.customer({ external_id: "d", name: "D" })
    await tenant.run(using((wallets) => wallets.create({ external_customer_id: "d", code: "w" })))
    expect(await fail(using((wallets) => wallets.update({ id }, { rate_amount: "2" })))).toMatchObject({ _tag: "Immutable" })
    expect(await fail(using((wallets) => wallets.topUp({ id }, { credits: "4" })))).toMatchObject({
      _tag: "InvalidInput",
      field: "credits"
    })
    expect(await fail(using((wallets) => wallets.get({ external_customer_id: "nobody", code: "w" })))).toMatchObject({
      _tag: "WalletNotFound"
    })
  })

  it("bought credits come when their invoice is paid, once", async () => {
    const tenant = await host.tenant()
    const { create, movements, pay, sound, using, wallet } = on(tenant)
    const { id } = await create("w", { rate_amount: "100" })
    await tenant.run(using((wallets) => wallets.topUp({ id }, { credits: "2.5", kind: "purchased" })))
    const [{ fees, invoice }] = (await tenant.invoices()) as [Awaited<ReturnType<Tenant["invoices"]>>[number]]
    expect(invoice).toMatchObject({ invoice_type: "credit", status: "finalized", total_cents: 250n })
    expect(fees[0]).toMatchObject({ fee_type: "credit", units: "2.5", precise_unit_amount: "1", payment_status: "pending" })
    expect((await wallet(id)).balance_cents).toBe(0n)
    await pay(invoice.id, 100n)
    await pay(invoice.id)
    expect(await wallet(id)).toMatchObject({ balance_cents: 250n, credits_balance: "2.5" })
    expect(await movements(id)).toEqual([["inbound", "purchased", "settled", 250n]])
    expect(await tenant.fail(Effect.flatMap(Payments, (payments) => payments.record({ invoice_id: invoice.id })))).toMatchObject({
      _tag: "NothingDue"
    })
    await sound()
  })

  it("moves money between a customer's wallets, each showing it by its own rate", async () => {
    const tenant = await host.tenant()
    const { create, fail, sound, using, wallet } = on(tenant)
    const a = await create("a", { rate_amount: "100", granted_credits: "5" })
    const b = await create("b", { rate_amount: "30" })
    const usd = await create("usd", { currency: "USD" })
    const move = (to: string, credits: string) => using((wallets) => wallets.transfer({ from: a.id, to, credits }))
    await tenant.run(move(b.id, "2"))
    expect(await wallet(a.id)).toMatchObject({ balance_cents: 300n, credits_balance: "3", consumed_amount_cents: 0n })
    expect(await wallet(b.id)).toMatchObject({ balance_cents: 200n, credits_balance: "6.6667" })
    expect(await fail(move(b.id, "3.01"))).toMatchObject({ _tag: "AmountExceedsBalance", balance: 300n })
    expect(await fail(move(a.id, "1"))).toMatchObject({ _tag: "SameWallet" })
    expect(await fail(move(usd.id, "1"))).toMatchObject({ _tag: "CurrencyMismatch" })
    await sound()
  })

  it("an ended wallet forfeits its rest, and its unpaid purchase is voided", async () => {
    const tenant = await host.tenant()
    const { create, fail, movements, sound, using, wallet } = on(tenant)
    const { id } = await create("w", { granted_credits: "7", expiration_at: "2025-01-02T00:00:00Z" })
    await tenant.run(using((wallets) => wallets.topUp({ id }, { credits: "9", kind: "purchased" })))
    tenant.at("2025-01-02T00:00:00Z")
    expect(await fail(using((wallets) => wallets.topUp({ id }, { credits: "1" })))).toMatchObject({ from: "expired" })
    expect(await tenant.run(using((wallets) => wallets.runDue()))).toEqual({ terminated: 1, topped_up: 0 })
    expect(await tenant.run(using((wallets) => wallets.runDue()))).toEqual({ terminated: 0, topped_up: 0 })
    expect(await wallet(id)).toMatchObject({ status: "terminated", balance_cents: 0n })
    expect(await movements(id)).toEqual([
      ["inbound", "granted", "settled", 7n],
      ["inbound", "purchased", "failed", 9n],
      ["outbound", "voided", "settled", 7n]
    ])
    expect((await tenant.invoices())[0]!.invoice.status).toBe("voided")
    await sound()
  })

  it("says what came and went day by day, and for how long the rest lasts", async () => {
    const tenant = await host.tenant({ customer: { timezone: "America/New_York" } })
    const { create, using } = on(tenant)
    tenant.at("2025-01-10T03:00:00Z")
    const { id } = await create("w", { granted_credits: "2400" })
    tenant.at("2025-01-11T03:00:00Z")
    await tenant.run(using((wallets) => wallets.voidCredits({ id }, { credits: "1500" })))
    tenant.at("2025-02-01T00:00:00Z")
    const days = await tenant.run(using((wallets) => wallets.balanceTimeline({ id }, { from: "2025-01-09", until: "2025-01-10" })))
    expect(
      days.map(({ balance_cents, day, inbound_cents, outbound_cents }) => [day, inbound_cents, outbound_cents, balance_cents])
    ).toEqual([
      ["2025-01-09", 2400n, 0n, 2400n],
      ["2025-01-10", 0n, 1500n, 900n]
    ])
    expect(await tenant.run(using((wallets) => wallets.depletionForecast({ id })))).toMatchObject({ outbound_cents: 1500n, days_left: 18 })
    tenant.at("2025-05-01T00:00:00Z")
    expect(await tenant.run(using((wallets) => wallets.depletionForecast({ id })))).toMatchObject({ days_left: null, depleted_on: null })
  })

  it("a rule that has ended tops up no more", async () => {
    const tenant = await host.tenant()
    const { create, using, wallet } = on(tenant)
    const { id } = await create("w")
    const rule = await tenant.run(
      Effect.flatMap(WalletRules, (rules) =>
        rules.create(id, { trigger: "interval", interval: "weekly", method: "fixed", granted_credits: "3" })
      )
    )
    tenant.at("2025-01-15T00:00:00Z")
    expect(await tenant.run(using((wallets) => wallets.runDue()))).toEqual({ terminated: 0, topped_up: 2 })
    await tenant.run(Effect.flatMap(WalletRules, (rules) => rules.terminate(id, rule.id)))
    tenant.at("2025-02-15T00:00:00Z")
    expect(await tenant.run(using((wallets) => wallets.runDue()))).toEqual({ terminated: 0, topped_up: 0 })
    expect((await wallet(id)).balance_cents).toBe(6n)
  })

  it("settles any number of invoices with the same number of statements", async () => {
    const bill = async (customers: number) => {
      const tenant = await host.tenant()
      tenant.at("2025-01-01T00:00:00Z")
      await tenant.plan({ code: "p", amount_cents: 1000n })
      for (let index = 0; index < customers; index++) {
        await tenant.customer({ external_id: `${index}`, name: `${index}` })
        await tenant.run(
          Effect.flatMap(Wallets, (wallets) =>
            wallets.create({ external_customer_id: `${index}`, code: "w", granted_credits: "400", rate_amount: "1" })
          )
        )
        await tenant.subscribe(`s${index}`, "p", { external_customer_id: `${index}` })
      }
      tenant.at("2025-02-01T00:00:00Z")
      const [, count] = await tenant.run(countStatements(Effect.flatMap(Billing, (billing) => billing.billDue())))
      const documents = await tenant.invoices()
      expect(documents.every(({ invoice }) => invoice.prepaid_credit_amount_cents === 400n)).toBe(true)
      expect(documents.every(({ settlements }) => settlements.map((one) => one.settlement_type).join() === "wallet_credit")).toBe(true)
      return count
    }
    expect(await bill(6)).toBe(await bill(2))
  })
})
