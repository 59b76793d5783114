/** The portal's subscriptions and their usage, wallets, and what can be bought or redeemed. */
import { Context, Effect, Layer, Schema } from "effect"
import { Customers } from "../accounts/index.js"
import { type AddOn, type FullPlan, Plans, type SubscriptionNotFound } from "../catalog/index.js"
import { decodeInput, type InvalidInput, type Page, Text, Transactor } from "../core/index.js"
import { CouponAlreadyApplied, Coupons, type Wallet, WalletNotFound, Wallets } from "../credits/index.js"
import { type EntitlementCheck, Entitlements } from "../entitlements/index.js"
import { AddOns } from "../invoicing/index.js"
import { type Subscription, Subscriptions } from "../subscriptions/index.js"
import { Usage } from "../usage/index.js"
import { decodePage, type PortalPageInput } from "./documents.js"
import { certainly, type Own, type OwnSubscriptionRef, owned, ownSubscription, type Through } from "./own.js"
import { CurrentCustomer } from "./session.js"

const Buy = Schema.Struct({ add_on_code: Text.atMost(255) })
const Redeem = Schema.Struct({ coupon_code: Text.atMost(255) })
const TopUp = Schema.Struct({ credits: Schema.String })
const ChangePlan = Schema.Struct({ plan_code: Text.atMost(255) })

export interface PortalPurchasesShape {
  readonly subscriptions: (input?: PortalPageInput) => Own<Page<Subscription>, InvalidInput>
  /** The plans that a subscription can change to: those in the currency of its own. Fails with `SubscriptionNotFound`. */
  readonly plans: (ref: OwnSubscriptionRef) => Own<ReadonlyArray<FullPlan>, SubscriptionNotFound>
  /** What a change of plan would come to. Fails like `Subscriptions.previewPlanChange`. */
  readonly previewPlanChange: (
    ref: OwnSubscriptionRef,
    input: typeof ChangePlan.Encoded
  ) => ReturnType<Through<typeof Subscriptions.Service.previewPlanChange>>
  /** An upgrade at once, a downgrade at the period's end. Fails like `Subscriptions.changePlan`. */
  readonly changePlan: (
    ref: OwnSubscriptionRef,
    input: typeof ChangePlan.Encoded
  ) => ReturnType<Through<typeof Subscriptions.Service.changePlan>>
  /** Calls a downgrade off. Fails like `Subscriptions.cancelPlanChange`. */
  readonly cancelPlanChange: Through<typeof Subscriptions.Service.cancelPlanChange>
  /** The running period. Fails like `Usage.current`. */
  readonly currentUsage: Through<typeof Usage.Service.current>
  readonly projectedUsage: Through<typeof Usage.Service.projected>
  readonly usageTrend: Through<typeof Usage.Service.trend>
  /** What a subscription's plan grants, quantities against what was used. Fails with `SubscriptionNotFound`. */
  readonly limits: (ref: OwnSubscriptionRef) => Own<ReadonlyArray<EntitlementCheck>, SubscriptionNotFound>
  readonly wallets: (input?: PortalPageInput) => Own<Page<Wallet>, InvalidInput>
  /** Fails with `WalletNotFound`. */
  readonly walletBalances: (id: string) => ReturnType<Through<typeof Wallets.Service.balances>>
  readonly walletTransactions: (
    id: string,
    input?: PortalPageInput
  ) => ReturnType<Through<typeof Wallets.Service.transactions, WalletNotFound>>
  readonly walletTimeline: (
    id: string,
    input: Parameters<typeof Wallets.Service.balanceTimeline>[1]
  ) => ReturnType<Through<typeof Wallets.Service.balanceTimeline>>
  /** Buys credits: they are there once their invoice is paid. Fails like `Wallets.topUp`. */
  readonly topUpWallet: (id: string, input: typeof TopUp.Encoded) => ReturnType<Through<typeof Wallets.Service.topUp>>
  readonly addOns: (input?: PortalPageInput) => Own<Page<AddOn>, InvalidInput>
  /** Buys an add-on at its price. Fails like `AddOns.apply`. */
  readonly buyAddOn: (input: typeof Buy.Encoded) => ReturnType<Through<typeof AddOns.Service.apply>>
  /** Redeems a coupon, each once ever. Fails like `Coupons.apply`; `CouponAlreadyApplied` also where it was used up. */
  readonly redeemCoupon: (input: typeof Redeem.Encoded) => ReturnType<Through<typeof Coupons.Service.apply>>
}

const decodeBuy = decodeInput(Buy)
const decodeRedeem = decodeInput(Redeem)
const decodeTopUp = decodeInput(TopUp)
const decodeChange = decodeInput(ChangePlan)
const AT_ONCE = 1000

