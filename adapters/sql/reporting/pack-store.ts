/** Closure packs in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { DateTime, Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type ClosurePack, PackStore } from "../../../src/reporting/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow } from "../table.js"
import { closurePacksTable } from "./tables.js"

const CHANGING = [
  "confirmation_call_completed",
  "status",
  "submitted_to_oem_at",
  "oem_response",
  "manifest",
  "pack_file",
  "revision_note",
  "updated_at"
]

const packOf = decodeRow<ClosurePack>(closurePacksTable)

export const packStoreLayer: Layer.Layer<PackStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  PackStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `closure_packs.${operation}`)
    const page = readPage(sql, dialect)

    return PackStore.of({
      insert: (pack) => insert(closurePacksTable, [pack]).pipe(storage("insert")),
      save: (pack) => update(closurePacksTable, CHANGING, [pack]).pipe(storage("save")),
      find: Effect.fnUntraced(function* (by) {
        const organization = yield* CurrentOrganization
        const condition = "id" in by ? sql`p.id = ${by.id}` : sql`p.installation = ${by.installation}`
        const [found] = yield* sql`SELECT ${columns(closurePacksTable, "p")} FROM closure_packs p
          WHERE p.organization_id = ${organization} AND ${condition}`
        return found === undefined ? undefined : packOf(found as Record<string, unknown>)
      }, storage("find")),
      page: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const { handed_over = false, oem, submitted_from, submitted_to } = filter
        const ofOem = sql`EXISTS (SELECT 1 FROM leads l WHERE l.organization_id = ${organization} AND l.id = t.lead AND l.oem = ${oem ?? ""})`
        const conditions = [
          sql`t.organization_id = ${organization}`,
          ...equalTo(sql, closurePacksTable, filter, ["status"]),
          ...(oem === undefined ? [] : [ofOem]),
          ...(handed_over ? [sql`t.submitted_to_oem_at IS NOT NULL`] : []),
          ...(submitted_from === undefined ? [] : [sql`t.submitted_to_oem_at >= ${DateTime.formatIso(submitted_from)}`]),
          ...(submitted_to === undefined ? [] : [sql`t.submitted_to_oem_at < ${DateTime.formatIso(submitted_to)}`])
        ]
        return yield* page(closurePacksTable, packOf, conditions, request)
      }, storage("page"))
    })
  })
)
