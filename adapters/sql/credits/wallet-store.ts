/** Wallets, their movements and rules in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import { Array as Arr, DateTime, Effect, Layer } from "effect"
import { CodeTaken, CurrentOrganization } from "../../../src/core/index.js"
import { type Wallet, type WalletAccount, type WalletRule, WalletStore, type WalletTransaction } from "../../../src/credits/index.js"
import { Dialect } from "../dialect.js"
import { asStorage, isTaken } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow } from "../table.js"
import { walletRulesTable, walletsTable, walletTransactionsTable } from "./wallet-tables.js"

type Raw = Record<string, unknown>

const walletOf = decodeRow<Wallet>(walletsTable)
const transactionOf = decodeRow<WalletTransaction>(walletTransactionsTable)
const ruleOf = decodeRow<WalletRule>(walletRulesTable)

const CHANGING_WALLET = [
  "name",
  "status",
  "balance_cents",
  "credits_balance",
  "consumed_amount_cents",
  "consumed_credits",
  "held_cents",
  "undrawn_cents",
  "expiration_at",
  "priority",
  "terminated_at",
  "updated_at"
]

const CHANGING_TRANSACTION = ["status", "credit_amount", "remaining_cents", "settled_at", "updated_at"]

const CHANGING_RULE = ["status", "done_until", "updated_at"]

export const walletStoreLayer: Layer.Layer<WalletStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  WalletStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, list, rows, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `wallets.${operation}`)
    const page = readPage(sql, dialect)

    const wallets = Effect.fnUntraced(function* (condition: Fragment, order: string, lock = "") {
      const organization = yield* CurrentOrganization
      const found = yield* sql`SELECT ${columns(walletsTable, "w")} FROM wallets w WHERE w.organization_id = ${organization}
        AND ${condition} ORDER BY ${sql.literal(order + lock)}`
      return found.map((row) => walletOf(row as Raw))
    })

    const transactions = Effect.fnUntraced(function* (condition: Fragment) {
      const organization = yield* CurrentOrganization
      const found = yield* sql`SELECT ${columns(walletTransactionsTable, "t")} FROM wallet_transactions t
        WHERE t.organization_id = ${organization} AND ${condition} ORDER BY t.created_at, t.id`
      return found.map((row) => transactionOf(row as Raw))
    })

    /** What expired holds of locked wallets set aside is let go of. */
    const letGoOfExpired = Effect.fnUntraced(function* (locked: ReadonlyArray<Wallet>, now: DateTime.Utc) {
      const holding = locked.filter((wallet) => wallet.held_cents > 0n)
      if (holding.length === 0) return locked
      const organization = yield* CurrentOrganization
      const at = DateTime.formatIso(now)
      const found = yield* sql<{ wallet_id: string; amount: string }>`
        UPDATE wallet_holds SET status = 'expired', ended_at = ${at}, updated_at = ${at} WHERE organization_id = ${organization} AND id IN (
          SELECT h.id FROM wallet_holds h WHERE h.organization_id = ${organization} AND h.status = 'active' AND h.expires_at <= ${at}
          AND h.wallet_id IN ${list(
            "uuid",
            holding.map(({ id }) => id)
          )})
        RETURNING wallet_id, ${sql.literal(dialect.engine === "postgres" ? "amount_cents::numeric(30,0)::text" : "CAST(amount_cents AS TEXT)")} AS amount`
      if (found.length === 0) return locked
      const let_go = Arr.groupBy(found, (hold) => hold.wallet_id)
      const after = locked.map((wallet): Wallet => {
        const holds = let_go[wallet.id] ?? []
        return { ...wallet, held_cents: holds.reduce((held, { amount }) => held - BigInt(amount), wallet.held_cents) }
      })
      yield* update(
        walletsTable,
        ["held_cents"],
        after.filter((wallet) => wallet.id in let_go)
      )
      return after
    })

    const withTopUps = Effect.fnUntraced(function* (locked: ReadonlyArray<Wallet>) {
      if (locked.length === 0) return []
      const ids = list(
        "uuid",
        locked.map(({ id }) => id)
      )
      const open = Arr.groupBy(yield* transactions(sql`t.wallet_id IN ${ids} AND t.remaining_cents > 0`), (one) => one.wallet_id)
      return locked.map((wallet): WalletAccount => ({ wallet, top_ups: (open[wallet.id] ?? []) as WalletAccount["top_ups"] }))
    })

    const byAge = (accounts: ReadonlyArray<WalletAccount>): ReadonlyArray<WalletAccount> =>
      accounts.toSorted(({ wallet: a }, { wallet: b }) => a.created_at.epochMillis - b.created_at.epochMillis || (a.id < b.id ? -1 : 1))

    return WalletStore.of({
      insert: (wallet) =>
        insert(walletsTable, [wallet]).pipe(
          storage("insert"),
          Effect.mapError((error) =>
            error._tag === "StorageError" &&
            (isTaken(error, "wallets", "code") ||
              (error.reason === "unique" && error.constraint === "wallets.customer_id, wallets.code, wallets.organization_id"))
              ? new CodeTaken({ entity: "Wallet", code: wallet.code })
              : error
          )
        ),

      load: (ids) => wallets(sql`w.id IN ${list("uuid", ids)}`, "w.id").pipe(storage("load")),

      findByCode: (customer_id, code) =>
        wallets(sql`w.customer_id = ${customer_id} AND w.code = ${code}`, "w.id").pipe(
          Effect.map(([wallet]) => wallet),
          storage("findByCode")
        ),

      ofCustomers: (customer_ids) =>
        customer_ids.length === 0
          ? Effect.succeed([])
          : wallets(sql`w.customer_id IN ${list("uuid", customer_ids)}`, "w.created_at, w.id").pipe(storage("ofCustomers")),

      accounts: (ids) => wallets(sql`w.id IN ${list("uuid", ids)}`, "w.id").pipe(Effect.flatMap(withTopUps), storage("accounts")),

      lock: (ids, now) =>
        wallets(sql`w.id IN ${list("uuid", ids)}`, "w.id", dialect.forUpdate).pipe(
          Effect.flatMap((locked) => letGoOfExpired(locked, now)),
          Effect.flatMap(withTopUps),
          storage("lock")
        ),

      lockPaying: (customer_ids, now) =>
        customer_ids.length === 0
          ? Effect.succeed([])
          : wallets(
              sql`w.customer_id IN ${list("uuid", customer_ids)} AND w.status = 'active' AND w.balance_cents > 0`,
              "w.id",
              dialect.forUpdate
            ).pipe(
              Effect.flatMap((locked) => letGoOfExpired(locked, now)),
              Effect.flatMap(withTopUps),
              Effect.map(byAge),
              storage("lockPaying")
            ),

      record: ({ changed, made, wallets: after }) =>
        update(walletsTable, CHANGING_WALLET, after).pipe(
          Effect.zipRight(update(walletTransactionsTable, CHANGING_TRANSACTION, changed)),
          Effect.zipRight(insert(walletTransactionsTable, made)),
          storage("record")
        ),

      pending: (of) =>
        transactions(
          "wallet_ids" in of
            ? sql`t.status = 'pending' AND t.wallet_id IN ${list("uuid", of.wallet_ids)}`
            : sql`t.status = 'pending' AND t.invoice_id IN ${list("uuid", of.invoice_ids)}`
        ).pipe(storage("pending")),

      onInvoices: (invoice_ids) => transactions(sql`t.invoice_id IN ${list("uuid", invoice_ids)}`).pipe(storage("onInvoices")),

      held: Effect.fnUntraced(function* (wallet_id, now) {
        const organization = yield* CurrentOrganization
        const [found] = yield* sql<{ amount: string | null }>`
          SELECT ${sql.literal(dialect.sumMoney("h.amount_cents"))} AS amount FROM wallet_holds h WHERE h.organization_id = ${organization}
          AND h.wallet_id = ${wallet_id} AND h.status = 'active' AND h.expires_at > ${DateTime.formatIso(now)}`
        return BigInt(found?.amount ?? 0)
      }, storage("held")),

      sums: Effect.fnUntraced(function* (wallet_id, stretches) {
        const organization = yield* CurrentOrganization
        const asked = rows(
          [
            ["place", "integer"],
            ["since", "instant"],
            ["until", "instant"]
          ],
          stretches.map(({ from, to }, place) => [place, from, to])
        )
        const found = yield* sql<{ place: number; transaction_type: string; amount: string }>`
          SELECT asked.place, t.transaction_type, ${sql.literal(dialect.sumMoney("t.amount"))} AS amount FROM ${asked} asked
          JOIN wallet_transactions t ON t.organization_id = ${organization} AND t.wallet_id = ${wallet_id}
            AND t.settled_at >= asked.since AND t.settled_at < asked.until
          GROUP BY asked.place, t.transaction_type`
        const amounts = new Map(found.map((row) => [`${row.place} ${row.transaction_type}`, BigInt(row.amount)]))
        return stretches.map((_, place) => ({
          inbound_cents: amounts.get(`${place} inbound`) ?? 0n,
          outbound_cents: amounts.get(`${place} outbound`) ?? 0n
        }))
      }, storage("sums")),

      page: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const filtered = equalTo(sql, walletsTable, filter, ["customer_id", "status", "currency"])
        return yield* page(walletsTable, walletOf, [sql`t.organization_id = ${organization}`, ...filtered], request)
      }, storage("page")),

      pageTransactions: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const filtered = equalTo(sql, walletTransactionsTable, filter, ["wallet_id", "transaction_type", "transaction_status", "status"])
        return yield* page(walletTransactionsTable, transactionOf, [sql`t.organization_id = ${organization}`, ...filtered], request)
      }, storage("pageTransactions")),

      expired: Effect.fnUntraced(function* (now, limit) {
        const organization = yield* CurrentOrganization
        const found = yield* sql<{ id: string }>`SELECT w.id FROM wallets w WHERE w.organization_id = ${organization}
          AND w.status = 'active' AND w.expiration_at IS NOT NULL AND w.expiration_at <= ${DateTime.formatIso(now)}
          ORDER BY w.expiration_at, w.id LIMIT ${limit}`
        return found.map(({ id }) => id)
      }, storage("expired")),

      insertRules: (rules) => insert(walletRulesTable, rules).pipe(storage("insertRules")),

      saveRules: (rules) => update(walletRulesTable, CHANGING_RULE, rules).pipe(storage("saveRules")),

      rulesOf: Effect.fnUntraced(function* (wallet_ids) {
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${columns(walletRulesTable, "r")} FROM wallet_rules r WHERE r.organization_id = ${organization}
          AND r.wallet_id IN ${list("uuid", wallet_ids)} ORDER BY r.created_at, r.id`
        return found.map((row) => ruleOf(row as Raw))
      }, storage("rulesOf")),

      ruled: Effect.fnUntraced(function* (after, limit) {
        const beyond = after === null ? sql.literal("") : sql` AND w.id > ${after}`
        const organization = yield* CurrentOrganization
        return yield* wallets(
          sql`w.status = 'active' AND w.id IN (SELECT r.wallet_id FROM wallet_rules r WHERE r.organization_id = ${organization}
            AND r.status = 'active')${beyond}`,
          `w.id LIMIT ${limit}`
        )
      }, storage("ruled"))
    })
  })
)
