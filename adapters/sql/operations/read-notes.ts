/** What the doctor reads of credit notes, in SQL: each with the sums of its rows. */
import type { SqlClient } from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import type { RawNote } from "../../../src/operations/index.js"
import { asTexts, beyond } from "./reading.js"

const OF_NOTE = "t.organization_id = n.organization_id AND t.credit_note_id = n.id"

const FIGURES = [
  "id",
  "total_amount_cents",
  "sub_total_cents",
  "taxes_amount_cents",
  "credit_amount_cents",
  "refund_amount_cents",
  "balance_amount_cents"
]

/** Σ items of notes that stand on a fee, less what its invoice bills for it. */
const BEYOND = `(SELECT SUM(x.amount_cents) FROM credit_note_items x
  JOIN credit_notes y ON y.organization_id = x.organization_id AND y.id = x.credit_note_id
  WHERE x.organization_id = f.organization_id AND x.fee_id = f.id AND (y.credit_status IS NULL OR y.credit_status <> 'voided'))
  - f.amount_cents + f.progressive_billing_credit_amount_cents`

const COLUMNS = [
  asTexts("n", FIGURES),
  "n.credit_note_type, n.status, n.credit_status, n.refund_status",
  `(SELECT CAST(COALESCE(SUM(t.net_amount_cents), 0) AS TEXT) FROM credit_note_items t WHERE ${OF_NOTE}) AS items_net_cents`,
  `(SELECT CAST(COALESCE(SUM(t.taxes_amount_cents), 0) AS TEXT) FROM credit_note_items t WHERE ${OF_NOTE}) AS items_taxes_cents`,
  `(SELECT CAST(COALESCE(SUM(s.amount_cents), 0) AS TEXT) FROM invoice_settlements s WHERE s.organization_id = n.organization_id
    AND s.settlement_type = 'credit_note' AND s.source_id = n.id AND s.returned_at IS NULL) AS used_cents`,
  `(SELECT CAST(COALESCE(SUM(s.amount_cents), 0) AS TEXT) FROM invoice_settlements s WHERE s.organization_id = n.organization_id
    AND s.invoice_id = n.invoice_id AND s.settlement_type = 'credit_note' AND s.source_id = n.id AND s.returned_at IS NULL) AS own_cents`,
  `(SELECT CAST(COALESCE(SUM(r.amount_cents), 0) AS TEXT) FROM payment_refunds r WHERE r.organization_id = n.organization_id
    AND r.credit_note_id = n.id AND r.status = 'succeeded') AS returned_cents`,
  `(SELECT COUNT(*) FROM payment_refunds r WHERE r.organization_id = n.organization_id
    AND r.credit_note_id = n.id AND r.status = 'pending') AS refunds_open`,
  `(SELECT CAST(COALESCE(MAX(${BEYOND}), 0) AS TEXT) FROM credit_note_items t
    JOIN fees f ON f.organization_id = t.organization_id AND f.id = t.fee_id WHERE ${OF_NOTE}) AS beyond_cents`
].join(", ")

/** Notes with an id above `after`, ascending, at most `limit`. */
export const readNotes = (sql: SqlClient) =>
  Effect.fnUntraced(function* (after: string | null, limit: number) {
    const organization = yield* CurrentOrganization
    const found =
      yield* sql<RawNote>`SELECT ${sql.literal(COLUMNS)} FROM credit_notes n WHERE n.organization_id = ${organization} ${beyond(sql, "n", after)}
      ORDER BY n.id LIMIT ${limit}`
    return found.map((note): RawNote => ({ ...note, refunds_open: Number(note.refunds_open) }))
  })