export class PortalPurchases extends Context.Tag("billwright/PortalPurchases")<PortalPurchases, PortalPurchasesShape>() {
  static readonly layer: Layer.Layer<
    PortalPurchases,
    never,
    Customers | Subscriptions | Plans | Usage | Entitlements | Wallets | AddOns | Coupons | Transactor
  > = Layer.effect(
    PortalPurchases,
    Effect.gen(function* () {
      const customers = yield* Customers
      const subscriptions = yield* Subscriptions
      const plans = yield* Plans
      const usage = yield* Usage
      const entitlements = yield* Entitlements
      const wallets = yield* Wallets
      const addOns = yield* AddOns
      const coupons = yield* Coupons
      const { transaction } = yield* Transactor
      const find = ownSubscription(subscriptions)
      const ownWallet = (id: string) =>
        owned(
          wallets.get({ id }),
          ({ customer_id }) => customer_id,
          () => new WalletNotFound({ id })
        )
      /** The token's customer was there when it was opened. */
      const external = Effect.flatMap(CurrentCustomer, (id) =>
        Effect.map(certainly(customers.get({ id })), (customer) => ({ external_customer_id: customer.external_id }))
      )
      const mine = Effect.fnUntraced(function* (input: PortalPageInput) {
        return { ...(yield* decodePage(input)), customer_id: yield* CurrentCustomer }
      })

      return PortalPurchases.of({
        subscriptions: Effect.fn("PortalPurchases.subscriptions")((input = {}) => Effect.flatMap(mine(input), subscriptions.list)),

        plans: Effect.fn("PortalPurchases.plans")(function* (ref) {
          const { plan_id } = yield* find(ref)
          const { currency } = yield* certainly(plans.get({ id: plan_id }))
          const found: Array<FullPlan> = []
          let after: string | null = null
          do {
            const page: Effect.Effect.Success<ReturnType<typeof plans.list>> = yield* certainly(plans.list({ limit: AT_ONCE, after }))
            found.push(...page.items.filter((plan) => plan.currency === currency && plan.id !== plan_id))
            after = page.next
          } while (after !== null)
          return found
        }),

        previewPlanChange: Effect.fn("PortalPurchases.previewPlanChange")(function* (ref, input) {
          const { id } = yield* find(ref)
          return yield* subscriptions.previewPlanChange({ id }, yield* decodeChange(input))
        }),
        changePlan: Effect.fn("PortalPurchases.changePlan")(function* (ref, input) {
          const { id } = yield* find(ref)
          return yield* subscriptions.changePlan({ id }, yield* decodeChange(input))
        }),
        cancelPlanChange: Effect.fn("PortalPurchases.cancelPlanChange")((ref) =>
          Effect.flatMap(find(ref), ({ id }) => subscriptions.cancelPlanChange({ id }))
        ),

        currentUsage: Effect.fn("PortalPurchases.currentUsage")((ref) => Effect.flatMap(find(ref), ({ id }) => usage.current({ id }))),
        projectedUsage: Effect.fn("PortalPurchases.projectedUsage")((ref) =>
          Effect.flatMap(find(ref), ({ id }) => usage.projected({ id }))
        ),
        usageTrend: Effect.fn("PortalPurchases.usageTrend")((ref, input) =>
          Effect.flatMap(find(ref), ({ id }) => usage.trend({ id }, input))
        ),
        limits: Effect.fn("PortalPurchases.limits")(function* (ref) {
          const { external_id, id } = yield* find(ref)
          const granted = yield* entitlements.ofSubscription({ id })
          return yield* Effect.forEach(granted, ({ feature_code }) =>
            certainly(entitlements.check({ external_subscription_id: external_id, feature_code }))
          )
        }),

        wallets: Effect.fn("PortalPurchases.wallets")((input = {}) => Effect.flatMap(mine(input), wallets.list)),
        walletBalances: Effect.fn("PortalPurchases.walletBalances")((id) => Effect.zipRight(ownWallet(id), wallets.balances({ id }))),
        walletTransactions: Effect.fn("PortalPurchases.walletTransactions")(function* (id, input = {}) {
          const { id: wallet_id } = yield* ownWallet(id)
          return yield* wallets.transactions({ ...(yield* decodePage(input)), wallet_id })
        }),
        walletTimeline: Effect.fn("PortalPurchases.walletTimeline")((id, input) =>
          Effect.zipRight(ownWallet(id), wallets.balanceTimeline({ id }, input))
        ),
        topUpWallet: Effect.fn("PortalPurchases.topUpWallet")(function* (id, input) {
          yield* ownWallet(id)
          return yield* wallets.topUp({ id }, { ...(yield* decodeTopUp(input)), kind: "purchased" })
        }),

        addOns: Effect.fn("PortalPurchases.addOns")((input = {}) => Effect.flatMap(decodePage(input), addOns.list)),
        buyAddOn: Effect.fn("PortalPurchases.buyAddOn")(function* (input) {
          return yield* addOns.apply({ ...(yield* decodeBuy(input)), ...(yield* external) })
        }),
        redeemCoupon: Effect.fn("PortalPurchases.redeemCoupon")(function* (input) {
          const { coupon_code } = yield* decodeRedeem(input)
          const who = yield* external
          return yield* transaction(
            Effect.gen(function* () {
              // Locks the coupon: of two at once the second finds the first.
              const applied = yield* coupons.apply({ coupon_code, ...who })
              const { coupon_id, customer_id } = applied
              const { items } = yield* coupons.applied({ coupon_id, customer_id, limit: 2 })
              if (items.length > 1) return yield* new CouponAlreadyApplied({ code: coupon_code, customer_id })
              return applied
            })
          )
        })
      })
    })
  )
}
