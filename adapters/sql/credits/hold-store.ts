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

export const holdStoreLayer: Layer.Layer<HoldStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  HoldStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `wallet_holds.${operation}`)
    const page = readPage(sql, dialect)
    const holdColumns = columns(walletHoldsTable, "h")
    // Where functions of the database do it (migrations/wallet-functions.ts).
    const manyAtOnce = dialect.engine === "postgres"

    const one = Effect.fnUntraced(function* (id: string) {
      const organization = yield* CurrentOrganization
      const [found] = yield* sql`SELECT ${holdColumns} FROM wallet_holds h WHERE h.organization_id = ${organization} AND h.id = ${id}`
      return found === undefined ? undefined : holdOf(found as Raw)
    })

    const settleText = `SELECT ${Object.entries(walletHoldsTable.columns)
      .map(([name, type]) => dialect.selectColumn(name, type, "h"))
      .join(", ")} FROM wallet_hold_settle($1, $2, $3, $4, $5) h`

    return HoldStore.of({
      reserveAtOnce: Effect.fnUntraced(function* ({ amount_cents, created_at, expires_at, id, organization_id, reference, wallet_id }) {
        if (!manyAtOnce) return false
        const found = yield* sql.unsafe<{ readonly done: boolean }>("SELECT wallet_hold_reserve($1, $2, $3, $4, $5, $6, $7) AS done", [
          organization_id,
          wallet_id,
          id,
          amount_cents.toString(),
          reference,
          DateTime.formatIso(expires_at),
          DateTime.formatIso(created_at)
        ])
        return found[0]!.done
      }, storage("reserveAtOnce")),

      settleAtOnce: Effect.fnUntraced(function* (id, amount_cents, transaction_id, at) {
        if (!manyAtOnce) return undefined
        const organization = yield* CurrentOrganization
        const [found] = yield* sql.unsafe<Raw>(settleText, [
          organization,
          id,
          amount_cents.toString(),
          transaction_id,
          DateTime.formatIso(at)
        ])
        return found === undefined ? undefined : holdOf(found)
      }, storage("settleAtOnce")),

      insert: (hold) => insert(walletHoldsTable, [hold]).pipe(storage("insert")),
      save: (hold) => update(walletHoldsTable, CHANGING, [hold]).pipe(storage("save")),
      find: (id) => one(id).pipe(storage("find")),

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
