/**
 * Reserving and settling by the functions of the database (migrations/wallet-functions.ts), where it has them: calls that come at the same time go
 * together. First with whatever else the organization does, waiting for nobody; a call whose wallet somebody has locked goes again
 * with those that wait for the same wallet. In a transaction of the caller each call goes alone and is part of it.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import { DateTime, Effect } from "effect"
import { CurrentOrganization, OrganizationId, type StorageError } from "../../../src/core/index.js"
import type { WalletHold } from "../../../src/credits/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { joinedCalls } from "../joined.js"
import { decodeRow } from "../table.js"
import { insideTransaction } from "../transaction.js"
import { walletHoldsTable } from "./wallet-tables.js"

interface Settlement {
  readonly id: string
  readonly amount_cents: bigint
  readonly transaction_id: string
  readonly at: DateTime.Utc
}

/** What became of a call: done with an answer, not done, or not looked at since its wallet is locked. */
interface Outcome<A> {
  readonly done: A | undefined
  readonly waits_for?: string
}

const NOT_DONE = { done: undefined }

const holdOf = decodeRow<WalletHold>(walletHoldsTable)

type Ask<Call, A> = (organization: string, calls: ReadonlyArray<Call>, wait: boolean) => Effect.Effect<ReadonlyArray<Outcome<A>>, SqlError>

export const holdCalls = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const dialect = yield* Dialect

  const askReserve: Ask<WalletHold, true> = Effect.fnUntraced(function* (organization, holds, wait) {
    const calls = holds.map(({ amount_cents, created_at, expires_at, id, reference, wallet_id }, place) => ({
      place,
      id,
      wallet_id,
      amount_cents: amount_cents.toString(),
      reference,
      expires_at: DateTime.formatIso(expires_at),
      created_at: DateTime.formatIso(created_at)
    }))
    const found = yield* sql<{ readonly place: number; readonly done: boolean }>`
      SELECT place, done FROM wallet_holds_reserve(${organization}, ${JSON.stringify(calls)}::jsonb, ${wait})`
    const judged = new Map(found.map(({ done, place }) => [place, done]))
    return holds.map(({ wallet_id }, place): Outcome<true> => {
      const done = judged.get(place)
      return done === undefined ? { done, waits_for: wallet_id } : done ? { done } : NOT_DONE
    })
  })

  const holdColumns = sql.literal(
    Object.entries(walletHoldsTable.columns)
      .map(([name, type]) => dialect.selectColumn(name, type, "(r.hold)"))
      .join(", ")
  )

  const askSettle: Ask<Settlement, WalletHold> = Effect.fnUntraced(function* (organization, settlements, wait) {
    const calls = settlements.map(({ amount_cents, at, id, transaction_id }, place) => ({
      place,
      id,
      amount_cents: amount_cents.toString(),
      transaction_id,
      at: DateTime.formatIso(at)
    }))
    const found = yield* sql<{ readonly place: number; readonly waits_for: string | null }>`
      SELECT r.place, r.waits_for, ${holdColumns} FROM wallet_holds_settle(${organization}, ${JSON.stringify(calls)}::jsonb, ${wait}) r`
    const rows = new Map(found.map((row) => [row.place, row]))
    return settlements.map((_, place): Outcome<WalletHold> => {
      const row = rows.get(place)
      if (row === undefined) return NOT_DONE
      return row.waits_for === null
        ? { done: holdOf(row as unknown as Record<string, unknown>) }
        : { done: undefined, waits_for: row.waits_for }
    })
  })

  const calling = Effect.fnUntraced(function* <Call, A>(ask: Ask<Call, A>) {
    const storage = asStorage(dialect, "wallet_holds")
    // What goes together belongs to none of its callers, but to their organization.
    const asOf = <A>(organization: string, work: Effect.Effect<A, SqlError>) =>
      Effect.provideService(storage(work), CurrentOrganization, OrganizationId.make(organization))
    const together = yield* joinedCalls<Call, Outcome<A>>((organization, calls) => asOf(organization, ask(organization, calls, false)))
    const inLine = yield* joinedCalls<Call, Outcome<A>>((key, calls) => {
      const organization = key.split(" ")[0]!
      return asOf(organization, ask(organization, calls, true))
    })
    return Effect.fnUntraced(function* (call: Call): Effect.fn.Return<A | undefined, SqlError | StorageError, CurrentOrganization> {
      if (dialect.engine !== "postgres") return undefined
      const organization = yield* CurrentOrganization
      if (dialect.lent || (yield* insideTransaction)) return (yield* ask(organization, [call], true))[0]!.done
      const first = yield* together(organization, call)
      if (first.done !== undefined || first.waits_for === undefined) return first.done
      return (yield* inLine(`${organization} ${first.waits_for}`, call)).done
    })
  })

  const [reserve, settle] = [yield* calling(askReserve), yield* calling(askSettle)]
  return { reserve: (hold: WalletHold) => Effect.map(reserve(hold), (done) => done === true), settle }
})
