/** What wallets need of the floors above: invoices that sell credits, and what customers owe for usage that no invoice bills yet. */
import { Context, type DateTime, type Effect } from "effect"
import type { Customer } from "../../accounts/index.js"
import type { CurrentOrganization, StorageError } from "../../core/index.js"
import type { Wallet, WalletTransaction } from "./rows.js"

/** Credits to be sold: the wallet's row is locked, the movement is pending and not stored yet. */
export interface Purchase {
  readonly wallet: Wallet
  readonly customer: Customer
  /** Decimal text. */
  readonly credits: string
  readonly transaction: WalletTransaction
}

export interface CreditPurchasesShape {
  /** Stores the movements with an invoice of type credit each, untaxed and final at once; answers them with its id (I11). */
  readonly buy: (
    purchases: ReadonlyArray<Purchase>,
    now: DateTime.Utc
  ) => Effect.Effect<ReadonlyArray<WalletTransaction>, StorageError, CurrentOrganization>
  /** Voids those of the invoices that nobody has paid a part of; what was paid in part stays, and so does its pending movement. */
  readonly cancel: (
    invoice_ids: ReadonlyArray<string>,
    now: DateTime.Utc
  ) => Effect.Effect<ReadonlyArray<string>, StorageError, CurrentOrganization>
}

/** The invoices by which credits are bought. */
export class CreditPurchases extends Context.Tag("billwright/CreditPurchases")<CreditPurchases, CreditPurchasesShape>() {}

/** What of a customer is open in a currency: unbilled usage of running windows with tax, and drafts; minor units. */
export type OpenAmount = (customer_id: string, currency: string) => bigint

export interface OpenAmountsShape {
  /** With a constant number of statements. */
  readonly load: (customer_ids: ReadonlyArray<string>, now: DateTime.Utc) => Effect.Effect<OpenAmount, StorageError, CurrentOrganization>
}

/** What is open and not billed yet. */
export class OpenAmounts extends Context.Tag("billwright/OpenAmounts")<OpenAmounts, OpenAmountsShape>() {}
