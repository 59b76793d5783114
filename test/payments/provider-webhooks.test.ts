import { Effect } from "effect"
import fc from "fast-check"
import { expect, it } from "vitest"
import { scriptedProvider } from "../../adapters/testing/index.js"
import { Invoices } from "../../src/invoicing/index.js"
import {
  type ChargeOutcome,
  PaymentMethods,
  Payments,
  type ProviderEvent,
  ProviderWebhooks,
  type ProviderWord,
  Refunding
} from "../../src/payments/index.js"
import { type BillingHost, describeBilling, type Tenant } from "../support/billing.js"

const DUE = 1_000n

/** What a provider may say of one payment, in the order in which it happens, and where that leads. */
const streams: ReadonlyArray<{ readonly says: ReadonlyArray<string>; readonly ends: string; readonly refunded: bigint }> = [
  { says: ["created", "processing", "succeeded", "paid_out"], ends: "succeeded", refunded: 0n },
  { says: ["processing", "failed"], ends: "failed", refunded: 0n },
  { says: ["failed", "canceled"], ends: "failed", refunded: 0n },
  { says: ["canceled"], ends: "canceled", refunded: 0n },
  { says: ["failed", "processing", "succeeded", "canceled"], ends: "succeeded", refunded: 0n },
  { says: ["succeeded", "refund 1 300", "refund 2 200"], ends: "succeeded", refunded: 500n },
  { says: ["processing", "succeeded", "refund 1 300", "charge_back 700"], ends: "refunded", refunded: 1_000n }
]

const reference = (key: string) => ({ provider_checkout_id: null, provider_payment_id: `pi_${key}`, key })

const wordOf = (key: string, name: string): ProviderWord => {
  const [about, ...more] = name.split(" ")
  const of = reference(key)
  if (about === "refund" || about === "charge_back") {
    const outcome = { status: "succeeded", provider_refund_id: `${about}_${key}_${more[0]}`, failure_reason: null } as const
    return { about: "refund", of, key: null, amount_cents: BigInt(more.at(-1)!), currency: "EUR", outcome }
  }
  if (about === "created") return { about: "charge", of, outcome: null }
  const status = (about === "paid_out" ? "succeeded" : about) as ChargeOutcome["status"]
  const collected = status === "succeeded" ? { amount_cents: DUE, currency: "EUR" } : null
  return {
    about: "charge",
    of,
    outcome: { status, provider_payment_id: of.provider_payment_id, collected, failure_reason: status === "failed" ? "declined" : null }
  }
}

const eventOf = (key: string, name: string): ProviderEvent => ({ id: `${key} ${name}`, name, words: [wordOf(key, name)] })

/** Invoices of 1,000 EUR, each with a charge that its provider is at. */
const charged = async (host: BillingHost, subscriptions: number, months: number) => {
  const provider = scriptedProvider({ charge: () => "processing" })
  const t = await host.tenant({ providers: [provider] })
  t.at("2025-01-01T00:00:00Z")
  await t.plan({ code: "p", currency: "EUR", amount_cents: DUE })
  await t.run(
    Effect.flatMap(PaymentMethods, (methods) =>
      methods.add({ external_customer_id: "c", provider: "stripe", provider_payment_method_id: "card" })
    )
  )
  for (let index = 0; index < subscriptions; index++) await t.subscribe(`s${index}`, "p")
  for (let month = 1; month <= months; month++) await t.bill(new Date(Date.UTC(2025, month, 1)).toISOString())
  const receive = (events: ReadonlyArray<ProviderEvent>) =>
    t.run(Effect.flatMap(ProviderWebhooks, (webhooks) => webhooks.receive({ provider: "stripe", ...provider.webhook(events) })))
  const payments = () => allPayments(t)
  return { t, receive, payments, provider }
}

