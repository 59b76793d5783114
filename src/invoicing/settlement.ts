/** A settlement: what reduced what is owed on an invoice. */
import { Schema } from "effect"
import { Instant, OrganizationId } from "../core/index.js"

export const SettlementType = Schema.Literal("payment", "credit_note", "wallet_credit")
export type SettlementType = typeof SettlementType.Type

/** `amount_cents` are minor units of the invoice's currency. Never deleted: a void marks it returned. */
export const Settlement = Schema.Struct({
  id: Schema.String,
  organization_id: OrganizationId,
  invoice_id: Schema.String,
  settlement_type: SettlementType,
  /** The payment, credit note or wallet transaction. */
  source_id: Schema.String,
  amount_cents: Schema.BigIntFromSelf,
  returned_at: Schema.NullOr(Instant),
  created_at: Instant,
  updated_at: Instant
})
export type Settlement = typeof Settlement.Type

/** Minor units that settlements which stand took off an invoice. */
export const settledCents = (settlements: ReadonlyArray<Pick<Settlement, "amount_cents" | "returned_at">>): bigint =>
  settlements.reduce((sum, settlement) => (settlement.returned_at === null ? sum + settlement.amount_cents : sum), 0n)
