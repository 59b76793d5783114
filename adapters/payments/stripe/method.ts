/** A payment method of Stripe as it is kept here: what is charged, and what may be shown. */
import type Stripe from "stripe"
import type { PaymentMethod } from "../../../src/payments/index.js"

type Stored = Pick<PaymentMethod, "provider" | "provider_payment_method_id" | "type" | "details">

export const storedMethod = ({ card, id, type, us_bank_account, ...method }: Stripe.PaymentMethod): Stored => {
  const of = { provider: "stripe", provider_payment_method_id: id } as const
  if (card)
    return { ...of, type: "card", details: { brand: card.brand, last4: card.last4, exp_month: card.exp_month, exp_year: card.exp_year } }
  if (us_bank_account) return { ...of, type: "bank_account", details: { bank: us_bank_account.bank_name, last4: us_bank_account.last4 } }
  const debit = method.sepa_debit ?? method.bacs_debit ?? method.au_becs_debit ?? method.acss_debit
  if (debit) return { ...of, type: "direct_debit", details: { scheme: type, last4: debit.last4 } }
  return { ...of, type: "card", details: { scheme: type } }
}
