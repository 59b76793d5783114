/** Add-ons and their applications in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import {
  type AddOn,
  type AddOnCount,
  type AddOnName,
  type AddOnOnCustomer,
  AddOnStore,
  type AppliedAddOn
} from "../../../src/catalog/index.js"
import { CodeTaken, CurrentOrganization, type StorageError } from "../../../src/core/index.js"
import { Dialect } from "../dialect.js"
import { asStorage, isTaken } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow, table } from "../table.js"

export const addOnsTable = table("add_ons", {
  id: "uuid",
  organization_id: "uuid",
  code: "text",
  name: "text",
  description: "text",
  amount_cents: "money",
  amount_currency: "text",
  invoice_display_name: "text",
  created_at: "instant",
  updated_at: "instant"
})

export const appliedAddOnsTable = table("applied_add_ons", {
  id: "uuid",
  organization_id: "uuid",
  add_on_id: "uuid",
  customer_id: "uuid",
  amount_cents: "money",
  amount_currency: "text",
  invoice_id: "uuid",
  created_at: "instant",
  updated_at: "instant"
})

const FIXED = ["id", "organization_id", "created_at"]
const CHANGING = Object.keys(addOnsTable.columns).filter((column) => !FIXED.includes(column))

type Raw = Readonly<Record<string, unknown>>
const addOnOf = decodeRow<AddOn>(addOnsTable)
const appliedOf = decodeRow<AppliedAddOn>(appliedAddOnsTable)

const taken = (code: string) => (error: StorageError) =>
  isTaken(error, "add_ons", "code") ? new CodeTaken({ entity: "add-on", code }) : error

export const addOnStoreLayer: Layer.Layer<AddOnStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  AddOnStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, list, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `add_ons.${operation}`)
    const page = readPage(sql, dialect)

    const one = Effect.fnUntraced(function* (name: AddOnName, lock: string) {
      const organization = yield* CurrentOrganization
      const found = yield* sql`SELECT ${columns(addOnsTable, "a")} FROM add_ons a WHERE a.organization_id = ${organization}
        AND ${"id" in name ? sql`a.id = ${name.id}` : sql`a.code = ${name.code}`}${sql.literal(lock)}`
      return found[0] === undefined ? undefined : addOnOf(found[0] as Raw)
    })

    return AddOnStore.of({
      insert: (add_on) => insert(addOnsTable, [add_on]).pipe(storage("insert"), Effect.mapError(taken(add_on.code))),
      save: (add_on) => update(addOnsTable, CHANGING, [add_on]).pipe(storage("save"), Effect.mapError(taken(add_on.code))),
      find: (name) => one(name, "").pipe(storage("find")),
      lock: (name) => one(name, dialect.forUpdate).pipe(storage("lock")),

      remove: Effect.fnUntraced(function* (id) {
        const organization = yield* CurrentOrganization
        yield* sql`DELETE FROM applied_taxes WHERE organization_id = ${organization} AND taxable_type = 'add_on' AND taxable_id = ${id}`
        yield* sql`DELETE FROM add_ons WHERE organization_id = ${organization} AND id = ${id}`
      }, storage("remove")),

      page: Effect.fnUntraced(function* (request) {
        const organization = yield* CurrentOrganization
        return yield* page(addOnsTable, addOnOf, [sql`t.organization_id = ${organization}`], request)
      }, storage("page")),

      apply: (applied) => insert(appliedAddOnsTable, [applied]).pipe(storage("apply")),

      applications: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const filtered = equalTo(sql, appliedAddOnsTable, filter, ["add_on_id", "customer_id"])
        const found = yield* page(appliedAddOnsTable, appliedOf, [sql`t.organization_id = ${organization}`, ...filtered], request)
        const customers = yield* sql<{ id: string; name: string; external_id: string }>`SELECT c.id, c.name, c.external_id FROM customers c
          WHERE c.organization_id = ${organization} AND c.id IN ${list("uuid", [...new Set(found.rows.map((row) => row.customer_id))])}`
        const known = new Map(customers.map((customer) => [customer.id, customer]))
        const named = found.rows.map((row): AddOnOnCustomer => {
          const { external_id, name } = known.get(row.customer_id)!
          return { ...row, customer_name: name, external_customer_id: external_id }
        })
        return { ...found, rows: named }
      }, storage("applications")),

      counts: Effect.gen(function* () {
        const organization = yield* CurrentOrganization
        const found = yield* sql<{ add_on_id: string; code: string; applications: unknown }>`
          SELECT a.id AS add_on_id, a.code AS code, COUNT(p.id) AS applications FROM add_ons a
          LEFT JOIN applied_add_ons p ON p.organization_id = a.organization_id AND p.add_on_id = a.id
          WHERE a.organization_id = ${organization} GROUP BY a.id, a.code ORDER BY a.id`
        return found.map((row): AddOnCount => ({ ...row, applications: Number(row.applications) }))
      }).pipe(storage("counts")),

      references: Effect.fnUntraced(function* (add_on_id) {
        const organization = yield* CurrentOrganization
        const [found] = yield* sql<{ applied_add_ons: unknown; oem_profiles: unknown }>`SELECT
          (SELECT COUNT(*) FROM applied_add_ons WHERE organization_id = ${organization} AND add_on_id = ${add_on_id}) AS applied_add_ons,
          (SELECT COUNT(*) FROM oem_profiles WHERE organization_id = ${organization} AND add_on_id = ${add_on_id}) AS oem_profiles`
        return { applied_add_ons: Number(found!.applied_add_ons), oem_profiles: Number(found!.oem_profiles) }
      }, storage("references"))
    })
  })
)
