/** The portal's invoices and ways to pay them. */
import { Context, Effect, Layer, Schema } from "effect"
import { Customers } from "../accounts/index.js"
import type { SubscriptionNotFound } from "../catalog/index.js"
import { decodeInput, type InvalidInput, type Page, pageFields } from "../core/index.js"
import { Documents } from "../documents/index.js"
import { type Invoice, InvoiceNotFound, Invoices } from "../invoicing/index.js"
import {
  type Payment,
  type PaymentMethod,
  PaymentMethodNotFound,
  PaymentMethods,
  Payments,
  type SetupPaymentMethodInput
} from "../payments/index.js"
import { Subscriptions } from "../subscriptions/index.js"
import { certainly, type Own, type OwnSubscriptionRef, owned, ownSubscription, type Through } from "./own.js"
import { CurrentCustomer } from "./session.js"

const List = Schema.Struct(pageFields)
export type PortalPageInput = typeof List.Encoded
export const decodePage = decodeInput(List)

export interface PortalDocumentsShape {
  /** Final ones, newest first; no drafts. Fails with `InvalidInput`. */
  readonly invoices: (input?: PortalPageInput) => Own<Page<Invoice>, InvalidInput>
  /** Fails with `InvoiceNotFound`, for drafts too. */
  readonly invoice: Through<typeof Invoices.Service.get>
  /** Its file. Fails with `InvoiceNotFound`, and like `Documents.invoice`. */
  readonly invoicePdf: (id: string) => ReturnType<Through<typeof Documents.Service.invoice>>
  /** The next invoice of a subscription as it would be issued now; null where none to come has a fee. Fails like `Invoices.preview`. */
  readonly preview: (ref: OwnSubscriptionRef) => ReturnType<Through<typeof Invoices.Service.preview, SubscriptionNotFound>>
  /** A page to pay an invoice on. Fails with `InvoiceNotFound`, and like `Payments.checkout`. */
  readonly pay: Through<typeof Payments.Service.checkout, InvoiceNotFound>
  /** Newest first. Fails with `InvalidInput`. */
  readonly payments: (input?: PortalPageInput) => Own<Page<Payment>, InvalidInput>
  readonly paymentMethods: (input?: PortalPageInput) => Own<Page<PaymentMethod>, InvalidInput>
  /** A page to store a way to pay on. Fails like `PaymentMethods.setupSession`. */
  readonly setupSession: (
    input: Omit<SetupPaymentMethodInput, "external_customer_id">
  ) => ReturnType<Through<typeof PaymentMethods.Service.setupSession>>
  /** Fails with `PaymentMethodNotFound`. */
  readonly setDefaultMethod: Through<typeof PaymentMethods.Service.setDefault>
  /** Fails with `PaymentMethodNotFound`, `DefaultPaymentMethod`. */
  readonly removeMethod: Through<typeof PaymentMethods.Service.delete>
}

/** Every final invoice was issued later. */
const EVER = "1970-01-01T00:00:00Z"

export class PortalDocuments extends Context.Tag("billwright/PortalDocuments")<PortalDocuments, PortalDocumentsShape>() {
  static readonly layer: Layer.Layer<PortalDocuments, never, Invoices | Documents | Payments | PaymentMethods | Subscriptions | Customers> =
    Layer.effect(
      PortalDocuments,
      Effect.gen(function* () {
        const invoices = yield* Invoices
        const documents = yield* Documents
        const payments = yield* Payments
        const methods = yield* PaymentMethods
        const customers = yield* Customers
        const find = ownSubscription(yield* Subscriptions)

        const ownInvoice = (id: string) =>
          owned(
            invoices.get(id),
            ({ invoice }) => (invoice.status === "draft" ? null : invoice.customer_id),
            () => new InvoiceNotFound({ id })
          )
        const ownMethod = (id: string) =>
          owned(
            methods.get(id),
            ({ customer_id }) => customer_id,
            () => new PaymentMethodNotFound({ id })
          )

        return PortalDocuments.of({
          invoices: Effect.fn("PortalDocuments.invoices")(function* (input = {}) {
            return yield* invoices.list({ ...(yield* decodePage(input)), customer_id: yield* CurrentCustomer, issued_from: EVER })
          }),
          invoice: Effect.fn("PortalDocuments.invoice")(ownInvoice),
          invoicePdf: Effect.fn("PortalDocuments.invoicePdf")((id) => Effect.zipRight(ownInvoice(id), documents.invoice(id))),
          preview: Effect.fn("PortalDocuments.preview")((ref) => Effect.flatMap(find(ref), ({ id }) => invoices.preview({ id }))),
          pay: Effect.fn("PortalDocuments.pay")((input) => Effect.zipRight(ownInvoice(input.invoice_id), payments.checkout(input))),
          payments: Effect.fn("PortalDocuments.payments")(function* (input = {}) {
            return yield* payments.list({ ...(yield* decodePage(input)), customer_id: yield* CurrentCustomer })
          }),
          paymentMethods: Effect.fn("PortalDocuments.paymentMethods")(function* (input = {}) {
            return yield* methods.list({ ...(yield* decodePage(input)), customer_id: yield* CurrentCustomer })
          }),
          setupSession: Effect.fn("PortalDocuments.setupSession")(function* (input) {
            const { external_id } = yield* certainly(customers.get({ id: yield* CurrentCustomer }))
            return yield* methods.setupSession({ ...input, external_customer_id: external_id })
          }),
          setDefaultMethod: Effect.fn("PortalDocuments.setDefaultMethod")((id) => Effect.zipRight(ownMethod(id), methods.setDefault(id))),
          removeMethod: Effect.fn("PortalDocuments.removeMethod")((id) => Effect.zipRight(ownMethod(id), methods.delete(id)))
        })
      })
    )
}
