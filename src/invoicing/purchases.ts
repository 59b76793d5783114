/** Invoices of type credit: one fee, untaxed, final at once; the credits come when it is paid (I11). */
import { type DateTime, Effect, Layer } from "effect"
import { BillingEntityStore, issuerOf, OrganizationStore } from "../accounts/index.js"
import { Exact, exponentOf, Ids, type RoundingMode } from "../core/index.js"
import { CreditPurchases, type Purchase, WalletStore } from "../credits/index.js"
import { booksOf, invoiceVoided, LedgerStore } from "../ledger/index.js"
import { assemble, type FeeLine } from "./assemble.js"
import { draftOf } from "./document.js"
import { Issuing } from "./issuing.js"
import { InvoiceStore } from "./store.js"

/** So many credits at the wallet's rate. */
const creditLine = ({ credits, transaction, wallet }: Purchase, rounding_mode: RoundingMode): FeeLine => {
  const rate = Exact.unsafeFromText(wallet.rate_amount)
  const perUnit = Exact.divide(rate, Exact.fromBigInt(Exact.pow10(exponentOf(wallet.currency))))
  return {
    fee_type: "credit",
    charge_id: null,
    charge_filter_id: null,
    commitment_id: null,
    description: `Prepaid credits: ${wallet.name}`,
    metric_code: null,
    units: credits,
    events_count: 0,
    amount_cents: transaction.amount,
    precise_amount_cents: Exact.toText(Exact.multiply(Exact.unsafeFromText(credits), rate)),
    precise_unit_amount: Exact.toText(perUnit),
    progressive_billing_credit_amount_cents: 0n,
    coupons_amount_cents: 0n,
    period_start: null,
    period_end: null,
    properties: { rounding_mode },
    taxes: []
  }
}

/** The purchases of voided invoices never come. */
export const failPurchases = Effect.fnUntraced(function* (
  wallets: typeof WalletStore.Service,
  invoice_ids: ReadonlyArray<string>,
  now: DateTime.Utc
) {
  const pending = yield* wallets.pending({ invoice_ids })
  yield* wallets.record({
    wallets: [],
    changed: pending.map((transaction) => ({ ...transaction, status: "failed", updated_at: now })),
    made: []
  })
})

export const creditPurchasesLayer: Layer.Layer<
  CreditPurchases,
  never,
  OrganizationStore | BillingEntityStore | InvoiceStore | WalletStore | LedgerStore | Issuing | Ids
> = Layer.effect(
  CreditPurchases,
  Effect.gen(function* () {
    const organizations = yield* OrganizationStore
    const entities = yield* BillingEntityStore
    const invoices = yield* InvoiceStore
    const wallets = yield* WalletStore
    const book = booksOf(yield* LedgerStore)
    const issuing = yield* Issuing
    const ids = yield* Ids

    return CreditPurchases.of({
      buy: Effect.fn("CreditPurchases.buy")(function* (purchases, now) {
        const organization = yield* organizations.current
        if (organization === undefined) return yield* Effect.dieMessage("wallets without their organization")
        const issuers = { organization, billing_entities: yield* entities.all }
        // An id for the invoice and one for its fee.
        const fresh = (yield* ids.many(2 * purchases.length))[Symbol.iterator]()
        const sold = purchases.map((purchase) => {
          const { customer, wallet } = purchase
          const issuer = issuerOf(issuers, { customer: customer.billing_entity_id })
          const figures = assemble([creditLine(purchase, issuer.rounding_mode)], issuer.rounding_mode)
          const head = {
            organization_id: wallet.organization_id,
            customer,
            issuer,
            invoice_type: "credit",
            subscription_id: null,
            currency: wallet.currency,
            billing_period_start: null,
            billing_period_end: null,
            billed_at: now,
            grace_days: 0
          } as const
          const document = draftOf(head, figures, { fresh }, now)
          return { customer, issuer, document, transaction: { ...purchase.transaction, invoice_id: document.invoice.id } }
        })
        yield* invoices.insert(sold.map(({ document }) => document))
        yield* wallets.record({ wallets: [], changed: [], made: sold.map(({ transaction }) => transaction) })
        yield* issuing.issue(
          sold.map(({ customer, document, issuer }) => ({ customer, issuer, document, notes: [] })),
          now
        )
        return sold.map(({ transaction }) => transaction)
      }),

      cancel: Effect.fn("CreditPurchases.cancel")(function* (invoice_ids, now: DateTime.Utc) {
        const documents = invoice_ids.length === 0 ? [] : yield* invoices.lock(invoice_ids)
        const unpaidOnes = documents.filter(({ invoice, settlements }) => invoice.status === "finalized" && settlements.length === 0)
        const unpaid = unpaidOnes.map(({ invoice }) => invoice.id as string)
        if (unpaid.length === 0) return []
        yield* invoices.markVoided(unpaid, now)
        yield* book(
          unpaidOnes.map(({ invoice }) => invoiceVoided(invoice, now)),
          now
        )
        yield* failPurchases(wallets, unpaid, now)
        return unpaid
      })
    })
  })
)
