/** A payout for an installation, as the host reports it: two steps, both final in their way. */
import { Schema } from "effect"
import { brandedId, Instant, MinorUnits, OrganizationId, pageFields, Text } from "../core/index.js"
import type { Machine } from "./machine.js"
import { UserId } from "./user.js"

export const PayoutId = brandedId("PayoutId")
export type PayoutId = typeof PayoutId.Type

export const PayoutStatus = Schema.Literal("marked_payable", "paid")
export type PayoutStatus = typeof PayoutStatus.Type

export const PayoutSchedule = Schema.Literal("per_job", "fortnightly", "monthly")
export type PayoutSchedule = typeof PayoutSchedule.Type

export const Payout = Schema.Struct({
  id: PayoutId,
  organization_id: OrganizationId,
  installation: Schema.String,
  lead: Schema.String,
  payee: Schema.String,
  /** Whole minor units of `currency`. */
  amount_cents: Schema.BigIntFromSelf,
  currency: Schema.String,
  schedule: PayoutSchedule,
  transaction_reference: Schema.NullOr(Schema.String),
  status: PayoutStatus,
  created_at: Instant,
  updated_at: Instant
})
export type Payout = typeof Payout.Type

export const MarkPayable = Schema.Struct({
  installation: Schema.String,
  payee: UserId,
  amount_cents: MinorUnits,
  currency: Schema.String,
  schedule: PayoutSchedule
})
/** `amount_cents`: whole minor units of `currency`. */
export type MarkPayableInput = typeof MarkPayable.Encoded

export const PayPayout = Schema.Struct({ transaction_reference: Text.name(255) })
export type PayPayoutInput = typeof PayPayout.Encoded

export const ListPayouts = Schema.Struct({
  ...pageFields,
  status: Schema.optional(PayoutStatus),
  payee: Schema.optional(UserId),
  installation: Schema.optional(Schema.String)
})
export type ListPayoutsInput = typeof ListPayouts.Encoded

export interface PayoutFacts {
  readonly installation_closed: boolean
}

export type PayoutAction = "mark_payable" | "pay"

/** @see spec field-operations 10 */
export const payoutMachine: Machine<PayoutStatus, PayoutAction, PayoutFacts> = {
  entity: "Payout",
  steps: [
    {
      action: "mark_payable",
      from: [null],
      to: "marked_payable",
      needs: [{ what: "closed_installation", met: (payout) => payout.installation_closed }]
    },
    { action: "pay", from: ["marked_payable"], to: "paid" }
  ]
}
