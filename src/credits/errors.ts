/** Errors of coupons, credit notes, settlements and wallets. */
import { Schema } from "effect"

/** No such credit note in this organization. */
export class CreditNoteNotFound extends Schema.TaggedError<CreditNoteNotFound>()("CreditNoteNotFound", { id: Schema.String }) {
  override get message() {
    return `credit note ${this.id} not found`
  }
}

/** No such coupon in this organization; `id` is the id or code that was asked for. */
export class CouponNotFound extends Schema.TaggedError<CouponNotFound>()("CouponNotFound", { id: Schema.String }) {
  override get message() {
    return `coupon ${this.id} not found`
  }
}

/** No such application of a coupon in this organization. */
export class AppliedCouponNotFound extends Schema.TaggedError<AppliedCouponNotFound>()("AppliedCouponNotFound", { id: Schema.String }) {
  override get message() {
    return `applied coupon ${this.id} not found`
  }
}

/** The coupon's time to be applied is over. */
export class CouponExpired extends Schema.TaggedError<CouponExpired>()("CouponExpired", { code: Schema.String }) {
  override get message() {
    return `coupon ${this.code} has expired`
  }
}

/** The coupon is not reusable, and was applied before (I9). */
export class CouponAlreadyUsed extends Schema.TaggedError<CouponAlreadyUsed>()("CouponAlreadyUsed", { code: Schema.String }) {
  override get message() {
    return `coupon ${this.code} can be applied once, and was`
  }
}

/** The customer has an active application of the coupon. */
export class CouponAlreadyApplied extends Schema.TaggedError<CouponAlreadyApplied>()("CouponAlreadyApplied", {
  code: Schema.String,
  customer_id: Schema.String
}) {
  override get message() {
    return `coupon ${this.code} is already applied to customer ${this.customer_id}`
  }
}

/** An item of a credit note names a fee of another invoice, or none. */
export class FeeNotOnInvoice extends Schema.TaggedError<FeeNotOnInvoice>()("FeeNotOnInvoice", { fee_id: Schema.String }) {
  override get message() {
    return `fee ${this.fee_id} is not on the invoice`
  }
}

/** More is to be credited of a fee than is left of it, in minor units. */
export class AmountExceedsFee extends Schema.TaggedError<AmountExceedsFee>()("AmountExceedsFee", {
  fee_id: Schema.String,
  available: Schema.BigIntFromSelf
}) {
  override get message() {
    return `only ${this.available} of fee ${this.fee_id} can still be credited`
  }
}

/** More is to be refunded than was paid and not yet refunded, in minor units. */
export class RefundExceedsPaid extends Schema.TaggedError<RefundExceedsPaid>()("RefundExceedsPaid", { available: Schema.BigIntFromSelf }) {
  override get message() {
    return `only ${this.available} can be refunded`
  }
}

/** More is to be settled than is due on the invoice, in minor units. */
export class AmountExceedsDue extends Schema.TaggedError<AmountExceedsDue>()("AmountExceedsDue", { due: Schema.BigIntFromSelf }) {
  override get message() {
    return `only ${this.due} is due`
  }
}

/** More is to be taken than a wallet or a credit note holds, in minor units. */
export class AmountExceedsBalance extends Schema.TaggedError<AmountExceedsBalance>()("AmountExceedsBalance", {
  balance: Schema.BigIntFromSelf
}) {
  override get message() {
    return `the balance is ${this.balance}`
  }
}

/** No such wallet in this organization; `id` is the id or code that was asked for. */
export class WalletNotFound extends Schema.TaggedError<WalletNotFound>()("WalletNotFound", { id: Schema.String }) {
  override get message() {
    return `wallet ${this.id} not found`
  }
}

/** No such hold in this organization. */
export class WalletHoldNotFound extends Schema.TaggedError<WalletHoldNotFound>()("WalletHoldNotFound", { id: Schema.String }) {
  override get message() {
    return `hold ${this.id} not found`
  }
}

/** The wallet has no such rule. */
export class WalletRuleNotFound extends Schema.TaggedError<WalletRuleNotFound>()("WalletRuleNotFound", { id: Schema.String }) {
  override get message() {
    return `wallet rule ${this.id} not found`
  }
}

/** A transfer from a wallet to itself. */
export class SameWallet extends Schema.TaggedError<SameWallet>()("SameWallet", { id: Schema.String }) {
  override get message() {
    return `${this.id} is on both sides`
  }
}

/** Two rows that must be of one customer are of two. */
export class CustomerMismatch extends Schema.TaggedError<CustomerMismatch>()("CustomerMismatch", {
  expected: Schema.String,
  given: Schema.String
}) {
  override get message() {
    return `expected customer ${this.expected}, given ${this.given}`
  }
}
