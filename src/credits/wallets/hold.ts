/** A hold: so much of a wallet set aside before costly work, settled by what the work really cost, or let go. */
import { Schema } from "effect"
import { brandedId, Instant, MinorUnits, OrganizationId, orNull, pageFields, Text } from "../../core/index.js"

export const WalletHoldId = brandedId("WalletHoldId")
export type WalletHoldId = typeof WalletHoldId.Type

/** From `expires_at` on a hold sets nothing aside any more, and is neither settled nor released. */
export const WalletHoldStatus = Schema.Literal("active", "settled", "released", "expired")
export type WalletHoldStatus = typeof WalletHoldStatus.Type

/** `*_cents` are minor units of the wallet's currency. */
export const WalletHold = Schema.Struct({
  id: WalletHoldId,
  organization_id: OrganizationId,
  wallet_id: Schema.String,
  status: WalletHoldStatus,
  amount_cents: Schema.BigIntFromSelf,
  /** What the work cost. */
  settled_cents: Schema.BigIntFromSelf,
  /** The host's own mark. */
  reference: Schema.NullOr(Schema.String),
  expires_at: Instant,
  ended_at: Schema.NullOr(Instant),
  created_at: Instant,
  updated_at: Instant
})
export type WalletHold = typeof WalletHold.Type

const AboveZero = MinorUnits.pipe(Schema.filter((amount) => amount > 0n, { message: () => "expected more than 0" }))

const SECONDS_AT_MOST = 30 * 86_400

/** What `WalletHolds.reserve` takes. It expires after ten minutes unless told otherwise, after 30 days at the latest. */
export const ReserveHold = Schema.Struct({
  wallet_id: Schema.String,
  amount_cents: AboveZero,
  expires_in_seconds: Schema.optionalWith(Schema.Int.pipe(Schema.between(1, SECONDS_AT_MOST)), { default: () => 600 }),
  reference: orNull(Text.atMost(255))
})
export type ReserveInput = typeof ReserveHold.Encoded

/** What `WalletHolds.settle` takes: what the work cost, in minor units; 0 gives everything back. */
export const SettleHold = Schema.Struct({ amount_cents: MinorUnits })
export type SettleInput = typeof SettleHold.Encoded

export const ListHolds = Schema.Struct({
  ...pageFields,
  wallet_id: Schema.optional(Schema.String),
  status: Schema.optional(WalletHoldStatus)
})
export type ListHoldsInput = typeof ListHolds.Encoded
