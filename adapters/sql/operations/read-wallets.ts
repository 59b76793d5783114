/** What the doctor reads of wallets, in SQL: each with the sums of its rows. */
import type { SqlClient } from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import type { RawWallet } from "../../../src/operations/index.js"
import { asTexts, beyond } from "./reading.js"

const WALLET = ["id", "rate_amount", "balance_cents", "credits_balance", "consumed_amount_cents", "held_cents", "undrawn_cents"]

/** Wallets with an id above `after`, ascending, at most `limit`. */
export const readWallets = (sql: SqlClient) =>
  Effect.fnUntraced(function* (after: string | null, limit: number) {
    const organization = yield* CurrentOrganization
    const own = "t.organization_id = w.organization_id AND t.wallet_id = w.id"
    const sum = (column: string, condition: string, table = "wallet_transactions") =>
      `(SELECT CAST(COALESCE(SUM(t.${column}), 0) AS TEXT) FROM ${table} t WHERE ${own} AND ${condition})`
    const settled = (type: string) => `t.transaction_type = '${type}' AND t.status = 'settled'`
    const standing = `t.transaction_type = 'outbound' AND t.transaction_status = 'invoiced' AND (t.hold_id IS NOT NULL OR EXISTS (
      SELECT 1 FROM invoice_settlements s WHERE s.organization_id = t.organization_id AND s.settlement_type = 'wallet_credit'
      AND s.source_id = t.id AND s.amount_cents = t.amount AND s.returned_at IS NULL))`
    const sums =
      sql.literal(`${sum("amount", settled("inbound"))} AS inbound_cents, ${sum("amount", settled("outbound"))} AS outbound_cents,
      ${sum("remaining_cents", "t.remaining_cents > 0")} AS remaining_cents, ${sum("amount", standing)} AS used_cents,
      ${sum("amount_cents", "t.status = 'active'", "wallet_holds")} AS active_holds_cents`)
    return yield* sql<RawWallet>`SELECT ${sql.literal(asTexts("w", WALLET))}, ${sums} FROM wallets w
      WHERE w.organization_id = ${organization} ${beyond(sql, "w", after)} ORDER BY w.id LIMIT ${limit}`
  })