const allPayments = (t: Tenant) =>
  t.run(
    Effect.gen(function* () {
      const service = yield* Payments
      const first = yield* service.list({ limit: 1000, order_by: "created_at:asc" })
      return first.items
    })
  )

const permuted = (says: ReadonlyArray<string>) =>
  fc
    .tuple(fc.shuffledSubarray([...says], { minLength: says.length }), fc.array(fc.constantFrom(...says), { maxLength: 3 }))
    .chain(([all, again]) => fc.shuffledSubarray([...all, ...again], { minLength: all.length + again.length }))

describeBilling("the webhooks of a payment", (host) => {
  it("end in the same state in any order and however often they come", async () => {
    const many = host.engine === "Postgres" ? { subscriptions: 14, months: 2 } : { subscriptions: 250, months: 4 }
    const { payments, receive, t } = await charged(host, many.subscriptions, many.months)
    const open = await payments()
    expect(open).toHaveLength(many.subscriptions * many.months)
    const plans = open.map(({ id }, index) => {
      const stream = streams[index % streams.length]!
      return { id, ...stream, order: fc.sample(permuted(stream.says), { numRuns: 1, seed: index })[0]! }
    })
    for (let step = 0; step < Math.max(...plans.map(({ order }) => order.length)); step++) {
      await receive(plans.flatMap(({ id, order }) => (order[step] === undefined ? [] : [eventOf(id, order[step]!)])))
    }
    const after = new Map((await payments()).map((payment) => [payment.id as string, payment]))
    for (const { ends, id, order, refunded } of plans) {
      const { refunded_amount_cents, status, unapplied_amount_cents } = after.get(id)!
      expect({ order, status, refunded_amount_cents, unapplied_amount_cents }).toEqual({
        order,
        status: ends,
        refunded_amount_cents: refunded,
        unapplied_amount_cents: 0n
      })
    }
    expect(await t.violations()).toEqual([])
  }, 300_000)

  it("on a refund that we asked for are matched by its id, before the answer too; one made elsewhere comes with a note", async () => {
    const { payments, provider, receive, t } = await charged(host, 1, 1)
    const [{ id, invoice_id }] = (await payments()) as [Awaited<ReturnType<typeof payments>>[number]]
    await receive([eventOf(id, "succeeded")])
    const asked = await t.run(Effect.flatMap(Payments, (service) => service.refund(id, { amount_cents: 400n })))
    const [refund] = asked.refunds
    const outcome = { status: "succeeded", provider_refund_id: `stripe_${refund!.id}`, failure_reason: null } as const
    const word = { about: "refund", of: reference(id), key: refund!.id, amount_cents: 400n, currency: "EUR", outcome } as const
    expect(await receive([{ id: "r", name: "refunded", words: [word] }])).toMatchObject({ events: [{ result: "booked" }] })
    expect(await t.run(Effect.flatMap(Refunding, (refunding) => refunding.refundDue()))).toMatchObject({ refunds: 0 })
    expect(provider.refunds.size).toBe(0)
    expect(await receive([{ id: "again", name: "refunded", words: [{ ...word, key: null }] }])).toMatchObject({
      events: [{ result: "unchanged" }]
    })
    expect(await receive([eventOf(id, "charge_back 600")])).toMatchObject({ events: [{ result: "booked" }] })
    expect(await payments()).toMatchObject([{ status: "refunded", refunded_amount_cents: 1_000n }])
    expect((await t.notes()).map(({ note }) => [note.credit_note_type, note.refund_amount_cents, note.refund_status])).toEqual([
      ["refund", 400n, "succeeded"],
      ["refund", 600n, "succeeded"]
    ])
    expect(await receive([eventOf(id, "charge_back 600")])).toMatchObject({ events: [{ result: "repeated" }] })
    expect((await t.run(Effect.flatMap(Invoices, (invoices) => invoices.get(invoice_id)))).invoice.status).toBe("paid")
    expect(await t.violations()).toEqual([])
  })
})
