/** The service of the ledger: what hosts read of it. Nothing is booked by hand; documents book themselves. */
import { Context, type DateTime, Effect, Layer } from "effect"
import {
  type CurrencyCode,
  type CurrentOrganization,
  currencyOf,
  decodeInput,
  type InvalidInput,
  isUuid,
  type Page,
  pageOf,
  pageRequest,
  type StorageError,
  sumOf,
  type UnknownCurrency
} from "../core/index.js"
import { chartOfAccounts, type LedgerAccount, type LedgerAccountType, onNormalSide } from "./account.js"
import { BalanceInput, type LedgerEntry, ListEntries, type ListEntriesInput, TrialBalanceInput } from "./entry.js"
import { LedgerStore } from "./store.js"

/** An account with what was booked on it, in minor units. */
export interface TrialBalanceRow {
  readonly account: LedgerAccount
  readonly type: LedgerAccountType
  readonly debit_cents: bigint
  readonly credit_cents: bigint
  /** On the side on which the account grows. */
  readonly balance_cents: bigint
}

/** Every account of the chart that has an entry; Σ debits = Σ credits. */
export interface TrialBalance {
  readonly currency: CurrencyCode
  readonly at: DateTime.Utc | null
  readonly accounts: ReadonlyArray<TrialBalanceRow>
  readonly debit_cents: bigint
  readonly credit_cents: bigint
}

/** On the side on which the account grows: a receivable of 500 and a liability of 500 both read 500. */
export interface AccountBalance {
  readonly account: LedgerAccount
  readonly currency: string
  readonly balance_cents: bigint
}

type Answer<A, E = never> = Effect.Effect<A, InvalidInput | E | StorageError, CurrentOrganization>

export interface LedgerShape {
  /** Debits and credits of each account in a currency, of all that occurred before `at`. Fails with `InvalidInput`, `UnknownCurrency`. */
  readonly trialBalance: (input: typeof TrialBalanceInput.Encoded) => Answer<TrialBalance, UnknownCurrency>
  /** What an account comes to, one row per currency; of one customer if named. Fails with `InvalidInput`. */
  readonly balance: (input: typeof BalanceInput.Encoded) => Answer<ReadonlyArray<AccountBalance>>
  /** Entries, sorted by `source`: all of a document stand together, older documents first. Fails with `InvalidInput`. */
  readonly entries: (input?: ListEntriesInput) => Answer<Page<LedgerEntry>>
}

const decodeTrialBalance = decodeInput(TrialBalanceInput)
const decodeBalance = decodeInput(BalanceInput)
const decodeList = decodeInput(ListEntries)

const inOrder = Object.keys(chartOfAccounts) as ReadonlyArray<LedgerAccount>

/** Whether an id that a filter names may be one: another one is the id of nothing. */
const mayBe = (id: string | undefined): boolean => id === undefined || isUuid(id)

/** An entry as pages sort it. */
const sortable = (entry: LedgerEntry) => ({ entry, id: entry.source_id, source: `${entry.kind} ${entry.account}` })

export class Ledger extends Context.Tag("billwright/Ledger")<Ledger, LedgerShape>() {
  static readonly layer: Layer.Layer<Ledger, never, LedgerStore> = Layer.effect(
    Ledger,
    Effect.gen(function* () {
      const store = yield* LedgerStore

      return Ledger.of({
        trialBalance: Effect.fn("Ledger.trialBalance")(function* (input) {
          const { at, ...given } = yield* decodeTrialBalance(input)
          const { code: currency } = yield* currencyOf(given.currency)
          const sums = new Map((yield* store.sums({ currency, to: at })).map((one) => [one.account, one]))
          const accounts = inOrder.flatMap((account): ReadonlyArray<TrialBalanceRow> => {
            const found = sums.get(account)
            if (found === undefined) return []
            const { credit_cents, debit_cents } = found
            const balance_cents = onNormalSide(account, debit_cents - credit_cents)
            return [{ account, type: chartOfAccounts[account].type, debit_cents, credit_cents, balance_cents }]
          })
          return {
            currency,
            at: at ?? null,
            accounts,
            debit_cents: sumOf(accounts, (row) => row.debit_cents),
            credit_cents: sumOf(accounts, (row) => row.credit_cents)
          }
        }),

        balance: Effect.fn("Ledger.balance")(function* (input) {
          const { account, at, customer_id } = yield* decodeBalance(input)
          if (!mayBe(customer_id)) return []
          return (yield* store.sums({ account, customer_id, to: at })).map(({ credit_cents, currency, debit_cents }) => ({
            account,
            currency,
            balance_cents: onNormalSide(account, debit_cents - credit_cents)
          }))
        }),

        entries: Effect.fn("Ledger.entries")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest({ ...given, order_by: given.order_by ?? "source:asc" }, ["source"])
          const known = mayBe(given.customer_id) && mayBe(given.source_id)
          const { rows, total } = known ? yield* store.page(given, request) : { rows: [], total: request.total ? 0 : null }
          const { items, ...page } = pageOf(request, { rows: rows.map(sortable), total })
          return { ...page, items: items.map(({ entry }) => entry) }
        })
      })
    })
  )
}
