/** A tenant with one of everything that a call can name. Two of them have other ids, codes and external ids, and else the same. */
import { Effect } from "effect"
import { ApiKeys, BillingEntities, Customers, Members } from "../../src/accounts/index.js"
import { Plans, Taxes } from "../../src/catalog/index.js"
import { Coupons, WalletHolds, WalletRules, Wallets } from "../../src/credits/index.js"
import { Entitlements, Features } from "../../src/entitlements/index.js"
import { IntegrationLinks, Integrations } from "../../src/integrations/index.js"
import { AddOns, Billing, CreditNotes, Fees, Invoices, UsageThresholds } from "../../src/invoicing/index.js"
import { Events, Metrics } from "../../src/metering/index.js"
import { AdminNotifications, DataExports } from "../../src/operations/index.js"
import { DunningCampaigns, PaymentMethods, PaymentRequests, Payments } from "../../src/payments/index.js"
import { Subscriptions } from "../../src/subscriptions/index.js"
import { UsageAlerts } from "../../src/usage/index.js"
import { WebhookEndpoints, Webhooks } from "../../src/webhooks/index.js"
import { furnishField } from "./field.js"

/** `x` makes the codes and external ids; `at` sets the clock. */
export const furnish = (x: string, oem: string, at: (time: string) => void) =>
  Effect.gen(function* () {
    at("2025-01-01T00:00:00Z")
    const endpoints = yield* WebhookEndpoints
    const endpoint = yield* endpoints.create({ url: `https://example.com/${x}` })
    const members = yield* Members
    yield* members.add({ user_id: `owner-${x}`, role: "owner" })
    const member = yield* members.add({ user_id: `member-${x}` })
    const entities = yield* BillingEntities
    const entity = yield* entities.create({ code: `main-${x}`, name: "Main" })
    const spare_entity = yield* entities.create({ code: `spare-${x}`, name: "Spare", invoice_prefix: "SP" })
    const customers = yield* Customers
    const customer = yield* customers.create({ external_id: `c-${x}`, name: "C", email: "c@example.com" })
    const other = yield* customers.create({ external_id: `d-${x}`, name: "D" })
    const holder = yield* customers.create({ external_id: `e-${x}`, name: "E" })
    const spare_customer = yield* customers.create({ external_id: `f-${x}`, name: "F" })
    const metrics = yield* Metrics
    const metric = yield* metrics.create({ code: `calls-${x}`, name: "Calls", aggregation_type: "sum", field_name: "n" })
    yield* metrics.addFilter({ id: metric.id }, { key: "region", values: ["eu", "us"] })
    const spare_metric = yield* metrics.create({ code: `spare-${x}`, name: "Spare", aggregation_type: "count" })
    const taxes = yield* Taxes
    const tax = yield* taxes.create({ code: `vat-${x}`, name: "VAT", rate: "0.19" })
    const plans = yield* Plans
    const charge = { metric_code: metric.code, charge_model: "standard" as const, properties: { amount: "1" } }
    const plan = yield* plans.create({ code: `p-${x}`, name: "P", interval: "monthly", amount_cents: "3100", charges: [charge] })
    const cheap_plan = yield* plans.create({ code: `q-${x}`, name: "Q", interval: "monthly", amount_cents: "1000" })
    const spare_plan = yield* plans.create({ code: `r-${x}`, name: "R", interval: "monthly", amount_cents: "9000" })
    yield* taxes.apply({ tax_code: tax.code, taxable_type: "customer", taxable_id: other.id })
    const features = yield* Features
    const feature = yield* features.create({ code: `seats-${x}`, name: "Seats", feature_type: "quantity" })
    const spare_feature = yield* features.create({ code: `sso-${x}`, name: "SSO", feature_type: "boolean" })
    const entitlements = yield* Entitlements
    const entitlement = yield* entitlements.create({ plan_code: plan.code, feature_code: feature.code, value: "5" })
    const subscriptions = yield* Subscriptions
    const subscribe = (name: string, plan_code: string, starts?: string) =>
      subscriptions.create({
        external_id: `${name}-${x}`,
        external_customer_id: customer.external_id,
        plan_code,
        ...(starts === undefined ? {} : { subscription_at: starts })
      })
    const subscription = yield* subscribe("s", plan.code)
    const paused = yield* subscribe("paused", cheap_plan.code)
    const changing = yield* subscribe("changing", plan.code)
    const pending = yield* subscribe("pending", plan.code, "2025-06-01T00:00:00Z")
    const alerts = yield* UsageAlerts
    const alert = yield* alerts.create({
      external_subscription_id: subscription.external_id,
      metric_code: metric.code,
      name: "A",
      threshold_value: "100"
    })
    const thresholds = yield* UsageThresholds
    const threshold = yield* thresholds.create({ external_subscription_id: subscription.external_id, amount_cents: "1000000" })
    const events = yield* Events
    yield* events.ingest([
      {
        transaction_id: `t-${x}`,
        external_customer_id: customer.external_id,
        external_subscription_id: subscription.external_id,
        code: metric.code,
        timestamp: "2025-01-02T00:00:00Z",
        properties: { n: 3 }
      }
    ])
    const { items: stored } = yield* events.list()
    const coupons = yield* Coupons
    const coupon = yield* coupons.create({ code: `ten-${x}`, name: "Ten", coupon_type: "percentage", percentage_rate: "10" })
    const spare_coupon = yield* coupons.create({ code: `five-${x}`, name: "Five", coupon_type: "percentage", percentage_rate: "5" })
    const application = yield* coupons.apply({ coupon_code: coupon.code, external_customer_id: other.external_id })
    const addOns = yield* AddOns
    const add_on = yield* addOns.create({ code: `setup-${x}`, name: "Setup", amount_cents: "5000", amount_currency: "USD" })
    const spare_add_on = yield* addOns.create({ code: `spare-${x}`, name: "Spare", amount_cents: "5000", amount_currency: "USD" })
    yield* addOns.apply({ add_on_code: add_on.code, external_customer_id: other.external_id })
    const wallets = yield* Wallets
    const makeWallet = (code: string, expiration_at?: string) =>
      wallets.create({
        external_customer_id: holder.external_id,
        code: `${code}-${x}`,
        rate_amount: "100",
        granted_credits: "50",
        ...(expiration_at === undefined ? {} : { expiration_at })
      })
    const wallet = yield* makeWallet("w")
    const wallet_to = yield* makeWallet("v")
    // Administrators are told of it.
    yield* makeWallet("expiring", "2025-02-05T00:00:00Z")
    const rules = yield* WalletRules
    const rule = yield* rules.create(wallet.id, { trigger: "threshold", threshold_credits: "5", method: "fixed", granted_credits: "10" })
    const holds = yield* WalletHolds
    const hold = yield* holds.reserve({ wallet_id: wallet.id, amount_cents: "100" })
    yield* subscriptions.pause({ id: paused.id })
    at("2025-02-01T00:00:00Z")
    yield* Effect.flatMap(Billing, (billing) => billing.billDue())
    yield* subscriptions.changePlan({ id: changing.id }, { plan_code: cheap_plan.code })
    const invoices = yield* Invoices
    const oneOff = (draft: boolean) =>
      invoices.oneOff({
        external_customer_id: other.external_id,
        draft,
        lines: [{ description: "Work", unit_amount_cents: "4000" }]
      })
    const added_fee = yield* Effect.flatMap(Fees, (fees) =>
      fees.create({ external_customer_id: other.external_id, amount_cents: "100", description: "Set-up" })
    )
    const draft = yield* oneOff(true)
    const spare_draft = yield* oneOff(true)
    const invoice = yield* oneOff(false)
    const unpaid = yield* oneOff(false)
    const voidable = yield* oneOff(false)
    const paid = yield* oneOff(false)
    const payments = yield* Payments
    const payment = yield* payments.record({ invoice_id: paid.invoice.id })
    const notes = yield* CreditNotes
    const noteOf = (document: typeof invoice, credit_note_type: "credit" | "refund", amount: string) =>
      notes.create({
        invoice_id: document.invoice.id,
        credit_note_type,
        items: [{ fee_id: document.fees[0]!.id, amount_cents: amount }],
        reason: "other"
      })
    const draft_note = yield* noteOf(invoice, "credit", "100")
    const spare_note = yield* noteOf(invoice, "credit", "200")
    const note = yield* Effect.flatMap(noteOf(invoice, "credit", "300"), ({ note: made }) => notes.finalize(made.id))
    const refund_note = yield* Effect.flatMap(noteOf(paid, "refund", "100"), ({ note: made }) => notes.finalize(made.id))
    const methods = yield* PaymentMethods
    const method = (id: string) =>
      methods.add({ external_customer_id: customer.external_id, provider: "stripe", provider_payment_method_id: `${id}-${x}` })
    const payment_method = yield* method("m1")
    const spare_method = yield* method("m2")
    const requests = yield* PaymentRequests
    const request = yield* requests.create({ external_customer_id: other.external_id, invoice_ids: [unpaid.invoice.id] })
    const campaigns = yield* DunningCampaigns
    const campaign = yield* campaigns.create({ code: `dun-${x}`, name: "D", thresholds: [{ currency: "USD", amount_cents: "1" }] })
    const checkout = yield* payments.checkout({
      invoice_id: invoice.invoice.id,
      provider: "stripe",
      success_url: "https://example.com/a",
      cancel_url: "https://example.com/b"
    })
    const integrations = yield* Integrations
    const integration = yield* integrations.create({
      integration_type: "accounting",
      provider_type: "xero",
      settings: { tenant_id: x, client_secret: `secret-${x}` }
    })
    const links = yield* IntegrationLinks
    const link = yield* links.create(integration.id, { customer_id: customer.id, external_customer_id: "E-1" })
    const keys = yield* ApiKeys
    const key = yield* keys.create({ name: "K" })
    const { items: told } = yield* Effect.flatMap(Webhooks, (webhooks) => webhooks.list())
    const data_export = yield* Effect.flatMap(DataExports, (exports) => exports.create({ export_type: "customers" }))
    const field = yield* furnishField(x, oem, { external_customer_id: holder.external_id, add_on_code: add_on.code })
    const admins = yield* AdminNotifications
    yield* admins.raiseDue()
    const { items: notices } = yield* admins.list()
    return {
      ...field,
      admin_notification: notices[0]!.id,
      data_export: data_export.id,
      member: member.user_id,
      endpoint: endpoint.endpoint.id,
      entity: entity.id,
      spare_entity: spare_entity.id,
      customer: customer.id,
      external_customer: customer.external_id,
      other_customer: other.id,
      other_external_customer: other.external_id,
      holder: holder.id,
      spare_customer: spare_customer.id,
      external_spare_customer: spare_customer.external_id,
      external_holder: holder.external_id,
      metric: metric.id,
      metric_code: metric.code,
      spare_metric: spare_metric.id,
      tax: tax.id,
      tax_code: tax.code,
      plan: plan.id,
      plan_code: plan.code,
      cheap_plan_code: cheap_plan.code,
      spare_plan: spare_plan.id,
      spare_plan_code: spare_plan.code,
      feature: feature.id,
      feature_code: feature.code,
      spare_feature: spare_feature.id,
      spare_feature_code: spare_feature.code,
      entitlement: entitlement.id,
      subscription: subscription.id,
      external_subscription: subscription.external_id,
      paused: paused.id,
      changing: changing.id,
      pending: pending.id,
      alert: alert.id,
      threshold: threshold.id,
      event: stored[0]!.id,
      transaction: stored[0]!.transaction_id,
      coupon: coupon.id,
      coupon_code: coupon.code,
      spare_coupon: spare_coupon.id,
      spare_coupon_code: spare_coupon.code,
      application: application.id,
      add_on: add_on.id,
      add_on_code: add_on.code,
      spare_add_on: spare_add_on.id,
      wallet: wallet.id,
      wallet_code: wallet.code,
      wallet_to: wallet_to.id,
      rule: rule.id,
      hold: hold.id,
      draft: draft.invoice.id,
      spare_draft: spare_draft.invoice.id,
      invoice: invoice.invoice.id,
      fee: invoice.fees[0]!.id,
      added_fee: added_fee.id,
      unpaid: unpaid.invoice.id,
      voidable: voidable.invoice.id,
      paid: paid.invoice.id,
      payment: payment.id,
      draft_note: draft_note.note.id,
      spare_note: spare_note.note.id,
      note: note.note.id,
      refund_note: refund_note.note.id,
      payment_method: payment_method.id,
      spare_method: spare_method.id,
      request: request.request.id,
      campaign: campaign.id,
      checkout: checkout.id,
      integration: integration.id,
      link: link.id,
      key: key.id,
      webhook: told[0]!.id
    }
  })

export type Given = Effect.Effect.Success<ReturnType<typeof furnish>>
