/**
 * The service of holds: check and set aside before costly work, settle what it really cost after. Whatever interleaves, a
 * wallet never spends more than it has: its row decides, in one statement or under its lock.
 */
import { Context, DateTime, Effect, Layer } from "effect"
import {
  CurrentOrganization,
  decodeInput,
  Ids,
  type InvalidInput,
  InvalidTransition,
  isUuid,
  type Page,
  pageOf,
  pageRequest,
  type StorageError,
  Transactor
} from "../../core/index.js"
import { LedgerStore } from "../../ledger/index.js"
import { AmountExceedsBalance, WalletHoldNotFound, WalletNotFound } from "../errors.js"
import { availableCents, changesOf, openAccount, takeOut } from "./account.js"
import {
  ListHolds,
  type ListHoldsInput,
  ReserveHold,
  type ReserveInput,
  SettleHold,
  type SettleInput,
  type WalletHold,
  WalletHoldId
} from "./hold.js"
import { HoldStore } from "./hold-store.js"
import { recordingOver } from "./recording.js"
import { requireRunning } from "./running.js"
import { WalletStore } from "./store.js"

type Answer<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

export interface WalletHoldsShape {
  /**
   * Sets minor units of a wallet aside until they are settled, released, or the hold expires; invoices do not use them.
   *
   * Fails with `AmountExceedsBalance` (what is available), `WalletNotFound`, `InvalidTransition` where the wallet is ended or
   * expired, `InvalidInput`.
   */
  readonly reserve: (input: ReserveInput) => Answer<WalletHold, InvalidInput | WalletNotFound | AmountExceedsBalance | InvalidTransition>
  /**
   * Takes what the work cost, once, and lets go of the rest; above what was set aside only what else is available.
   *
   * Fails with `WalletHoldNotFound`, `InvalidTransition` on a hold that is settled, released or expired, `AmountExceedsBalance`
   * (the hold and what else is available; the hold stays), `InvalidInput`.
   */
  readonly settle: (
    id: string,
    input: SettleInput
  ) => Answer<WalletHold, InvalidInput | WalletHoldNotFound | AmountExceedsBalance | InvalidTransition>
  /** Lets go of it. Fails with `WalletHoldNotFound`, `InvalidTransition` on a hold that is settled, released or expired. */
  readonly release: (id: string) => Answer<WalletHold, WalletHoldNotFound | InvalidTransition>
  /** Fails with `WalletHoldNotFound`. */
  readonly get: (id: string) => Answer<WalletHold, WalletHoldNotFound>
  /** Sorted by `created_at`. */
  readonly list: (input?: ListHoldsInput) => Answer<Page<WalletHold>, InvalidInput>
}

const decodeReserve = decodeInput(ReserveHold)
const decodeSettle = decodeInput(SettleHold)
const decodeList = decodeInput(ListHolds)

