/** A payment method: a customer's stored way to pay, as the provider knows it and as it may be shown. */
import { Schema } from "effect"
import { brandedId, Instant, JsonObject, OrganizationId, pageFields, Text } from "../core/index.js"
import { holdsCardNumber, plainDigits, textsIn } from "./card-number.js"
import { PageAddress, ProviderName } from "./payment.js"

export const PaymentMethodId = brandedId("PaymentMethodId")
export type PaymentMethodId = typeof PaymentMethodId.Type

/** Providers that keep methods. */
const MethodProvider = Schema.Literal("stripe", "gocardless", "adyen")

const MethodType = Schema.Literal("card", "bank_account", "direct_debit")

/** Nine digits or more in one piece, whatever stands between them, are more than last four, month or year. */
const NUMBER = /[0-9](?:[\s./\p{Pd}]{0,3}[0-9]){8}/u
/** An international bank account number: country, check digits, 11 to 30 letters and digits. */
const IBAN = /\b[A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]){11,30}\b/

/** Whether a text may be shown to anybody: it holds no full card or account number. */
const isDisplaySafe = (text: string): boolean => {
  const plain = plainDigits(text)
  return !NUMBER.test(plain) && !IBAN.test(plain)
}

/** `last4`, `brand`, expiry and the like. */
const MethodDetails = JsonObject.pipe(
  Schema.filter((details) => textsIn(details).every(isDisplaySafe), {
    message: () => "expected display data, no full card or account number"
  })
)

export const PaymentMethod = Schema.Struct({
  id: PaymentMethodId,
  organization_id: OrganizationId,
  customer_id: Schema.String,
  provider: MethodProvider,
  /** The provider's own id of it: what is charged. */
  provider_payment_method_id: Schema.String,
  type: MethodType,
  /** At most one of a customer. */
  is_default: Schema.Boolean,
  details: JsonObject,
  created_at: Instant,
  updated_at: Instant
})
export type PaymentMethod = typeof PaymentMethod.Type

/** What `PaymentMethods.add` takes. The customer's first method is the default, later ones where they say so. */
export const AddPaymentMethod = Schema.Struct({
  external_customer_id: Text.atMost(255),
  provider: MethodProvider,
  provider_payment_method_id: Text.name(255),
  type: Schema.optionalWith(MethodType, { default: () => "card" as const }),
  is_default: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  details: Schema.optionalWith(MethodDetails, { default: () => ({}) })
}).pipe(
  // Adyen's own ids are 16 digits, of which every tenth reads as a card number.
  Schema.filter(({ provider, provider_payment_method_id }) =>
    provider !== "adyen" && holdsCardNumber(provider_payment_method_id)
      ? { path: ["provider_payment_method_id"], message: "expected the provider's id, no card number" }
      : undefined
  )
)
export type AddPaymentMethodInput = typeof AddPaymentMethod.Encoded

/** What `PaymentMethods.update` takes: what is left out stays; `details` are replaced as a whole. */
export const UpdatePaymentMethod = Schema.Struct({ details: Schema.optional(MethodDetails) })
export type UpdatePaymentMethodInput = typeof UpdatePaymentMethod.Encoded

/** What `PaymentMethods.setupSession` takes. */
export const SetupPaymentMethod = Schema.Struct({
  external_customer_id: Text.atMost(255),
  provider: Schema.optionalWith(ProviderName, { default: () => "stripe" as const }),
  success_url: PageAddress,
  cancel_url: PageAddress
})
export type SetupPaymentMethodInput = typeof SetupPaymentMethod.Encoded

/** What `PaymentMethods.list` takes. Sorted by `created_at`. */
export const ListPaymentMethods = Schema.Struct({ ...pageFields, customer_id: Schema.optional(Schema.String) })
export type ListPaymentMethodsInput = typeof ListPaymentMethods.Encoded
