/** The portal over the Promise face: whose a session is and until when, what is one's own, and what nobody gets there. */
import { randomBytes } from "node:crypto"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { postgres } from "../../adapters/postgres/index.js"
import { secrets } from "../../adapters/secrets/index.js"
import { sqlite } from "../../adapters/sqlite/index.js"
import { scriptedProvider, testClock } from "../../adapters/testing/index.js"
import { type Billing, createBilling, type Database } from "../../src/client/index.js"
import type { DocumentPrinter } from "../../src/documents/index.js"
import { freshDatabase } from "../support/postgres.js"
import { freshFile } from "../support/sqlite.js"

const pages = { success_url: "https://example.com/a", cancel_url: "https://example.com/b" }
const bytes = new Uint8Array([1])

const engines: ReadonlyArray<
  readonly [string, () => Promise<{ readonly database: Database; readonly close: () => void | Promise<void> }>]
> = [
  [
    "SQLite",
    async () => {
      const file = freshFile()
      return { database: sqlite(file.path, { durability: "normal" }), close: file.remove }
    }
  ],
  [
    "Postgres",
    async () => {
      const { drop, url } = await freshDatabase()
      return { database: postgres(url), close: drop }
    }
  ]
]

describe.each(engines)("the portal (%s)", (_, open) => {
  const clock = testClock("2025-01-01T00:00:00Z")
  const printer: DocumentPrinter = { media_type: "application/pdf", extension: "pdf", print: () => Effect.succeed(bytes) }
  const box = secrets({ current: "k", keys: { k: randomBytes(32) } })
  let billing: Billing
  let close: () => void | Promise<void>
  beforeAll(async () => {
    const opened = await open()
    close = opened.close
    billing = await createBilling({
      database: opened.database,
      migrate: true,
      clock,
      printer,
      secrets: box,
      paymentProviders: [scriptedProvider()],
      portal: { url: "https://portal.example/?lang=en" }
    })
  })
  afterAll(async () => {
    await billing?.close()
    await close?.()
  })

  /** An organization with two customers who have the same of everything. */
  const furnish = async () => {
    clock.set("2025-01-01T00:00:00Z")
    const { id } = await billing.organizations.create({ name: "Acme", default_currency: "EUR", portal_accent_color: "#112233" })
    const acme = billing.organization(id)
    await acme.billingEntities.create({ code: "main", name: "Acme" })
    await acme.plans.create({ code: "p", name: "P", interval: "monthly", amount_cents: "3100" })
    await acme.plans.create({ code: "small", name: "Small", interval: "monthly", amount_cents: "1000" })
    await acme.plans.create({ code: "dollars", name: "D", interval: "monthly", amount_cents: "1000", currency: "USD" })
    await acme.features.create({ code: "seats", name: "Seats", feature_type: "quantity" })
    await acme.entitlements.create({ plan_code: "p", feature_code: "seats", value: "5" })
    await acme.addOns.create({ code: "setup", name: "Set-up", amount_cents: "500", amount_currency: "EUR" })
    await acme.coupons.create({ code: "ten", name: "Ten", coupon_type: "percentage", percentage_rate: "10" })
    const customer = async (external_id: string) => {
      const { id: customer_id } = await acme.customers.create({ external_id, name: external_id, email: `${external_id}@example.com` })
      const subscription = await acme.subscriptions.create({
        external_id: `s-${external_id}`,
        external_customer_id: external_id,
        plan_code: "p"
      })
      const wallet = await acme.wallets.create({ external_customer_id: external_id, code: `w-${external_id}`, granted_credits: "100" })
      const line = { description: "Work", unit_amount_cents: "4000" }
      const { invoice } = await acme.invoices.oneOff({ external_customer_id: external_id, lines: [line] })
      const { invoice: draft } = await acme.invoices.oneOff({ external_customer_id: external_id, lines: [line], draft: true })
      const method = await acme.paymentMethods.add({
        external_customer_id: external_id,
        provider: "stripe",
        provider_payment_method_id: external_id
      })
      const { token } = await acme.portal.createSession({ external_customer_id: external_id })
      return { customer_id, subscription, wallet, invoice, draft, method, token, portal: await billing.portal(token) }
    }
    return { acme, anna: await customer("anna"), bert: await customer("bert") }
  }
  const refused = (call: Promise<unknown>) =>
    call.then(
      () => "answered",
      (error: { readonly _tag: string }) => error._tag
    )

  it("opens a session for twelve hours, for who is there, and no other text opens it", async () => {
    const { acme, anna } = await furnish()
    const session = await acme.portal.createSession({ external_customer_id: "anna" })
    expect(session.expires_at.toISOString()).toBe("2025-01-01T12:00:00.000Z")
    const url = new URL(session.url!)
    expect([url.origin, url.searchParams.get("lang"), url.searchParams.get("token")]).toEqual([
      "https://portal.example",
      "en",
      session.token
    ])
    expect(anna.portal.customer_id).toBe(anna.customer_id)
    const changed = `${session.token.slice(0, -2)}${session.token.endsWith("AA") ? "BB" : "AA"}`
    const respelled = [`${session.token}.x`, `${session.token}=`, ` ${session.token}`]
    for (const text of [changed, ...respelled, "", "no token", "x".repeat(5000)]) {
      expect(await refused(billing.portal(text))).toBe("PortalTokenInvalid")
    }
    expect(await refused(acme.portal.createSession({ external_customer_id: "nobody" }))).toBe("CustomerNotFound")
    clock.set("2025-01-01T11:59:59Z")
    expect((await anna.portal.profile()).name).toBe("anna")
    clock.set("2025-01-01T12:00:00Z")
    expect(await refused(anna.portal.profile())).toBe("PortalTokenInvalid")
    expect(await refused(billing.portal(session.token))).toBe("PortalTokenInvalid")
  })

  it("answers another customer's ids like missing ones", async () => {
    const { anna, bert } = await furnish()
    const { portal } = anna
    const { draft, invoice, method, subscription, wallet } = bert
    const of = { id: subscription.id }
    const answers = [
      ["InvoiceNotFound", portal.invoice(invoice.id), portal.invoicePdf(invoice.id), portal.pay({ invoice_id: invoice.id, ...pages })],
      ["InvoiceNotFound", portal.invoice(draft.id), portal.invoice(anna.draft.id), portal.invoicePdf(anna.draft.id)],
      ["PaymentMethodNotFound", portal.setDefaultMethod(method.id), portal.removeMethod(method.id)],
      ["SubscriptionNotFound", portal.preview(of), portal.plans(of), portal.currentUsage(of), portal.projectedUsage(of), portal.limits(of)],
      ["SubscriptionNotFound", portal.usageTrend({ external_id: "s-bert" }, { metric_code: "m" }), portal.cancelPlanChange(of)],
      ["SubscriptionNotFound", portal.changePlan(of, { plan_code: "small" }), portal.previewPlanChange(of, { plan_code: "small" })],
      [
        "WalletNotFound",
        portal.walletBalances(wallet.id),
        portal.walletTransactions(wallet.id),
        portal.topUpWallet(wallet.id, { credits: "1" })
      ],
      ["WalletNotFound", portal.walletTimeline(wallet.id, { from: "2025-01-01", until: "2025-01-02" })]
    ] as const
    const tags = await Promise.all(answers.map(([, ...tried]) => Promise.all((tried as ReadonlyArray<Promise<unknown>>).map(refused))))
    expect(tags).toEqual(answers.map(([tag, ...tried]) => tried.map(() => tag)))
    const lists = [portal.invoices(), portal.payments(), portal.paymentMethods(), portal.subscriptions(), portal.wallets()]
    const owners = new Set(
      (await Promise.all(lists)).flatMap(({ items }) => (items as ReadonlyArray<{ customer_id: string }>).map((row) => row.customer_id))
    )
    expect([...owners]).toEqual([anna.customer_id])
  })

  it("shows what is one's own, sells at the catalogue's prices, and changes what a customer may change", async () => {
    const { acme, anna, bert } = await furnish()
    const { portal, subscription, wallet } = anna
    const of = { id: subscription.id }
    expect(await portal.branding()).toMatchObject({ name: "Acme", portal_accent_color: "#112233", logo_url: null })
    const { actions, billing: next, unpaid } = await portal.dashboard()
    expect(next[0]!.next_billing_at?.toISOString()).toBe("2025-02-01T00:00:00.000Z")
    expect([next[0]!.upcoming?.total_cents, next[0]!.usage[0]?.value]).toEqual([3100n, "5"])
    expect(unpaid.map(({ due_cents, id }) => [id, due_cents])).toEqual([[anna.invoice.id, 3900n]])
    expect(actions).toEqual(["pay_invoice", "top_up_wallet"])
    expect((await portal.invoices()).items.map(({ id }) => id)).toEqual([anna.invoice.id])
    expect((await portal.invoicePdf(anna.invoice.id)).bytes).toEqual(bytes)
    expect((await portal.pay({ invoice_id: anna.invoice.id, ...pages })).amount_cents).toBe(3900n)
    expect((await portal.setupSession(pages)).url).toContain("http")

    expect((await portal.plans(of)).map(({ code }) => code)).toEqual(["small"])
    const later = { plan_code: "small" }
    expect((await portal.changePlan(of, later)).plan_id).toBe(subscription.plan_id)
    // What is none of theirs to say is no field here.
    expect(await refused(portal.changePlan(of, { plan_code: "small", when: "now" } as typeof later))).toBe("InvalidInput")
    expect((await portal.cancelPlanChange(of)).previous_plan_id).toBeNull()

    const credits = { credits: "50" }
    expect(await portal.topUpWallet(wallet.id, credits)).toMatchObject({ transaction_status: "purchased", status: "pending" })
    expect(await refused(portal.topUpWallet(wallet.id, { ...credits, kind: "granted" } as typeof credits))).toBe("InvalidInput")
    expect((await portal.walletTransactions(wallet.id)).items).toHaveLength(3)
    const sold = await portal.buyAddOn({ add_on_code: "setup" })
    expect(sold.invoice.invoice).toMatchObject({ customer_id: anna.customer_id, total_cents: 500n })
    expect(await refused(portal.buyAddOn({ add_on_code: "setup", amount_cents: "1" } as { add_on_code: string }))).toBe("InvalidInput")

    const { id: applied } = await portal.redeemCoupon({ coupon_code: "ten" })
    await acme.coupons.removeApplied(applied)
    expect(await refused(portal.redeemCoupon({ coupon_code: "ten" }))).toBe("CouponAlreadyApplied")
    expect((await acme.coupons.applied({ customer_id: anna.customer_id })).items).toHaveLength(1)
    await bert.portal.redeemCoupon({ coupon_code: "ten" })

    expect(await portal.updateProfile({ name: "Anna", timezone: "Europe/Vienna" })).toMatchObject({
      name: "Anna",
      timezone: "Europe/Vienna"
    })
    expect(await refused(portal.updateProfile({ net_payment_term: 90 } as object))).toBe("InvalidInput")
    const { items } = await acme.auditTrail.list({ resource_type: "customer", resource_id: anna.customer_id, action: "updated" })
    expect(items[0]).toMatchObject({ actor_type: "user", actor_id: `customer ${anna.customer_id}` })
    // A key is the customer's own: it is in nobody else's way, and tells nobody that it was named.
    const first = await portal.buyAddOn({ add_on_code: "setup" }, { idempotencyKey: "k" })
    expect((await portal.buyAddOn({ add_on_code: "setup" }, { idempotencyKey: "k" })).invoice.invoice.id).toBe(first.invoice.invoice.id)
    expect((await bert.portal.buyAddOn({ add_on_code: "setup" }, { idempotencyKey: "k" })).invoice.invoice.customer_id).toBe(
      bert.customer_id
    )
    expect((await acme.taxes.create({ code: "t", name: "T", rate: "0.1" }, { idempotencyKey: "k" })).code).toBe("t")
    const other = portal.topUpWallet(wallet.id, credits, { idempotencyKey: "k" })
    expect(await other.catch((error: unknown) => error)).toMatchObject({ _tag: "IdempotencyMismatch", idempotency_key: "k" })
    expect(await refused(portal.topUpWallet(wallet.id, credits, { idempotencyKey: "x".repeat(300) }))).toBe("InvalidInput")
  })
})