export class WalletHolds extends Context.Tag("billwright/WalletHolds")<WalletHolds, WalletHoldsShape>() {
  static readonly layer: Layer.Layer<WalletHolds, never, HoldStore | WalletStore | LedgerStore | Transactor | Ids> = Layer.effect(
    WalletHolds,
    Effect.gen(function* () {
      const store = yield* HoldStore
      const wallets = yield* WalletStore
      const record = recordingOver(wallets, yield* LedgerStore)
      const { transaction } = yield* Transactor
      const ids = yield* Ids

      /** A hold that still sets something aside, and its wallet's account, locked: holds change under their wallet's lock only. */
      const lock = Effect.fnUntraced(function* (id: string, action: string, now: DateTime.Utc) {
        const { wallet_id } = (isUuid(id) ? yield* store.find(id) : undefined) ?? (yield* new WalletHoldNotFound({ id }))
        const [locked] = yield* wallets.lock([wallet_id], now)
        const hold = (yield* store.find(id))!
        const isOver = DateTime.lessThanOrEqualTo(hold.expires_at, now)
        if (hold.status !== "active" || isOver) {
          return yield* new InvalidTransition({
            entity: "WalletHold",
            id,
            from: hold.status === "active" ? "expired" : hold.status,
            action
          })
        }
        const { top_ups, wallet } = locked!
        const free = { ...wallet, held_cents: wallet.held_cents - hold.amount_cents, updated_at: now }
        return { hold, locked: locked!, account: openAccount(free, top_ups, now) }
      })

      const ended = (hold: WalletHold, status: "settled" | "released", settled_cents: bigint, now: DateTime.Utc): WalletHold => ({
        ...hold,
        status,
        settled_cents,
        ended_at: now,
        updated_at: now
      })

      const reserveLocked = Effect.fnUntraced(function* (hold: WalletHold, now: DateTime.Utc) {
        const [locked] = yield* wallets.lock([hold.wallet_id], now)
        if (locked === undefined) return yield* new WalletNotFound({ id: hold.wallet_id })
        const { wallet } = locked
        yield* requireRunning(wallet, "reserve", now)
        const balance = availableCents(wallet)
        if (hold.amount_cents > balance) return yield* new AmountExceedsBalance({ balance })
        yield* store.insert(hold)
        yield* wallets.record({
          wallets: [{ ...wallet, held_cents: wallet.held_cents + hold.amount_cents, updated_at: now }],
          changed: [],
          made: []
        })
      })

      const settleLocked = Effect.fnUntraced(function* (id: string, amount_cents: bigint, transaction_id: string, now: DateTime.Utc) {
        const { account, hold, locked } = yield* lock(id, "settle", now)
        const after = ended(hold, "settled", amount_cents, now)
        yield* store.save(after)
        if (amount_cents === 0n) {
          yield* wallets.record(changesOf([locked], [account], []))
          return after
        }
        const movement = { id: transaction_id, transaction_status: "invoiced", amount_cents, hold_id: id } as const
        const moved = yield* takeOut(account, movement, now)
        yield* record(changesOf([locked], [moved.account], [moved.transaction]), now)
        return after
      })

      return WalletHolds.of({
        reserve: Effect.fn("WalletHolds.reserve")(function* (input) {
          const { amount_cents, expires_in_seconds, reference, wallet_id } = yield* decodeReserve(input)
          if (!isUuid(wallet_id)) return yield* new WalletNotFound({ id: wallet_id })
          const now = yield* DateTime.now
          const hold: WalletHold = {
            id: WalletHoldId.make(yield* ids.next),
            organization_id: yield* CurrentOrganization,
            wallet_id,
            status: "active",
            amount_cents,
            settled_cents: 0n,
            reference,
            expires_at: DateTime.add(now, { seconds: expires_in_seconds }),
            ended_at: null,
            created_at: now,
            updated_at: now
          }
          if (!(yield* store.reserveAtOnce(hold))) yield* transaction(reserveLocked(hold, now))
          return hold
        }),

        settle: Effect.fn("WalletHolds.settle")(function* (id, input) {
          const { amount_cents } = yield* decodeSettle(input)
          if (!isUuid(id)) return yield* new WalletHoldNotFound({ id })
          const now = yield* DateTime.now
          const transaction_id = yield* ids.next
          const settled = yield* store.settleAtOnce(id, amount_cents, transaction_id, now)
          return settled ?? (yield* transaction(settleLocked(id, amount_cents, transaction_id, now)))
        }),

        release: Effect.fn("WalletHolds.release")(function* (id) {
          const now = yield* DateTime.now
          return yield* transaction(
            Effect.gen(function* () {
              const { account, hold, locked } = yield* lock(id, "release", now)
              const after = ended(hold, "released", 0n, now)
              yield* store.save(after)
              yield* wallets.record(changesOf([locked], [account], []))
              return after
            })
          )
        }),

        get: Effect.fn("WalletHolds.get")(function* (id) {
          const hold = isUuid(id) ? yield* store.find(id) : undefined
          return hold ?? (yield* new WalletHoldNotFound({ id }))
        }),

        list: Effect.fn("WalletHolds.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at"])
          return pageOf(request, yield* store.page(given, request))
        })
      })
    })
  )
}
