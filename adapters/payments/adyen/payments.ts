/** Charges, refunds and hosted pages at Adyen. It cannot be asked what became of a key: the same call again, with its key, answers that. */
import type { Types } from "@adyen/api-library"
import { DateTime, Effect } from "effect"
import {
  type ChargeCall,
  type ChargeOutcome,
  type CheckoutCall,
  type PaymentProvider,
  ProviderFailed,
  ProviderUnsupported,
  type RefundCall,
  type SetupCall
} from "../../../src/payments/index.js"
import { asCounted } from "../shared/amounts.js"
import { orFailedCharge, orFailedRefund } from "../shared/calls.js"
import { type AdyenOptions, asked, type Checkout, counting, moneyOf } from "./client.js"

/** What a page for storing a method is known by, so that its webhook is told from a payment's. */
export const SETUP = "setup/"

/** Nobody is sent anywhere where the customer is not there; Adyen asks for an address all the same. */
const NOWHERE = "https://shopper.invalid/"

const lacks = (operation: string) => () => Effect.fail(new ProviderUnsupported({ provider: "adyen", operation }))

/** An enumeration of the library is told by its texts. */
const word = <A>(text: string): A => text as A

const PROCESSING = ["Received", "Pending", "PresentToShopper", "AuthenticationFinished"]

export const paymentsOf = (api: Checkout, options: AdyenOptions): Omit<PaymentProvider, "name" | "readWebhook" | "webhookAnswer"> => {
  const { manualCapture = false, merchantAccount, themeId } = options

  const outcomeOf = Effect.fnUntraced(function* ({ amount, pspReference, refusalReason, resultCode }: Types.checkout.PaymentResponse) {
    const none = { provider_payment_id: pspReference ?? null, collected: null, failure_reason: null }
    const result = String(resultCode)
    if (result === "Authorised" && !manualCapture) {
      const collected = amount ? yield* moneyOf(amount.value, amount.currency) : null
      return { ...none, status: "succeeded", collected } satisfies ChargeOutcome
    }
    if (result === "Authorised" || PROCESSING.includes(result)) return { ...none, status: "processing" } satisfies ChargeOutcome
    const failure_reason = refusalReason ?? result
    return { ...none, status: result === "Cancelled" ? "canceled" : "failed", failure_reason } satisfies ChargeOutcome
  })

  const charge = Effect.fnUntraced(function* (call: ChargeCall) {
    const value = yield* asCounted(counting, call.amount_cents, call.currency)
    const request: Types.checkout.PaymentRequest = {
      amount: { value, currency: call.currency },
      merchantAccount,
      reference: call.key,
      paymentMethod: { type: word<Types.checkout.CardDetails.TypeEnum>("scheme"), storedPaymentMethodId: call.provider_payment_method_id },
      shopperReference: call.customer_id,
      shopperInteraction: word("ContAuth"),
      recurringProcessingModel: word("UnscheduledCardOnFile"),
      metadata: { ...call.metadata },
      returnUrl: NOWHERE
    }
    return yield* outcomeOf(yield* asked(() => api.PaymentsApi.payments(request, { idempotencyKey: call.key })))
  })

  const refund = Effect.fnUntraced(function* ({ amount_cents, currency, key, provider_payment_id }: RefundCall) {
    const value = yield* asCounted(counting, amount_cents, currency)
    const request = { amount: { value, currency }, merchantAccount, reference: key }
    const { pspReference } = yield* asked(() =>
      api.ModificationsApi.refundCapturedPayment(provider_payment_id, request, { idempotencyKey: key })
    )
    return { status: "pending", provider_refund_id: pspReference, failure_reason: null } as const
  })

  const session = Effect.fnUntraced(function* (
    call: Pick<CheckoutCall, "customer" | "success_url" | "key">,
    given: Pick<Types.checkout.CreateCheckoutSessionRequest, "amount" | "reference"> & Partial<Types.checkout.CreateCheckoutSessionRequest>
  ) {
    const now = yield* DateTime.now
    const request: Types.checkout.CreateCheckoutSessionRequest = {
      merchantAccount,
      mode: word("hosted"),
      returnUrl: call.success_url,
      shopperReference: call.customer.id,
      ...(call.customer.email === null ? {} : { shopperEmail: call.customer.email }),
      ...(themeId === undefined ? {} : { themeId }),
      ...given
    }
    const { expiresAt, id, url } = yield* asked(() => api.PaymentsApi.sessions(request, { idempotencyKey: call.key }))
    if (url === undefined || id === undefined) return yield* new ProviderFailed({ provider: "adyen", code: "no_address" })
    const until: unknown = expiresAt
    const expires_at = until === undefined ? DateTime.add(now, { hours: 1 }) : DateTime.unsafeMake(until as Date | string)
    return { id, url, expires_at: DateTime.toUtc(expires_at) }
  })

  const checkout = Effect.fnUntraced(function* (call: CheckoutCall) {
    const value = yield* asCounted(counting, call.amount_cents, call.currency)
    const given = { amount: { value, currency: call.currency }, reference: call.key, metadata: { ...call.metadata } }
    const { id: provider_checkout_id, ...page } = yield* session(call, given)
    return { provider_checkout_id, ...page }
  })

  const setup = Effect.fnUntraced(function* (call: SetupCall) {
    const { id: provider_setup_id, ...page } = yield* session(call, {
      amount: { value: 0, currency: call.currency },
      reference: `${SETUP}${call.key}`,
      shopperInteraction: word("Ecommerce"),
      recurringProcessingModel: word("UnscheduledCardOnFile"),
      storePaymentMethodMode: word("enabled")
    })
    return { provider_setup_id, ...page }
  })

  return {
    charge: (call) => orFailedCharge(charge(call)),
    findCharge: lacks("findCharge"),
    refund: (call) => orFailedRefund(refund(call)),
    findRefund: lacks("findRefund"),
    checkout,
    endCheckout: lacks("endCheckout"),
    setup
  }
}
