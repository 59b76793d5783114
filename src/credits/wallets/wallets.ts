/** The service of wallets: credits that are granted, bought, moved and voided; what invoices use is taken where these are finalized. */
import { Context, DateTime, Effect, Layer } from "effect"
import { BillingEntities, type Customer, CustomerNotFound, CustomerStore } from "../../accounts/index.js"
import {
  addDays,
  type CodeTaken,
  CurrencyMismatch,
  type CurrentOrganization,
  canName,
  currencyIfGiven,
  daysBetween,
  decodeInput,
  Ids,
  Immutable,
  InvalidInput,
  InvalidTransition,
  instant,
  localDate,
  named,
  type Page,
  pageOf,
  pageRequest,
  type StorageError,
  Transactor,
  type UnknownCurrency
} from "../../core/index.js"
import { LedgerStore } from "../../ledger/index.js"
import { type AmountExceedsBalance, CustomerMismatch, SameWallet, WalletNotFound } from "../errors.js"
import { availableCents, changesOf, openAccount, putIn, takeOut } from "./account.js"
import { type BalanceDay, balanceDays, daysLeft, daysOf, stretchOfDay } from "./balance.js"
import { deskOver } from "./desk.js"
import { HoldStore } from "./hold-store.js"
import {
  type BalanceTimelineInput,
  CreateWallet,
  type CreateWalletInput,
  type DepletionForecastInput,
  ForecastInput,
  ListTransactions,
  ListWallets,
  type ListWalletsInput,
  type ListWalletTransactionsInput,
  TimelineInput,
  type TopUpInput,
  TopUpWallet,
  TransferCredits,
  type TransferInput,
  UpdateWallet,
  type UpdateWalletInput,
  WalletCredits,
  type WalletCreditsInput
} from "./inputs.js"
import { CreditPurchases, OpenAmounts } from "./ports.js"
import type { Wallet, WalletId, WalletTransaction } from "./rows.js"
import { ongoingOf, ruleRun, type WalletRun } from "./rule-run.js"
import { ruleOf } from "./rules.js"
import { requireRunning } from "./running.js"
import { WalletStore } from "./store.js"

/** A wallet by its id, or by its customer's external id and its code. */
export type WalletRef = { readonly id: string } | { readonly external_customer_id: string; readonly code: string }

/** Until when a balance lasts at the pace of the days before. */
export interface DepletionForecast {
  readonly balance_cents: bigint
  readonly outbound_cents: bigint
  readonly days: number
  /** ⌈balance ÷ average daily outbound⌉; null where nothing went out. */
  readonly days_left: number | null
  /** The local day on which it is used up. */
  readonly depleted_on: string | null
}

/** What a wallet can pay. */
export interface WalletBalances {
  readonly balance_cents: bigint
  readonly held_cents: bigint
  /** The balance less what holds set aside. */
  readonly available_cents: bigint
  /** The balance less its share of unbilled usage with tax, and of drafts; may be below 0. */
  readonly ongoing_balance_cents: bigint
}

type Answer<A, E = never> = Effect.Effect<A, WalletNotFound | StorageError | E, CurrentOrganization>

