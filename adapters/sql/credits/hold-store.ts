/** Holds on wallets in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { DateTime, Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { HoldStore, type WalletHold } from "../../../src/credits/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow } from "../table.js"
import { walletHoldsTable } from "./wallet-tables.js"

type Raw = Record<string, unknown>

const holdOf = decodeRow<WalletHold>(walletHoldsTable)

const CHANGING = ["status", "settled_cents", "ended_at", "updated_at"]

/** A balance in credits as `creditsOf` shows it: ÷ rate to 4 decimals, half away from zero, without a division that could be rounded twice. */
const credits = (balance: string): string =>
  `trim_scale(div(2 * (${balance}) * 100000000 + w.rate_amount * 10000, 2 * w.rate_amount * 10000) / 10000)`

export const holdStoreLayer: Layer.Layer<HoldStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  HoldStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `wallet_holds.${operation}`)
    const page = readPage(sql, dialect)
    const holdColumns = columns(walletHoldsTable, "h")
    // One statement can write several tables on Postgres; SQLite has one writer, and its lock costs no way to a server.
    const manyAtOnce = dialect.engine === "postgres"

    const one = Effect.fnUntraced(function* (id: string, lock: string) {
      const organization = yield* CurrentOrganization
      const [found] =
        yield* sql`SELECT ${holdColumns} FROM wallet_holds h WHERE h.organization_id = ${organization} AND h.id = ${id}${sql.literal(lock)}`
      return found === undefined ? undefined : holdOf(found as Raw)
    })

    const balanceAfter = sql.literal(credits("w.balance_cents - a.amount"))
    const creditsUsed = sql.literal(`(${credits("w.balance_cents")} - ${credits("w.balance_cents - a.amount")})`)
    const creditsMoved = sql.literal(`(${credits("w.balance_cents + a.amount")} - ${credits("w.balance_cents")})`)

    return HoldStore.of({
      reserveAtOnce: Effect.fnUntraced(function* ({ amount_cents, created_at, expires_at, id, organization_id, reference, wallet_id }) {
        if (!manyAtOnce) return false
        const [now, until, amount] = [DateTime.formatIso(created_at), DateTime.formatIso(expires_at), amount_cents.toString()]
        const found = yield* sql`
          WITH w AS (
            UPDATE wallets SET held_cents = held_cents + ${amount}::numeric, updated_at = ${now}
            WHERE organization_id = ${organization_id} AND id = ${wallet_id} AND status = 'active'
              AND (expiration_at IS NULL OR expiration_at > ${now}) AND balance_cents - held_cents >= ${amount}::numeric
            RETURNING organization_id, id)
          INSERT INTO wallet_holds (id, organization_id, wallet_id, status, amount_cents, settled_cents, reference, expires_at, created_at, updated_at)
          SELECT ${id}::uuid, w.organization_id, w.id, 'active', ${amount}::numeric, 0, ${reference}::text, ${until}::timestamptz, ${now}::timestamptz,
            ${now}::timestamptz FROM w
          RETURNING 1 AS done`
        return found.length > 0
      }, storage("reserveAtOnce")),

      // The hold's row first, then its wallet's: whoever ends a hold takes them in this order.
      settleAtOnce: Effect.fnUntraced(function* (id, amount_cents, transaction_id, at) {
        if (!manyAtOnce) return undefined
        const organization = yield* CurrentOrganization
        const now = DateTime.formatIso(at)
        const [found] = yield* sql`
          WITH a AS (SELECT ${amount_cents.toString()}::numeric AS amount, ${now}::timestamptz AS at),
          h AS (
            UPDATE wallet_holds h SET status = 'settled', settled_cents = a.amount, ended_at = a.at, updated_at = a.at FROM a
            WHERE h.organization_id = ${organization} AND h.id = ${id} AND h.status = 'active' AND h.expires_at > a.at AND h.amount_cents >= a.amount
            RETURNING h.*),
          w AS (
            UPDATE wallets w SET held_cents = w.held_cents - h.amount_cents, balance_cents = w.balance_cents - a.amount,
              credits_balance = ${balanceAfter}, consumed_amount_cents = w.consumed_amount_cents + a.amount,
              consumed_credits = trim_scale(w.consumed_credits + ${creditsUsed}), undrawn_cents = w.undrawn_cents + a.amount, updated_at = a.at
            FROM h, a WHERE w.organization_id = h.organization_id AND w.id = h.wallet_id
            RETURNING w.organization_id, w.id, w.customer_id, w.balance_cents, w.rate_amount),
          moved AS (
            INSERT INTO wallet_transactions (id, organization_id, wallet_id, customer_id, transaction_type, transaction_status, source, status,
              amount, credit_amount, remaining_cents, hold_id, settled_at, created_at, updated_at)
            SELECT ${transaction_id}::uuid, w.organization_id, w.id, w.customer_id, 'outbound', 'invoiced', 'manual', 'settled',
              a.amount, ${creditsMoved}, 0, ${id}::uuid, a.at, a.at, a.at FROM w, a WHERE a.amount > 0)
          SELECT ${holdColumns} FROM h JOIN w ON w.id = h.wallet_id`
        return found === undefined ? undefined : holdOf(found as Raw)
      }, storage("settleAtOnce")),

      insert: (hold) => insert(walletHoldsTable, [hold]).pipe(storage("insert")),
      save: (hold) => update(walletHoldsTable, CHANGING, [hold]).pipe(storage("save")),
      find: (id) => one(id, "").pipe(storage("find")),
      lock: (id) => one(id, dialect.forUpdate).pipe(storage("lock")),

      releaseAll: Effect.fnUntraced(function* (wallet_id, at) {
        const organization = yield* CurrentOrganization
        const now = DateTime.formatIso(at)
        yield* sql`UPDATE wallet_holds SET status = 'released', ended_at = ${now}, updated_at = ${now}
          WHERE organization_id = ${organization} AND wallet_id = ${wallet_id} AND status = 'active'`
      }, storage("releaseAll")),

      page: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const filtered = equalTo(sql, filter, ["wallet_id", "status"])
        return yield* page(walletHoldsTable, holdOf, [sql`t.organization_id = ${organization}`, ...filtered], request)
      }, storage("page"))
    })
  })
)
