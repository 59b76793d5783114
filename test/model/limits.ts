/** What may be given back, set aside or taken, counted here from rows alone, so that a limit which the library has lost shows. */
import { SqlClient } from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { CurrentOrganization } from "../../src/core/index.js"
import { millisOf, rowsOf, Surprise } from "./performing.js"

/** Whole minor units as the engines show them. */
export const wholeOf = (text: string): bigint => BigInt(text.replace(/\..*$/, ""))

/** What each fee of an invoice bills, less what notes that stand gave back of it. */
export const creditableOf = (invoice_id: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    const organization = yield* CurrentOrganization
    const rows = yield* sql<{ id: string; cents: string }>`SELECT f.id, CAST(f.amount_cents - f.progressive_billing_credit_amount_cents
        - (SELECT COALESCE(SUM(i.amount_cents), 0) FROM credit_note_items i JOIN credit_notes n ON n.organization_id = i.organization_id
            AND n.id = i.credit_note_id WHERE i.organization_id = f.organization_id AND i.fee_id = f.id
            AND (n.credit_status IS NULL OR n.credit_status <> 'voided')) AS TEXT) AS cents
      FROM fees f WHERE f.organization_id = ${organization} AND f.invoice_id = ${invoice_id} ORDER BY f.position`
    return new Map(rows.map(({ cents, id }) => [id, wholeOf(cents)]))
  })

/** What was paid for an invoice, less its refunds, done or under way. */
export const refundableOf = (invoice_id: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    const organization = yield* CurrentOrganization
    const [row] = yield* sql<{ paid: string; refunded: string }>`SELECT
      (SELECT CAST(COALESCE(SUM(s.amount_cents), 0) AS TEXT) FROM invoice_settlements s WHERE s.organization_id = ${organization}
        AND s.invoice_id = ${invoice_id} AND s.settlement_type = 'payment' AND s.returned_at IS NULL) AS paid,
      (SELECT CAST(COALESCE(SUM(n.total_amount_cents), 0) AS TEXT) FROM credit_notes n WHERE n.organization_id = ${organization}
        AND n.invoice_id = ${invoice_id} AND n.status = 'finalized' AND n.credit_note_type = 'refund') AS refunded`
    return wholeOf(row!.paid) - wholeOf(row!.refunded)
  })

/** What holds set aside of each wallet at a time. */
export const heldCents = (now: number) =>
  Effect.map(
    rowsOf<{ wallet_id: string; status: string; cents: string; expires: unknown }>(
      "wallet_holds",
      "wallet_id, status, CAST(amount_cents AS TEXT) AS cents, expires_at AS expires"
    ),
    (all) => {
      const held = new Map<string, bigint>()
      for (const { cents, expires, status, wallet_id } of all) {
        if (status === "active" && millisOf(expires) > now) held.set(wallet_id, (held.get(wallet_id) ?? 0n) + wholeOf(cents))
      }
      return held
    }
  )

interface Paying {
  readonly id: string
  readonly status: string
  readonly expires: unknown
  readonly available: string
  readonly last: string | null
  readonly fed: number
  readonly drawn: number
}

/** Wallets pay by priority, then by age: one that comes later pays nothing while an earlier one has something left. */
export const walletsPayInOrder = (now: () => number) => {
  let before = "00000000-0000-0000-0000-000000000000"
  return Effect.gen(function* () {
    const sql = yield* SqlClient
    const organization = yield* CurrentOrganization
    const own = sql.literal("FROM wallet_transactions t WHERE t.organization_id = w.organization_id AND t.wallet_id = w.id")
    const wallets =
      yield* sql<Paying>`SELECT w.id, w.status, w.expiration_at AS expires, CAST(w.balance_cents - w.held_cents AS TEXT) AS available,
        (SELECT MAX(CAST(t.id AS TEXT)) ${own}) AS last,
        (SELECT COUNT(*) ${own} AND t.transaction_type = 'inbound' AND t.id > ${before}) AS fed,
        (SELECT COUNT(*) ${own} AND t.transaction_status = 'invoiced' AND t.hold_id IS NULL AND t.id > ${before}) AS drawn
      FROM wallets w WHERE w.organization_id = ${organization} ORDER BY w.priority, w.id`
    const earlier: Array<string> = []
    for (const { available, drawn, expires, fed, id, last, status } of wallets) {
      if (last !== null && last > before) before = last
      if (Number(drawn) > 0 && earlier.length > 0) throw new Surprise(`wallet ${id} pays before ${earlier.join(", ")}`)
      const isOpen = status === "active" && (expires === null || millisOf(expires) > now())
      if (isOpen && wholeOf(available) > 0n && Number(fed) === 0) earlier.push(id)
    }
  })
}
