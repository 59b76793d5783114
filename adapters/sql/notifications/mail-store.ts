/** E-mails of documents in SQL: what they are made from, what goes with them, what customers want. */
import * as SqlClient from "@effect/sql/SqlClient"
import { DateTime, Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type CustomerMailing, DocumentMailStore, type Enclosure, type MailableDocument } from "../../../src/notifications/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { statements } from "../statements.js"
import { decodeRow, table } from "../table.js"
import { enclosuresTable, mailingsTable } from "./tables.js"

type Raw = Record<string, unknown>

const mailableTable = table("mailable", {
  id: "uuid",
  organization_id: "uuid",
  status: "text",
  number: "text",
  currency: "text",
  total_cents: "money",
  issued_at: "instant",
  due_date: "instant",
  timezone: "text",
  parties: "json",
  customer_id: "uuid",
  customer_name: "text",
  customer_email: "text",
  customer_timezone: "text",
  format: "text",
  buyer_reference: "text",
  bcc_emails: "json"
})

/** Each kind of document `d` with its invoice `i`; a note was issued by whoever issued its invoice, and in its zone. */
const SOURCES = {
  invoice: {
    own: "d.status, d.invoice_number AS number, d.total_cents, d.due_date",
    from: "invoices d JOIN invoices i ON i.organization_id = d.organization_id AND i.id = d.id",
    final: "d.status IN ('finalized', 'paid')"
  },
  credit_note: {
    own: "CASE WHEN d.credit_status = 'voided' THEN 'voided' ELSE d.status END AS status, d.number, d.total_amount_cents AS total_cents, NULL AS due_date",
    from: "credit_notes d JOIN invoices i ON i.organization_id = d.organization_id AND i.id = d.invoice_id",
    final: "d.status = 'finalized' AND (d.credit_status IS NULL OR d.credit_status <> 'voided')"
  }
} as const

const MAILING = `c.id AS customer_id, c.name AS customer_name, c.email AS customer_email, c.timezone AS customer_timezone, m.format, m.buyer_reference,
  m.bcc_emails`

const documentOf = decodeRow<Omit<MailableDocument, "due_cents">>(mailableTable)
const mailingOf = decodeRow<CustomerMailing>(mailingsTable)
const enclosureOf = decodeRow<Enclosure>(enclosuresTable)

const mailableOf = (raw: Raw): MailableDocument => {
  const document = documentOf(raw)
  const owes = document.status === "finalized" && document.due_date !== null
  return { ...document, bcc_emails: document.bcc_emails ?? [], due_cents: owes ? document.total_cents - BigInt(raw.settled as string) : 0n }
}

export const documentMailStoreLayer: Layer.Layer<DocumentMailStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  DocumentMailStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, list, rows } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `document_mails.${operation}`)
    const sum = `(SELECT ${dialect.sumMoney("t.amount_cents")} FROM invoice_settlements t
      WHERE t.organization_id = d.organization_id AND t.invoice_id = d.id AND t.returned_at IS NULL)`

    /** Documents of a kind with their customers; `wanting` only of customers with a mailing of theirs. */
    const selected = (kind: keyof typeof SOURCES, wanting: boolean) => {
      const { from, own } = SOURCES[kind]
      return sql.literal(`SELECT d.id, d.organization_id, ${own}, d.currency, d.issued_at, i.timezone, i.parties, ${MAILING}, ${sum} AS settled
        FROM ${from} JOIN customers c ON c.organization_id = d.organization_id AND c.id = d.customer_id
        ${wanting ? "" : "LEFT "}JOIN customer_mailings m ON m.organization_id = c.organization_id AND m.id = c.id`)
    }
    const cast = columns(mailableTable, "x")

    return DocumentMailStore.of({
      enclose: (enclosures) =>
        insert(
          enclosuresTable,
          enclosures,
          "AND EXISTS (SELECT 1 FROM notifications n WHERE n.organization_id = items.organization_id AND n.id = items.notification)"
        ).pipe(storage("enclose")),

      enclosed: Effect.fnUntraced(function* (messages) {
        if (messages.length === 0) return []
        const named = rows(
          [
            ["organization_id", "uuid"],
            ["id", "uuid"]
          ],
          messages.map(({ id, organization_id }) => [organization_id, id])
        )
        const found = yield* sql`SELECT ${columns(enclosuresTable, "t")}, COALESCE(i.status, n.credit_status, n.status) AS document_status
          FROM notification_enclosures t
          LEFT JOIN invoices i ON i.organization_id = t.organization_id AND i.id = t.invoice_id
          LEFT JOIN credit_notes n ON n.organization_id = t.organization_id AND n.id = t.credit_note_id
          WHERE (t.organization_id, t.notification) IN (SELECT items.organization_id, items.id FROM ${named} items)
          ORDER BY t.notification, t.position`
        return found.map((row) => ({ ...enclosureOf(row as Raw), document_status: (row as Raw).document_status as string }))
      }, storage("enclosed")),

      documents: Effect.fnUntraced(function* (kind, ids) {
        if (ids.length === 0) return []
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${cast}, x.settled FROM (${selected(kind, false)}
          WHERE d.organization_id = ${organization} AND d.id IN ${list("uuid", ids)}) x ORDER BY x.issued_at, x.id`
        return found.map((row) => mailableOf(row as Raw))
      }, storage("documents")),

      wanted: Effect.fnUntraced(function* (kind, { after, limit, since }) {
        const organization = yield* CurrentOrganization
        const beyond = after === null ? sql.literal("") : sql`AND d.id > ${after}`
        const on = sql.literal(dialect.engine === "postgres" ? "m.on_issue" : "m.on_issue = 1")
        const found = yield* sql`SELECT ${cast}, x.settled FROM (${selected(kind, true)}
          WHERE m.organization_id = ${organization} AND ${on} AND c.email IS NOT NULL AND ${sql.literal(SOURCES[kind].final)}
          AND d.issued_at >= m.since AND d.issued_at >= ${DateTime.formatIso(since)} ${beyond}
          AND NOT EXISTS (SELECT 1 FROM notifications n WHERE n.organization_id = d.organization_id
            AND n.transition_key = ${`${kind}_issued:`} || CAST(d.id AS TEXT)) ORDER BY d.id LIMIT ${limit}) x ORDER BY x.id`
        return found.map((row) => mailableOf(row as Raw))
      }, storage("wanted")),

      mailing: Effect.fnUntraced(function* (customer_id) {
        const organization = yield* CurrentOrganization
        const [found] = yield* sql`SELECT ${columns(mailingsTable, "t")} FROM customer_mailings t
          WHERE t.organization_id = ${organization} AND t.id = ${customer_id}`
        return found === undefined ? undefined : mailingOf(found as Raw)
      }, storage("mailing")),

      saveMailing: (mailing) =>
        insert(
          mailingsTable,
          [mailing],
          `ON CONFLICT (organization_id, id) DO UPDATE SET on_issue = excluded.on_issue, format = excluded.format,
            buyer_reference = excluded.buyer_reference, bcc_emails = excluded.bcc_emails, since = excluded.since, updated_at = excluded.updated_at`
        ).pipe(storage("saveMailing"))
    })
  })
)
