/** The port to where holds are kept: the usual case in one statement, the others under the wallet's row lock. */
import { Context, type DateTime, type Effect } from "effect"
import type { CurrentOrganization, PageRequest, PageRows, StorageError } from "../../core/index.js"
import type { WalletHold } from "./hold.js"

/** What a list of holds is narrowed to. */
interface HoldFilter {
  readonly wallet_id?: string | undefined
  readonly status?: WalletHold["status"] | undefined
}

type Read<A> = Effect.Effect<A, StorageError, CurrentOrganization>

export interface HoldStoreShape {
  /**
   * Sets aside what a running wallet has available and stores the hold, in one statement. False where that cannot be done so:
   * nothing was written, and the caller looks again under the wallet's lock.
   */
  readonly reserveAtOnce: (hold: WalletHold) => Read<boolean>
  /**
   * Ends a hold that is active and not expired, and takes what it cost, at most what it sets aside, from its wallet: balance,
   * counters and the movement `transaction_id`, undrawn. One statement; undefined where that cannot be done so.
   */
  readonly settleAtOnce: (id: string, amount_cents: bigint, transaction_id: string, now: DateTime.Utc) => Read<WalletHold | undefined>
  readonly insert: (hold: WalletHold) => Effect.Effect<void, StorageError>
  readonly save: (hold: WalletHold) => Effect.Effect<void, StorageError>
  readonly find: (id: string) => Read<WalletHold | undefined>
  /** Lets go of all that is active on a wallet, whose row is locked: the wallet ends. */
  readonly releaseAll: (wallet_id: string, now: DateTime.Utc) => Read<void>
  readonly page: (filter: HoldFilter, request: PageRequest) => Read<PageRows<WalletHold>>
}

export class HoldStore extends Context.Tag("billwright/HoldStore")<HoldStore, HoldStoreShape>() {}
