/** Credits: discounts by coupons, credit notes, wallets, and what of them settles an invoice. */
export * from "./coupon.js"
export * from "./credit-note.js"
export * from "./draw.js"
export * from "./errors.js"
export * from "./settle.js"
export * from "./wallet.js"
export * from "./wallet-rule.js"
