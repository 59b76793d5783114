/** Credits: discounts by coupons, credit notes, wallets, and what of them settles an invoice. */
export * from "./coupon.js"
export type { ApplyCouponInput, CreateCouponInput, ListAppliedCouponsInput, ListCouponsInput, UpdateCouponInput } from "./coupon-input.js"
export * from "./coupon-store.js"
export * from "./coupons.js"
export * from "./credit-note.js"
export * from "./discount.js"
export * from "./draw.js"
export * from "./errors.js"
export * from "./note.js"
export * from "./note-store.js"
export * from "./settle.js"
export * from "./wallet.js"
export * from "./wallet-rule.js"
export {
  availableCents,
  changesOf,
  openAccount,
  settlePurchase,
  takeableOf,
  takeOut,
  takeOutOf,
  type WalletAccount,
  type WalletRecord
} from "./wallets/account.js"
export type { BalanceDay } from "./wallets/balance.js"
export { giveCreditsBack, needsWallet, walletForReturn } from "./wallets/giving-back.js"
export { type ListHoldsInput, type ReserveInput, type SettleInput, WalletHold, WalletHoldId, WalletHoldStatus } from "./wallets/hold.js"
export * from "./wallets/hold-store.js"
export { WalletHolds, type WalletHoldsShape } from "./wallets/holds.js"
export type {
  BalanceTimelineInput,
  CreateWalletInput,
  DepletionForecastInput,
  ListWalletsInput,
  ListWalletTransactionsInput,
  NewRuleInput,
  TopUpInput,
  TransferInput,
  UpdateWalletInput,
  WalletCreditsInput
} from "./wallets/inputs.js"
export * from "./wallets/ports.js"
export { recordingOver } from "./wallets/recording.js"
export * from "./wallets/rows.js"
export type { WalletRun } from "./wallets/rule-run.js"
export { WalletRules, type WalletRulesShape } from "./wallets/rules.js"
export * from "./wallets/store.js"
export { type DepletionForecast, type WalletBalances, type WalletRef, Wallets, type WalletsShape } from "./wallets/wallets.js"
