/** Credit notes and their items in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Array as Arr, DateTime, Effect, Layer } from "effect"
import { CurrentOrganization, Ids } from "../../../src/core/index.js"
import { type CreditNote, type CreditNoteDocument, type CreditNoteItem, CreditNoteStore, noteTaxes } from "../../../src/credits/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { takeNumbers } from "../invoicing/numbers.js"
import { appliedTaxesTable } from "../invoicing/tables.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow, table } from "../table.js"

export const creditNotesTable = table("credit_notes", {
  id: "uuid",
  organization_id: "uuid",
  number: "text",
  invoice_id: "uuid",
  customer_id: "uuid",
  credit_note_type: "text",
  status: "text",
  credit_status: "text",
  refund_status: "text",
  reason: "text",
  description: "text",
  credit_amount_cents: "money",
  refund_amount_cents: "money",
  balance_amount_cents: "money",
  sub_total_cents: "money",
  taxes_amount_cents: "money",
  total_amount_cents: "money",
  currency: "text",
  issued_at: "instant",
  voided_at: "instant",
  created_at: "instant",
  updated_at: "instant"
})

const itemsTable = table("credit_note_items", {
  id: "uuid",
  organization_id: "uuid",
  credit_note_id: "uuid",
  fee_id: "uuid",
  amount_cents: "money",
  net_amount_cents: "money",
  taxes_amount_cents: "money",
  taxes: "json",
  position: "integer",
  cause: "text",
  created_at: "instant",
  updated_at: "instant"
})

type Raw = Record<string, unknown>

/** Shares of taxes as JSON keeps them. */
interface KeptItem extends Omit<CreditNoteItem, "taxes"> {
  readonly taxes: ReadonlyArray<{ readonly tax_id: string; readonly amount_cents: string }>
}

const noteOf = decodeRow<CreditNote>(creditNotesTable)
const keptOf = decodeRow<KeptItem>(itemsTable)

const itemOf = (raw: unknown): CreditNoteItem => {
  const kept = keptOf(raw as Raw)
  return { ...kept, taxes: kept.taxes.map(({ amount_cents, tax_id }) => ({ tax_id, amount_cents: BigInt(amount_cents) })) }
}

const kept = (item: CreditNoteItem): KeptItem => ({
  ...item,
  taxes: item.taxes.map(({ amount_cents, tax_id }) => ({ tax_id, amount_cents: amount_cents.toString() }))
})

/** What a refresh calculates anew on a draft. */
const REFRESHED = [
  "reason",
  "description",
  "credit_amount_cents",
  "refund_amount_cents",
  "sub_total_cents",
  "taxes_amount_cents",
  "total_amount_cents",
  "updated_at"
]

