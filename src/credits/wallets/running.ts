/** Whether a wallet takes and gives credits at all. Pure. */
import { type DateTime, Either } from "effect"
import { InvalidTransition } from "../../core/index.js"
import { canPay } from "../wallet.js"
import type { Wallet } from "./rows.js"

/** Active and before its expiry. Fails with `InvalidTransition`. */
export const requireRunning = (wallet: Wallet, action: string, now: DateTime.Utc): Either.Either<void, InvalidTransition> => {
  if (canPay(wallet, wallet.currency, now)) return Either.right(undefined)
  const from = wallet.status === "active" ? "expired" : wallet.status
  return Either.left(new InvalidTransition({ entity: "Wallet", id: wallet.id, from, action }))
}
