/** Entries of the ledger in SQL: one row each, added and read. */
import * as SqlClient from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import { DateTime, Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type Booking, type EntryFilter, type LedgerAccount, type LedgerEntry, LedgerStore } from "../../../src/ledger/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow, table } from "../table.js"

const ledgerEntriesTable = table("ledger_entries", {
  organization_id: "uuid",
  source_type: "text",
  source_id: "uuid",
  kind: "text",
  account: "text",
  customer_id: "uuid",
  currency: "text",
  amount_cents: "money",
  occurred_at: "instant",
  created_at: "instant"
})

const entryOf = decodeRow<LedgerEntry>(ledgerEntriesTable)

const KEY = "ON CONFLICT (organization_id, source_id, kind, account) DO NOTHING"

const rowsOf = (booking: Booking, created_at: DateTime.Utc): ReadonlyArray<LedgerEntry> => {
  const { entries, ...of } = booking
  return entries.map((entry) => ({ created_at, ...of, ...entry }))
}

/** Bookings in one statement: a booking is never cut in two, since the database sums up what a statement adds. */
const CHUNK = 1000

export const ledgerStoreLayer: Layer.Layer<LedgerStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  LedgerStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `ledger.${operation}`)

    const conditions = Effect.fnUntraced(function* ({ from, to, ...filter }: EntryFilter) {
      const organization = yield* CurrentOrganization
      const all: Array<Fragment> = [
        sql`t.organization_id = ${organization}`,
        ...equalTo(sql, ledgerEntriesTable, filter, ["account", "customer_id", "source_type", "source_id", "currency"])
      ]
      if (from !== undefined) all.push(sql`t.occurred_at >= ${DateTime.formatIso(from)}`)
      if (to !== undefined) all.push(sql`t.occurred_at < ${DateTime.formatIso(to)}`)
      return sql.and(all)
    })

    return LedgerStore.of({
      insert: (bookings, now) => {
        const chunks: Array<ReadonlyArray<Booking>> = []
        for (let from = 0; from < bookings.length; from += CHUNK) chunks.push(bookings.slice(from, from + CHUNK))
        return Effect.forEach(
          chunks,
          (chunk) =>
            insert(
              ledgerEntriesTable,
              chunk.flatMap((booking) => rowsOf(booking, now)),
              KEY
            ),
          { discard: true }
        ).pipe(storage("insert"))
      },

      sums: Effect.fnUntraced(function* (filter) {
        const debits = sql.literal(dialect.sumMoney("CASE WHEN t.amount_cents > 0 THEN t.amount_cents ELSE 0 END"))
        const credits = sql.literal(dialect.sumMoney("CASE WHEN t.amount_cents < 0 THEN -t.amount_cents ELSE 0 END"))
        const found = yield* sql<{ account: LedgerAccount; currency: string; debits: string; credits: string }>`
          SELECT t.account, t.currency, ${debits} AS debits, ${credits} AS credits FROM ledger_entries t
          WHERE ${yield* conditions(filter)} GROUP BY t.account, t.currency ORDER BY t.account, t.currency`
        return found.map(({ account, credits, currency, debits }) => ({
          account,
          currency,
          debit_cents: BigInt(debits),
          credit_cents: BigInt(credits)
        }))
      }, storage("sums")),

      page: Effect.fnUntraced(function* (filter, { after, limit, order, total }) {
        const where = yield* conditions(filter)
        const [kind, account] = (after?.value ?? "").split(" ")
        const direction = sql.literal(order.direction)
        const beyond =
          after === null
            ? sql.literal("")
            : sql`AND (t.source_id, t.kind, t.account) ${sql.literal(order.direction === "asc" ? ">" : "<")} (${after.id}, ${kind ?? ""}, ${account ?? ""})`
        const rows = yield* sql`SELECT ${columns(ledgerEntriesTable, "t")} FROM ledger_entries t WHERE ${where} ${beyond}
          ORDER BY t.source_id ${direction}, t.kind ${direction}, t.account ${direction} LIMIT ${limit + 1}`
        const count = total ? yield* sql<{ total: unknown }>`SELECT count(*) AS total FROM ledger_entries t WHERE ${where}` : undefined
        return {
          rows: rows.map((row) => entryOf(row as Readonly<Record<string, unknown>>)),
          total: count === undefined ? null : Number(count[0]!.total)
        }
      }, storage("page"))
    })
  })
)