export interface WalletsShape {
  /**
   * Makes a wallet, with granted credits and rules if given.
   *
   * Fails with `InvalidInput`, `UnknownCurrency`, `CustomerNotFound`, `CodeTaken`.
   */
  readonly create: (
    input: CreateWalletInput
  ) => Effect.Effect<Wallet, InvalidInput | UnknownCurrency | CustomerNotFound | CodeTaken | StorageError, CurrentOrganization>
  /** Fails with `WalletNotFound`. */
  readonly get: (ref: WalletRef) => Answer<Wallet>
  /** Sorted by `created_at`. */
  readonly list: (input?: ListWalletsInput) => Effect.Effect<Page<Wallet>, InvalidInput | StorageError, CurrentOrganization>
  /** Name, priority and expiry; rate and currency are `Immutable`. Fails with `InvalidInput`, `InvalidTransition` on an ended one. */
  readonly update: (ref: WalletRef, input: UpdateWalletInput) => Answer<Wallet, InvalidInput | Immutable | InvalidTransition>
  /**
   * Adds credits: granted ones at once, bought ones by an invoice of type credit, when that is paid.
   *
   * Fails with `InvalidInput` where they are worth nothing, `InvalidTransition` where the wallet is ended or expired.
   *
   * @see decisions I11
   */
  readonly topUp: (ref: WalletRef, input: TopUpInput) => Answer<WalletTransaction, InvalidInput | InvalidTransition>
  /** Takes credits out for nothing. Fails with `InvalidInput`, `AmountExceedsBalance`, `InvalidTransition`. */
  readonly voidCredits: (
    ref: WalletRef,
    input: WalletCreditsInput
  ) => Answer<WalletTransaction, InvalidInput | AmountExceedsBalance | InvalidTransition>
  /**
   * Moves money between two wallets of a customer, each showing it in credits by its own rate. Answers both movements, out and in.
   *
   * Fails with `SameWallet`, `CustomerMismatch`, `CurrencyMismatch`, `AmountExceedsBalance`, `InvalidTransition`, `InvalidInput`.
   */
  readonly transfer: (
    input: TransferInput
  ) => Answer<
    readonly [WalletTransaction, WalletTransaction],
    InvalidInput | SameWallet | CustomerMismatch | CurrencyMismatch | AmountExceedsBalance | InvalidTransition
  >
  /** Ends it: the rest leaves as voided, purchases that nobody has paid are voided. Fails with `InvalidTransition` on an ended one. */
  readonly terminate: (ref: WalletRef) => Answer<Wallet, InvalidTransition>
  /** Movements, sorted by `created_at`. */
  readonly transactions: (
    input?: ListWalletTransactionsInput
  ) => Effect.Effect<Page<WalletTransaction>, InvalidInput | StorageError, CurrentOrganization>
  /** What it can pay, and what it could once everything open was billed. */
  readonly balances: (ref: WalletRef) => Answer<WalletBalances>
  /** Inbound, outbound and running balance of each local day, at most 366. Fails with `InvalidInput`. */
  readonly balanceTimeline: (ref: WalletRef, input: BalanceTimelineInput) => Answer<ReadonlyArray<BalanceDay>, InvalidInput>
  /** For how many days the balance lasts. Fails with `InvalidInput`. */
  readonly depletionForecast: (ref: WalletRef, input?: DepletionForecastInput) => Answer<DepletionForecast, InvalidInput>
  /** The job: ends expired wallets, then tops up by the rules that are due. Twice at the same instant does nothing more. */
  readonly runDue: () => Effect.Effect<WalletRun, StorageError, CurrentOrganization>
}

const decodeCreate = decodeInput(CreateWallet)
const decodeUpdate = decodeInput(UpdateWallet)
const decodeTopUp = decodeInput(TopUpWallet)
const decodeCredits = decodeInput(WalletCredits)
const decodeTransfer = decodeInput(TransferCredits)
const decodeList = decodeInput(ListWallets)
const decodeTransactions = decodeInput(ListTransactions)
const decodeTimeline = decodeInput(TimelineInput)
const decodeForecast = decodeInput(ForecastInput)

const DAY_MILLIS = 86_400_000
const DAYS_AT_MOST = 366

const requireActive = ({ id, status }: Wallet, action: string) =>
  status === "active" ? Effect.void : new InvalidTransition({ entity: "Wallet", id, from: status, action })

const requireFuture = (expiration_at: DateTime.Utc | null | undefined, now: DateTime.Utc) =>
  expiration_at == null || DateTime.greaterThan(expiration_at, now)
    ? Effect.void
    : new InvalidInput({ field: "expiration_at", reason: "expected an instant in the future" })

