/** Webhooks of Adyen: each item carries a base64 HMAC-SHA256 over eight of its fields, joined by colons; the key is hexadecimal. */
import { Effect, Redacted } from "effect"
import type {
  ChargeOutcome,
  PaymentProvider,
  ProviderEvent,
  ProviderFailed,
  ProviderWord,
  WebhookRequest
} from "../../../src/payments/index.js"
import { hmac, isSignature, jsonOf, refusal } from "../shared/signature.js"
import { type AdyenOptions, moneyOf } from "./client.js"
import { SETUP } from "./payments.js"

interface Item {
  readonly pspReference: string
  readonly originalReference?: string
  readonly merchantAccountCode: string
  readonly merchantReference: string
  readonly amount: { readonly value: number; readonly currency: string }
  readonly eventCode: string
  readonly success: string | boolean
  readonly reason?: string
  readonly paymentMethod?: string
  readonly additionalData?: Readonly<Record<string, string>>
}

const signedText = (item: Item): string =>
  [
    item.pspReference,
    item.originalReference,
    item.merchantAccountCode,
    item.merchantReference,
    item.amount?.value,
    item.amount?.currency,
    item.eventCode,
    item.success
  ].join(":")

const itemsOf = (body: WebhookRequest["body"]): ReadonlyArray<Item> => {
  const { notificationItems } = (jsonOf(body) ?? {}) as {
    readonly notificationItems?: ReadonlyArray<{ readonly NotificationRequestItem: Item }>
  }
  return Array.isArray(notificationItems) ? notificationItems.map(({ NotificationRequestItem }) => NotificationRequestItem) : []
}

/** Every item is signed by itself: one that is not makes all of them unbelievable. */
const verified = (body: WebhookRequest["body"], key: string) => {
  const items = itemsOf(body)
  if (!/^([0-9A-Fa-f]{2})+$/.test(key)) return Effect.fail(refusal("no hexadecimal key is set up"))
  const bytes = Buffer.from(key, "hex")
  const holds = items.every((item) => isSignature(hmac(bytes, signedText(item)), item?.additionalData?.hmacSignature ?? "", "base64"))
  return items.length > 0 && holds ? Effect.succeed(items) : Effect.fail(refusal("it does not match"))
}

const succeededOf = ({ success }: Item): boolean => String(success) === "true"

type Words = Effect.Effect<ReadonlyArray<ProviderWord>, ProviderFailed>

export const webhooksOf = (
  { manualCapture = false, merchantAccount }: AdyenOptions,
  key: Redacted.Redacted<string>
): Pick<PaymentProvider, "readWebhook" | "webhookAnswer"> => {
  const charge = (item: Item, payment_id: string, status: ChargeOutcome["status"]): Words =>
    Effect.map(moneyOf(item.amount.value, item.amount.currency), (collected) => [
      {
        about: "charge",
        of: {
          provider_checkout_id: item.additionalData?.checkoutSessionId ?? null,
          provider_payment_id: payment_id,
          key: item.merchantReference
        },
        outcome: {
          status,
          provider_payment_id: payment_id,
          collected: status === "succeeded" ? collected : null,
          failure_reason: status === "failed" || status === "canceled" ? (item.reason ?? item.eventCode) : null
        }
      }
    ])

  const refund = (item: Item, ours: boolean, succeeded: boolean): Words =>
    Effect.map(moneyOf(item.amount.value, item.amount.currency), (amount) => [
      {
        about: "refund",
        of: { provider_checkout_id: null, provider_payment_id: item.originalReference ?? null, key: ours ? null : item.merchantReference },
        key: ours ? item.merchantReference : null,
        ...amount,
        outcome: {
          status: succeeded ? "succeeded" : "failed",
          provider_refund_id: item.pspReference,
          failure_reason: succeeded ? null : (item.reason ?? item.eventCode)
        }
      }
    ])

  const stored = ({ additionalData = {}, paymentMethod }: Item): ReadonlyArray<ProviderWord> => {
    const id = additionalData["tokenization.storedPaymentMethodId"] ?? additionalData["recurring.recurringDetailReference"]
    const customer_id = additionalData["tokenization.shopperReference"] ?? additionalData["recurring.shopperReference"]
    if (id === undefined || customer_id === undefined) return []
    const details = { brand: paymentMethod ?? null, last4: additionalData.cardSummary ?? null, expiry: additionalData.expiryDate ?? null }
    return [{ about: "method", customer_id, method: { provider: "adyen", provider_payment_method_id: id, type: "card", details } }]
  }

  const authorised = (item: Item): Words => {
    if (item.merchantReference.startsWith(SETUP)) return Effect.succeed(succeededOf(item) ? stored(item) : [])
    return charge(item, item.pspReference, succeededOf(item) ? (manualCapture ? "processing" : "succeeded") : "failed")
  }

  const wordsOf = (item: Item): Words => {
    const payment = item.originalReference ?? item.pspReference
    if (item.merchantAccountCode !== merchantAccount) return Effect.succeed([])
    switch (item.eventCode) {
      case "AUTHORISATION":
        return authorised(item)
      case "CAPTURE":
        return succeededOf(item) ? charge(item, payment, "succeeded") : Effect.succeed([])
      case "CAPTURE_FAILED":
        return charge(item, payment, "failed")
      case "CANCELLATION":
        return succeededOf(item) ? charge(item, payment, "canceled") : Effect.succeed([])
      case "REFUND":
        return refund(item, true, succeededOf(item))
      case "REFUND_FAILED":
        return refund(item, true, false)
      case "CHARGEBACK":
        return refund(item, false, true)
      default:
        return Effect.succeed([])
    }
  }

  return {
    readWebhook: Effect.fnUntraced(function* ({ body }: WebhookRequest) {
      const items = yield* verified(body, Redacted.value(key))
      return yield* Effect.forEach(items, (item) =>
        Effect.map(
          wordsOf(item),
          (words): ProviderEvent => ({ id: `${item.pspReference}/${item.eventCode}/${item.success}`, name: item.eventCode, words })
        )
      )
    }),
    webhookAnswer: "[accepted]"
  }
}
