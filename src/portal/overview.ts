/** The portal's front page: who the seller is, what comes next, what is open; and what the customer says of themselves. */
import { Context, type DateTime, Effect, Layer, Schema } from "effect"
import { Customers, Organizations } from "../accounts/index.js"
import { decodeInput } from "../core/index.js"
import { Wallets } from "../credits/index.js"
import { type EntitlementCheck, Entitlements } from "../entitlements/index.js"
import { type InvoiceDue, type InvoicePreview, InvoiceStore, Invoices } from "../invoicing/index.js"
import { PaymentMethods } from "../payments/index.js"
import { type Subscription, Subscriptions } from "../subscriptions/index.js"
import { certainly, type Own, orNothing, type Through } from "./own.js"
import { CurrentCustomer } from "./session.js"

export interface Branding {
  readonly name: string
  readonly logo_url: string | null
  readonly portal_accent_color: string | null
  readonly portal_welcome_message: string | null
}

/** A running subscription: when it is billed next, what for (null where that cannot be told, or comes to nothing), and how much of its grants is used. */
export interface UpcomingBilling {
  readonly subscription: Subscription
  readonly next_billing_at: DateTime.Utc | null
  readonly upcoming: InvoicePreview | null
  readonly usage: ReadonlyArray<EntitlementCheck>
}

export interface Dashboard {
  /** Of the running subscriptions, the newest 50. */
  readonly billing: ReadonlyArray<UpcomingBilling>
  /** What is due, by invoice, oldest first. */
  readonly unpaid: ReadonlyArray<InvoiceDue>
  /** What there is to do: an invoice to pay, no way to pay stored that is charged by itself, a wallet to top up. */
  readonly actions: ReadonlyArray<"pay_invoice" | "add_payment_method" | "top_up_wallet">
}

const Profile = Schema.Struct({
  name: Schema.optional(Schema.String),
  email: Schema.optional(Schema.NullOr(Schema.String)),
  timezone: Schema.optional(Schema.String)
})
/** What is left out stays. */
export type ProfileInput = typeof Profile.Encoded
const decodeProfile = decodeInput(Profile)

const SHOWN = 50
const RUNNING: ReadonlySet<string> = new Set(["active", "paused", "canceled"])

export interface PortalOverviewShape {
  readonly branding: () => Own<Branding>
  readonly dashboard: () => Own<Dashboard>
  readonly profile: () => ReturnType<Through<typeof Customers.Service.get>>
  /** Name, e-mail address and time zone. Fails like `Customers.update`. */
  readonly updateProfile: (input: ProfileInput) => ReturnType<Through<typeof Customers.Service.update>>
}

export class PortalOverview extends Context.Tag("billwright/PortalOverview")<PortalOverview, PortalOverviewShape>() {
  static readonly layer: Layer.Layer<
    PortalOverview,
    never,
    Customers | Organizations | Subscriptions | Invoices | InvoiceStore | Entitlements | PaymentMethods | Wallets
  > = Layer.effect(
    PortalOverview,
    Effect.gen(function* () {
      const customers = yield* Customers
      const organizations = yield* Organizations
      const subscriptions = yield* Subscriptions
      const invoices = yield* Invoices
      const store = yield* InvoiceStore
      const entitlements = yield* Entitlements
      const methods = yield* PaymentMethods
      const wallets = yield* Wallets

      const upcomingOf = Effect.fnUntraced(function* (subscription: Subscription) {
        const { external_id, id } = subscription
        // What cannot be billed at the moment is the seller's to know.
        const next = yield* orNothing(subscriptions.nextBilling({ id }))
        const upcoming = yield* orNothing(invoices.preview({ id }))
        const granted = yield* certainly(entitlements.ofSubscription({ id }))
        const usage = yield* Effect.forEach(granted, ({ feature_code }) =>
          certainly(entitlements.check({ external_subscription_id: external_id, feature_code }))
        )
        return { subscription, next_billing_at: next?.at ?? null, upcoming, usage }
      })

      return PortalOverview.of({
        branding: Effect.fn("PortalOverview.branding")(function* () {
          const { logo_url, name, portal_accent_color, portal_welcome_message } = yield* certainly(organizations.get())
          return { name, logo_url, portal_accent_color, portal_welcome_message }
        }),

        dashboard: Effect.fn("PortalOverview.dashboard")(function* () {
          const customer_id = yield* CurrentCustomer
          const { items } = yield* certainly(subscriptions.list({ customer_id, limit: SHOWN }))
          const billing = yield* Effect.forEach(
            items.filter(({ status }) => RUNNING.has(status)),
            upcomingOf
          )
          const unpaid = (yield* store.unpaid({ customer_id })).filter(({ due_cents }) => due_cents > 0n)
          const stored = yield* certainly(methods.list({ customer_id, limit: 1000 }))
          const active = yield* certainly(wallets.list({ customer_id, status: "active", limit: 1 }))
          const actions: Array<Dashboard["actions"][number]> = []
          if (unpaid.length > 0) actions.push("pay_invoice")
          if (!stored.items.some(({ is_default }) => is_default)) actions.push("add_payment_method")
          if (active.items.length > 0) actions.push("top_up_wallet")
          return { billing, unpaid, actions }
        }),

        profile: Effect.fn("PortalOverview.profile")(() => Effect.flatMap(CurrentCustomer, (id) => customers.get({ id }))),
        updateProfile: Effect.fn("PortalOverview.updateProfile")(function* (input) {
          return yield* customers.update({ id: yield* CurrentCustomer }, yield* decodeProfile(input))
        })
      })
    })
  )
}
