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
import { holdCalls } from "./hold-calls.js"
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

    const one = Effect.fnUntraced(function* (id: string) {
      const organization = yield* CurrentOrganization
      const [found] = yield* sql`SELECT ${holdColumns} FROM wallet_holds h WHERE h.organization_id = ${organization} AND h.id = ${id}`
      return found === undefined ? undefined : holdOf(found as Raw)
    })

    const atOnce = yield* holdCalls

    return HoldStore.of({
      reserveAtOnce: (hold) => atOnce.reserve(hold).pipe(storage("reserveAtOnce")),
      settleAtOnce: (id, amount_cents, transaction_id, at) =>
        atOnce.settle({ id, amount_cents, transaction_id, at }).pipe(storage("settleAtOnce")),
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
        const filtered = equalTo(sql, walletHoldsTable, filter, ["wallet_id", "status"])
        return yield* page(walletHoldsTable, holdOf, [sql`t.organization_id = ${organization}`, ...filtered], request)
      }, storage("page"))
    })
  })
)
