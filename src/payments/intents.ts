/** Charges that are meant: committed with their payments and keys before any provider hears of them. */
import { Context, type DateTime, Effect, Layer } from "effect"
import { type CurrentOrganization, Ids, type OrganizationId, type StorageError, sumOf } from "../core/index.js"
import { InvoiceStore } from "../invoicing/index.js"
import { type PaymentCharge, PaymentChargeId } from "./charge.js"
import type { PaymentMethod } from "./method.js"
import { newPayment, type Payment } from "./payment.js"
import { PaymentChargeStore, PaymentStore } from "./store.js"

/** What is to be charged at once: invoices of one customer and currency, each with what is due on it, by one method. */
export interface Intent {
  readonly organization_id: OrganizationId
  readonly customer_id: string
  readonly currency: string
  readonly method: PaymentMethod
  readonly invoices: ReadonlyArray<{ readonly id: string; readonly due_cents: bigint }>
  /** The request that it is an attempt of, and which. */
  readonly request: { readonly id: string; readonly attempt: number } | null
}

/** What a charge collects by: a stored method, or a page that the customer visits. */
type ChargedBy = Pick<PaymentCharge, "payment_method_id" | "provider" | "provider_payment_method_id" | "checkout">

export const byMethod = (method: PaymentMethod): ChargedBy => ({
  payment_method_id: method.id,
  provider: method.provider,
  provider_payment_method_id: method.provider_payment_method_id,
  checkout: null
})

/** A charge over an amount, not called yet. */
export const newCharge = (
  given: Pick<PaymentCharge, "organization_id" | "key" | "customer_id" | "amount_cents" | "currency" | "invoice_id" | "payment_request_id">,
  by: ChargedBy,
  id: string,
  now: DateTime.Utc
): PaymentCharge => ({
  id: PaymentChargeId.make(id),
  organization_id: given.organization_id,
  key: given.key,
  customer_id: given.customer_id,
  invoice_id: given.invoice_id,
  payment_request_id: given.payment_request_id,
  ...by,
  provider_checkout_id: null,
  provider_payment_id: null,
  amount_cents: given.amount_cents,
  currency: given.currency,
  status: "pending",
  failure_reason: null,
  called_at: null,
  due_at: now,
  created_at: now,
  updated_at: now
})

/** Keeps intents inside the transaction that the caller opened; no other payment of the invoices is under way. */
export class Intents extends Context.Tag("billwright/Intents")<
  Intents,
  { readonly keep: (intents: ReadonlyArray<Intent>, now: DateTime.Utc) => Effect.Effect<void, StorageError, CurrentOrganization> }
>() {
  static readonly layer: Layer.Layer<Intents, never, PaymentStore | PaymentChargeStore | InvoiceStore | Ids> = Layer.effect(
    Intents,
    Effect.gen(function* () {
      const payments = yield* PaymentStore
      const charges = yield* PaymentChargeStore
      const invoices = yield* InvoiceStore
      const ids = yield* Ids

      const keep = Effect.fn("Intents.keep")(function* (intents: ReadonlyArray<Intent>, now: DateTime.Utc) {
        if (intents.length === 0) return
        const fresh = yield* ids.many(intents.reduce((count, intent) => count + 1 + intent.invoices.length, 0))
        const next = fresh[Symbol.iterator]()
        const id = (): string => next.next().value as string
        const kept = intents.map(({ invoices, method, request, ...of }) => {
          const charge_id = id()
          const own = invoices.map(
            (invoice): Payment => ({
              ...newPayment({ ...of, invoice_id: invoice.id, amount_cents: invoice.due_cents }, id(), now),
              provider: method.provider,
              payment_request_id: request?.id ?? null,
              payment_method_id: method.id,
              payment_charge_id: charge_id
            })
          )
          const key = request === null ? own[0]!.id : `${request.id}/${request.attempt}`
          const amount_cents = sumOf(own, (payment) => payment.amount_cents)
          const what = { invoice_id: request === null ? own[0]!.invoice_id : null, payment_request_id: request?.id ?? null }
          const charge = newCharge({ ...of, ...what, key, amount_cents }, byMethod(method), charge_id, now)
          return { charge, payments: own }
        })
        yield* charges.insert(kept.map(({ charge }) => charge))
        yield* payments.insert(kept.flatMap((each) => each.payments))
        yield* invoices.markFees(
          intents.flatMap((intent) => intent.invoices.map((invoice) => invoice.id)),
          "pending"
        )
      })

      return Intents.of({ keep })
    })
  )
}
