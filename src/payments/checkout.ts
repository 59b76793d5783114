/** A checkout: a customer pays an invoice on a page of the provider. What is asked for, and whether a page that is open serves. Pure. */
import { DateTime, Schema } from "effect"
import { isOpen, type PaymentCharge } from "./charge.js"
import { PageAddress, type Payment, ProviderName } from "./payment.js"
import type { CheckoutSession } from "./provider.js"

/** What `Payments.checkout` takes. */
export const CheckoutInvoice = Schema.Struct({
  invoice_id: Schema.String,
  provider: Schema.optionalWith(ProviderName, { default: () => "stripe" as const }),
  success_url: PageAddress,
  cancel_url: PageAddress
})
export type CheckoutInvoiceInput = typeof CheckoutInvoice.Encoded

/** How long after a page was closed its provider is asked what became of it, should no webhook say so. */
const AFTER_CLOSING = "5 minutes"

/** Whether an open page is the one that is asked for: the same provider and amount, and it leads somewhere, or will. */
export const serves = (
  { amount_cents, provider, provider_checkout_expires_at, provider_checkout_url }: Payment,
  asked: { readonly provider: ProviderName; readonly due_cents: bigint },
  now: DateTime.Utc
): boolean =>
  provider === asked.provider &&
  amount_cents === asked.due_cents &&
  (provider_checkout_url === null || (provider_checkout_expires_at !== null && DateTime.greaterThan(provider_checkout_expires_at, now)))

/** The charge once its page is open; one that is over already stays so. */
export const openedCharge = (charge: PaymentCharge, session: CheckoutSession, now: DateTime.Utc): PaymentCharge => ({
  ...charge,
  provider_checkout_id: session.provider_checkout_id,
  due_at: isOpen(charge) ? DateTime.addDuration(session.expires_at, AFTER_CLOSING) : null,
  updated_at: now
})

export const openedPayment = (payment: Payment, session: CheckoutSession, now: DateTime.Utc): Payment => ({
  ...payment,
  provider_checkout_id: session.provider_checkout_id,
  provider_checkout_url: session.url,
  provider_checkout_expires_at: session.expires_at,
  updated_at: now
})