export class Wallets extends Context.Tag("billwright/Wallets")<Wallets, WalletsShape>() {
  static readonly layer: Layer.Layer<
    Wallets,
    never,
    WalletStore | HoldStore | LedgerStore | CustomerStore | BillingEntities | CreditPurchases | OpenAmounts | Transactor | Ids
  > = Layer.effect(
    Wallets,
    Effect.gen(function* () {
      const store = yield* WalletStore
      const customers = yield* CustomerStore
      const entities = yield* BillingEntities
      const purchases = yield* CreditPurchases
      const open = yield* OpenAmounts
      const unit = yield* Transactor
      const ids = yield* Ids
      const desk = deskOver({ store, ledger: yield* LedgerStore, holds: yield* HoldStore, ids, entities, purchases })
      const run = ruleRun({ store, customers, open, unit, desk })

      const find = Effect.fnUntraced(function* (ref: WalletRef) {
        const known = canName(ref, "external_customer_id", "code")
        if ("id" in ref) {
          const [wallet] = known ? yield* store.load([ref.id]) : []
          return wallet ?? (yield* new WalletNotFound({ id: ref.id }))
        }
        const customer = known ? yield* customers.find({ external_id: ref.external_customer_id }) : undefined
        const wallet = customer === undefined ? undefined : yield* store.findByCode(customer.id, ref.code)
        return wallet ?? (yield* new WalletNotFound({ id: ref.code }))
      })

      const customerOf = (wallet: Wallet) => Effect.map(customers.load([wallet.customer_id]), ([customer]): Customer => customer!)

      /** The locked account of a wallet, in the transaction that the caller opened. */
      const lock = Effect.fnUntraced(function* (ref: WalletRef, now: DateTime.Utc) {
        const [account] = yield* store.lock([(yield* find(ref)).id], now)
        return account!
      })

      const create: WalletsShape["create"] = Effect.fn("Wallets.create")(function* (input) {
        const { external_customer_id, granted_credits, rules, ...given } = yield* decodeCreate(input)
        const currency = yield* currencyIfGiven(given.currency)
        const now = yield* DateTime.now
        yield* requireFuture(given.expiration_at, now)
        return yield* unit.transaction(
          Effect.gen(function* () {
            const customer = yield* customers.find({ external_id: external_customer_id })
            if (customer === undefined) return yield* new CustomerNotFound({ id: external_customer_id })
            const wallet: Wallet = {
              ...given,
              id: (yield* ids.next) as WalletId,
              organization_id: customer.organization_id,
              customer_id: customer.id,
              name: given.name ?? given.code,
              status: "active",
              balance_cents: 0n,
              credits_balance: "0",
              consumed_amount_cents: 0n,
              consumed_credits: "0",
              held_cents: 0n,
              undrawn_cents: 0n,
              currency: currency ?? customer.currency,
              terminated_at: null,
              created_at: now,
              updated_at: now
            }
            yield* store.insert(wallet)
            const rule_ids = yield* ids.many(rules.length)
            yield* store.insertRules(rules.map((rule, index) => ruleOf(rule, rule_ids[index]!, wallet, customer.timezone, now)))
            if (granted_credits === undefined) return wallet
            const { account } = yield* desk.topUp({ wallet, top_ups: [] }, customer, { kind: "granted", credits: granted_credits }, now)
            return account.wallet
          })
        )
      })

      const update: WalletsShape["update"] = Effect.fn("Wallets.update")(function* (ref, input) {
        const { currency, rate_amount, ...given } = yield* decodeUpdate(input)
        const now = yield* DateTime.now
        yield* requireFuture(given.expiration_at, now)
        return yield* unit.transaction(
          Effect.gen(function* () {
            const { wallet } = yield* lock(ref, now)
            yield* requireActive(wallet, "update")
            if (currency !== undefined && currency !== wallet.currency) return yield* new Immutable({ field: "currency" })
            if (rate_amount !== undefined && rate_amount !== wallet.rate_amount) return yield* new Immutable({ field: "rate_amount" })
            const after: Wallet = { ...wallet, ...named(given), updated_at: now }
            yield* store.record({ wallets: [after], changed: [], made: [] })
            return after
          })
        )
      })

      const topUp: WalletsShape["topUp"] = Effect.fn("Wallets.topUp")(function* (ref, input) {
        const given = yield* decodeTopUp(input)
        const now = yield* DateTime.now
        return yield* unit.transaction(
          Effect.gen(function* () {
            const account = yield* lock(ref, now)
            yield* requireRunning(account.wallet, "top up", now)
            const { transaction } = yield* desk.topUp(account, yield* customerOf(account.wallet), given, now)
            return transaction
          })
        )
      })

      const voidCredits: WalletsShape["voidCredits"] = Effect.fn("Wallets.voidCredits")(function* (ref, input) {
        const { credits } = yield* decodeCredits(input)
        const now = yield* DateTime.now
        return yield* unit.transaction(
          Effect.gen(function* () {
            const locked = yield* lock(ref, now)
            yield* requireActive(locked.wallet, "void credits")
            const amount_cents = yield* desk.worth(locked.wallet, yield* customerOf(locked.wallet), credits)
            const movement = { id: yield* ids.next, transaction_status: "voided", amount_cents } as const
            const moved = yield* takeOut(openAccount(locked.wallet, locked.top_ups, now), movement, now)
            yield* desk.record(changesOf([locked], [moved.account], [moved.transaction]), now)
            return moved.transaction
          })
        )
      })

      const transfer: WalletsShape["transfer"] = Effect.fn("Wallets.transfer")(function* (input) {
        const given = yield* decodeTransfer(input)
        const now = yield* DateTime.now
        return yield* unit.transaction(
          Effect.gen(function* () {
            const from_id = (yield* find({ id: given.from })).id
            const to_id = (yield* find({ id: given.to })).id
            if (from_id === to_id) return yield* new SameWallet({ id: from_id })
            const locked = yield* store.lock([from_id, to_id], now)
            const accounts = locked.map(({ top_ups, wallet }) => openAccount(wallet, top_ups, now))
            const from = accounts.find(({ wallet }) => wallet.id === from_id)!
            const to = accounts.find(({ wallet }) => wallet.id === to_id)!
            yield* requireRunning(from.wallet, "transfer", now)
            yield* requireRunning(to.wallet, "transfer", now)
            if (from.wallet.customer_id !== to.wallet.customer_id) {
              return yield* new CustomerMismatch({ expected: from.wallet.customer_id, given: to.wallet.customer_id })
            }
            if (from.wallet.currency !== to.wallet.currency) {
              return yield* new CurrencyMismatch({ expected: from.wallet.currency, given: to.wallet.currency })
            }
            const amount_cents = yield* desk.worth(from.wallet, yield* customerOf(from.wallet), given.credits)
            const [out_id, in_id, transfer_id] = yield* ids.many(3)
            const movement = { transaction_status: "granted", amount_cents, transfer_id: transfer_id! } as const
            const out = yield* takeOut(from, { ...movement, id: out_id! }, now)
            const into = putIn(to, { ...movement, id: in_id! }, now)
            yield* desk.record(changesOf(locked, [out.account, into.account], [out.transaction, into.transaction]), now)
            return [out.transaction, into.transaction] as const
          })
        )
      })

      const terminate: WalletsShape["terminate"] = Effect.fn("Wallets.terminate")(function* (ref) {
        const now = yield* DateTime.now
        return yield* unit.transaction(
          Effect.gen(function* () {
            const account = yield* lock(ref, now)
            yield* requireActive(account.wallet, "terminate")
            return yield* desk.end(account, now)
          })
        )
      })

      const balances: WalletsShape["balances"] = Effect.fn("Wallets.balances")(function* (ref) {
        const now = yield* DateTime.now
        const wallet = yield* find(ref)
        const family = yield* store.ofCustomers([wallet.customer_id])
        const openAmount = yield* open.load([wallet.customer_id], now)
        // What expired holds set aside is let go of by whoever locks the wallet next; nobody may have yet.
        const held_cents = wallet.held_cents === 0n ? 0n : yield* store.held(wallet.id, now)
        return {
          balance_cents: wallet.balance_cents,
          held_cents,
          available_cents: availableCents({ ...wallet, held_cents }),
          ongoing_balance_cents: ongoingOf(wallet, family, openAmount, now)
        }
      })

      const balanceTimeline: WalletsShape["balanceTimeline"] = Effect.fn("Wallets.balanceTimeline")(function* (ref, input) {
        const { from, until } = yield* decodeTimeline(input)
        const between = daysBetween(from, until)
        if (between < 0 || between >= DAYS_AT_MOST) {
          return yield* new InvalidInput({ field: "until", reason: `expected 1 to ${DAYS_AT_MOST} days` })
        }
        const days = daysOf(from, until)
        const wallet = yield* find(ref)
        const { timezone } = yield* customerOf(wallet)
        const stretches = days.map((day) => stretchOfDay(day, timezone))
        const [before, ...sums] = yield* store.sums(wallet.id, [{ from: instant(0), to: stretches[0]!.from }, ...stretches])
        return balanceDays(before!, days, sums)
      })

      const depletionForecast: WalletsShape["depletionForecast"] = Effect.fn("Wallets.depletionForecast")(function* (ref, input = {}) {
        const { days } = yield* decodeForecast(input)
        const now = yield* DateTime.now
        const wallet = yield* find(ref)
        const { timezone } = yield* customerOf(wallet)
        const [sums] = yield* store.sums(wallet.id, [
          { from: instant(now.epochMillis - days * DAY_MILLIS), to: instant(now.epochMillis + 1) }
        ])
        const { outbound_cents } = sums!
        const days_left = daysLeft(wallet.balance_cents, outbound_cents, days)
        return {
          balance_cents: wallet.balance_cents,
          outbound_cents,
          days,
          days_left,
          depleted_on: days_left === null ? null : addDays(localDate(now, timezone), days_left)
        }
      })

      return Wallets.of({
        balances,
        balanceTimeline,
        create,
        depletionForecast,
        terminate,
        topUp,
        transfer,
        update,
        voidCredits,
        get: Effect.fn("Wallets.get")(find),
        list: Effect.fn("Wallets.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at"])
          return pageOf(request, yield* store.page(given, request))
        }),
        transactions: Effect.fn("Wallets.transactions")(function* (input = {}) {
          const given = yield* decodeTransactions(input)
          const request = yield* pageRequest(given, ["created_at"])
          return pageOf(request, yield* store.pageTransactions(given, request))
        }),
        runDue: Effect.fn("Wallets.runDue")(function* () {
          return yield* run(yield* DateTime.now)
        })
      })
    })
  )
}