export const creditNoteStoreLayer: Layer.Layer<CreditNoteStore, never, SqlClient.SqlClient | Dialect | Ids> = Layer.effect(
  CreditNoteStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, list, rows, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `credit_notes.${operation}`)
    const ids = yield* Ids
    const numbers = takeNumbers(sql, dialect)
    const page = readPage(sql, dialect)
    const noteColumns = columns(creditNotesTable, "n")
    const itemColumns = columns(itemsTable, "t")

    /** The taxes that notes give back, at the rates of the fees (I5). */
    const insertTaxes = Effect.fnUntraced(function* (notes: ReadonlyArray<CreditNoteDocument>) {
      const taxes = notes.flatMap((document) => noteTaxes(document).map((tax) => ({ ...tax, note: document.note })))
      if (taxes.length === 0) return
      const fee_ids = [...new Set(taxes.map(({ fee_id }) => fee_id))]
      const { organization_id } = taxes[0]!.note
      const found = yield* sql<{ taxable_id: string; tax_id: string; tax_rate: string }>`
        SELECT a.taxable_id, a.tax_id, ${sql.literal(dialect.selectColumn("tax_rate", "decimal", "a"))} FROM applied_taxes a
        WHERE a.organization_id = ${organization_id} AND a.taxable_type = 'fee' AND a.taxable_id IN ${list("uuid", fee_ids)}`
      const rates = new Map(found.map(({ tax_id, tax_rate, taxable_id }) => [`${taxable_id} ${tax_id}`, tax_rate]))
      const fresh = yield* ids.many(taxes.length)
      yield* insert(
        appliedTaxesTable,
        taxes.map(({ fee_id, note, ...tax }, index) => ({
          ...tax,
          id: fresh[index]!,
          organization_id,
          taxable_type: "credit_note",
          taxable_id: note.id,
          tax_rate: rates.get(`${fee_id} ${tax.tax_id}`),
          created_at: note.updated_at,
          updated_at: note.updated_at
        }))
      )
    })

    const insertItems = (notes: ReadonlyArray<CreditNoteDocument>) =>
      insert(
        itemsTable,
        notes.flatMap(({ items }) => items.map(kept))
      ).pipe(Effect.zipRight(insertTaxes(notes)))

    const removeItems = (organization: string, ids: ReadonlyArray<string>) =>
      Effect.zipRight(
        sql`DELETE FROM applied_taxes WHERE organization_id = ${organization} AND taxable_type = 'credit_note' AND taxable_id IN ${list("uuid", ids)}`,
        sql`DELETE FROM credit_note_items WHERE organization_id = ${organization} AND credit_note_id IN ${list("uuid", ids)}`
      )

    const withItems = Effect.fnUntraced(function* (found: ReadonlyArray<unknown>) {
      const notes = found.map((row) => noteOf(row as Raw))
      if (notes.length === 0) return []
      const organization = yield* CurrentOrganization
      const items = (yield* sql`SELECT ${itemColumns} FROM credit_note_items t WHERE t.organization_id = ${organization}
        AND t.credit_note_id IN ${list(
          "uuid",
          notes.map(({ id }) => id)
        )} ORDER BY t.credit_note_id, t.position`).map(itemOf)
      const byNote = Arr.groupBy(items, (item) => item.credit_note_id)
      return notes.map((note): CreditNoteDocument => ({ note, items: byNote[note.id] ?? [] }))
    })

    return CreditNoteStore.of({
      insert: (notes) =>
        insert(
          creditNotesTable,
          notes.map(({ note }) => note)
        ).pipe(Effect.zipRight(insertItems(notes)), storage("insert")),

      replace: Effect.fnUntraced(function* (notes) {
        if (notes.length === 0) return
        const organization = yield* CurrentOrganization
        const ids = notes.map(({ note }) => note.id)
        yield* removeItems(organization, ids)
        yield* update(
          creditNotesTable,
          REFRESHED,
          notes.map(({ note }) => note)
        )
        yield* insertItems(notes)
      }, storage("replace")),

      remove: Effect.fnUntraced(function* (ids) {
        if (ids.length === 0) return
        const organization = yield* CurrentOrganization
        yield* removeItems(organization, ids)
        yield* sql`DELETE FROM credit_notes WHERE organization_id = ${organization} AND id IN ${list("uuid", ids)}`
      }, storage("remove")),

      issue: Effect.fnUntraced(function* (issues) {
        if (issues.length === 0) return
        const organization = yield* CurrentOrganization
        const taken = yield* numbers(
          organization,
          issues.map(({ day, issued_at }) => ({ issued_at, series: { kind: "organization", document: "CN", day } }))
        )
        const issued = issues.map((issue, index) => [
          issue.credit_note_id,
          taken[index],
          issue.credit_status,
          issue.refund_status,
          issue.balance_amount_cents,
          issue.issued_at
        ])
        yield* sql`UPDATE credit_notes SET number = items.number, status = 'finalized', credit_status = items.credit_status,
          refund_status = items.refund_status, balance_amount_cents = items.balance_amount_cents, issued_at = items.issued_at, updated_at = items.issued_at
          FROM ${rows(
            [
              ["id", "uuid"],
              ["number", "text"],
              ["credit_status", "text"],
              ["refund_status", "text"],
              ["balance_amount_cents", "money"],
              ["issued_at", "instant"]
            ],
            issued
          )} items WHERE credit_notes.organization_id = ${organization} AND credit_notes.id = items.id`
      }, storage("issue")),

      void: Effect.fnUntraced(function* (ids, now) {
        if (ids.length === 0) return
        const organization = yield* CurrentOrganization
        const at = DateTime.formatIso(now)
        yield* sql`UPDATE credit_notes SET credit_status = 'voided', balance_amount_cents = 0, voided_at = ${at}, updated_at = ${at}
          WHERE organization_id = ${organization} AND id IN ${list("uuid", ids)}`
      }, storage("void")),

      refunds: Effect.fnUntraced(function* (invoice_id) {
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${noteColumns} FROM credit_notes n WHERE n.organization_id = ${organization}
          AND n.invoice_id = ${invoice_id} AND n.status = 'finalized' AND n.credit_note_type = 'refund' ORDER BY n.id`
        return found.map((row) => noteOf(row as Raw))
      }, storage("refunds")),

      saveBalances: (balances) =>
        update(
          creditNotesTable,
          ["credit_status", "balance_amount_cents", "updated_at"],
          balances.map(({ credit_note_id, ...balance }) => ({ ...balance, id: credit_note_id }))
        ).pipe(storage("saveBalances")),

      saveRefunds: (refunds) =>
        update(
          creditNotesTable,
          ["refund_status", "updated_at"],
          refunds.map(({ credit_note_id, ...refund }) => ({ ...refund, id: credit_note_id }))
        ).pipe(storage("saveRefunds")),

      lockAvailable: Effect.fnUntraced(function* (customer_ids) {
        if (customer_ids.length === 0) return []
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${noteColumns} FROM credit_notes n WHERE n.organization_id = ${organization}
          AND n.credit_status = 'available' AND n.customer_id IN ${list("uuid", customer_ids)} ORDER BY n.id${sql.literal(dialect.forUpdate)}`
        return found.map((row) => noteOf(row as Raw))
      }, storage("lockAvailable")),

      lock: Effect.fnUntraced(function* (ids) {
        if (ids.length === 0) return []
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${noteColumns} FROM credit_notes n WHERE n.organization_id = ${organization}
          AND n.id IN ${list("uuid", ids)} ORDER BY n.id${sql.literal(dialect.forUpdate)}`
        return found.map((row) => noteOf(row as Raw))
      }, storage("lock")),

      drafts: Effect.fnUntraced(function* (invoice_ids) {
        if (invoice_ids.length === 0) return []
        const organization = yield* CurrentOrganization
        return yield* withItems(
          yield* sql`SELECT ${noteColumns} FROM credit_notes n WHERE n.organization_id = ${organization} AND n.status = 'draft'
            AND n.invoice_id IN ${list("uuid", invoice_ids)} ORDER BY n.id`
        )
      }, storage("drafts")),

      itemsOf: Effect.fnUntraced(function* (fee_ids) {
        if (fee_ids.length === 0) return []
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${itemColumns} FROM credit_note_items t
          JOIN credit_notes n ON n.organization_id = t.organization_id AND n.id = t.credit_note_id
          WHERE t.organization_id = ${organization} AND t.fee_id IN ${list("uuid", fee_ids)}
          AND (n.credit_status IS NULL OR n.credit_status <> 'voided') ORDER BY t.credit_note_id, t.position`
        return found.map(itemOf)
      }, storage("itemsOf")),

      load: Effect.fnUntraced(function* (ids) {
        const organization = yield* CurrentOrganization
        return yield* withItems(
          yield* sql`SELECT ${noteColumns} FROM credit_notes n WHERE n.organization_id = ${organization} AND n.id IN ${list("uuid", ids)} ORDER BY n.id`
        )
      }, storage("load")),

      page: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const filtered = equalTo(sql, creditNotesTable, filter, [
          "customer_id",
          "invoice_id",
          "credit_note_type",
          "status",
          "credit_status",
          "refund_status"
        ])
        return yield* page(creditNotesTable, noteOf, [sql`t.organization_id = ${organization}`, ...filtered], request)
      }, storage("page"))
    })
  })
)
