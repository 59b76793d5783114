/** Taxes and their applications in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import { Effect, Layer } from "effect"
import {
  AlreadyApplied,
  type AppliedTax,
  type Tax,
  type TaxableType,
  type TaxCount,
  type TaxId,
  type TaxName,
  type TaxQuery,
  type TaxRate,
  TaxStore,
  taxableKey
} from "../../../src/catalog/index.js"
import { CodeTaken, CurrentOrganization, type StorageError } from "../../../src/core/index.js"
import { Dialect } from "../dialect.js"
import { asStorage, isTaken } from "../failure.js"
import { readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow, table } from "../table.js"
import { taxesTable } from "./tables.js"

type Raw = Readonly<Record<string, unknown>>

interface RateRow {
  readonly taxable_type: TaxableType | "organization" | "named" | "supplied"
  readonly taxable_id: string
  readonly id: TaxId
  readonly code: string
  readonly name: string
  readonly rate: string
  readonly category: string | null
  readonly description: string | null
}

/** Applications by hand; what the calculation makes has amounts too. */
const applicationsTable = table("applied_taxes", {
  id: "uuid",
  organization_id: "uuid",
  tax_id: "uuid",
  taxable_type: "text",
  taxable_id: "uuid",
  tax_rate: "decimal",
  created_at: "instant",
  updated_at: "instant"
})

const TABLES: Readonly<Record<TaxableType, string>> = {
  billing_entity: "billing_entities",
  customer: "customers",
  plan: "plans",
  charge: "charges",
  add_on: "add_ons",
  commitment: "commitments"
}

/** The host's own, and not an outside system's. */
const OWN = "t.provider_type IS NULL"

const FIXED = ["id", "organization_id", "created_at", "provider_type"]
const CHANGING = Object.keys(taxesTable.columns).filter((column) => !FIXED.includes(column))

const taxOf = decodeRow<Tax>(taxesTable)
const appliedOf = decodeRow<AppliedTax & { readonly organization_id?: string }>(applicationsTable)

const taken = (code: string) => (error: StorageError) => (isTaken(error, "taxes", "code") ? new CodeTaken({ entity: "tax", code }) : error)

const pairsOf = (query: TaxQuery): ReadonlyArray<readonly [TaxableType, string]> =>
  (
    [
      ["customer", query.customer_ids],
      ["plan", query.plan_ids],
      ["charge", query.charge_ids],
      ["commitment", query.commitment_ids],
      ["add_on", query.add_on_ids],
      ["billing_entity", query.billing_entity_ids]
    ] as const
  ).flatMap(([type, ids = []]) => [...new Set(ids)].map((id) => [type, id] as const))

export const taxStoreLayer: Layer.Layer<TaxStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  TaxStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, list, rows, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `taxes.${operation}`)
    const page = readPage(sql, dialect)

    const one = (only: string) => (name: TaxName) =>
      Effect.flatMap(CurrentOrganization, (organization) => {
        const condition: Fragment = "id" in name ? sql`t.id = ${name.id}` : sql`t.code = ${name.code}`
        return sql`SELECT ${columns(taxesTable, "t")} FROM taxes t WHERE t.organization_id = ${organization} AND ${condition}${sql.literal(only)}`
      }).pipe(Effect.map((found) => (found[0] === undefined ? undefined : taxOf(found[0] as Raw))))

    return TaxStore.of({
      insert: (tax) => insert(taxesTable, [tax]).pipe(storage("insert"), Effect.mapError(taken(tax.code))),
      save: (tax) => update(taxesTable, CHANGING, [tax]).pipe(storage("save"), Effect.mapError(taken(tax.code))),
      find: (name) => one("")(name).pipe(storage("find")),
      findAll: (ids) =>
        ids.length === 0
          ? Effect.succeed([])
          : Effect.flatMap(
              CurrentOrganization,
              (organization) =>
                sql`SELECT ${columns(taxesTable, "t")} FROM taxes t WHERE t.organization_id = ${organization} AND t.id IN ${list("uuid", ids)}`
            ).pipe(
              Effect.map((found) => found.map((row) => taxOf(row as Raw))),
              storage("findAll")
            ),
      lock: (name) => one(` AND ${OWN}${dialect.forUpdate}`)(name).pipe(storage("lock")),
      page: (request) =>
        Effect.flatMap(CurrentOrganization, (organization) =>
          page(taxesTable, taxOf, [sql`t.organization_id = ${organization}`, sql.literal(OWN)], request)
        ).pipe(storage("page")),

      applications: ({ id, organization_id }) =>
        sql<{ n: unknown }>`SELECT count(*) AS n FROM applied_taxes WHERE organization_id = ${organization_id} AND tax_id = ${id}`.pipe(
          Effect.map((found) => Number(found[0]!.n)),
          storage("applications")
        ),

      delete: ({ id, organization_id }) =>
        Effect.asVoid(sql`DELETE FROM taxes WHERE organization_id = ${organization_id} AND id = ${id}`).pipe(storage("delete")),

      exists: ({ taxable_id, taxable_type }) =>
        Effect.flatMap(
          CurrentOrganization,
          (organization) =>
            sql`SELECT 1 AS found FROM ${sql.literal(TABLES[taxable_type])} WHERE organization_id = ${organization} AND id = ${taxable_id}`
        ).pipe(
          Effect.map((found) => found.length > 0),
          storage("exists")
        ),

      apply: (applied) =>
        Effect.flatMap(CurrentOrganization, (organization_id) => insert(applicationsTable, [{ ...applied, organization_id }])).pipe(
          storage("apply"),
          Effect.mapError((error) =>
            error.reason === "unique"
              ? new AlreadyApplied({ tax_id: applied.tax_id, taxable_type: applied.taxable_type, taxable_id: applied.taxable_id })
              : error
          )
        ),

      remove: (tax_id, { taxable_id, taxable_type }) =>
        Effect.flatMap(
          CurrentOrganization,
          (organization) =>
            sql`DELETE FROM applied_taxes WHERE organization_id = ${organization} AND tax_id = ${tax_id}
              AND taxable_type = ${taxable_type} AND taxable_id = ${taxable_id} RETURNING id`
        ).pipe(
          Effect.map((removed) => removed.length > 0),
          storage("remove")
        ),

      applied: (of) =>
        Effect.flatMap(CurrentOrganization, (organization) => {
          const condition =
            "tax_id" in of
              ? sql`a.tax_id = ${of.tax_id} AND a.taxable_type NOT IN ('fee', 'invoice', 'credit_note')`
              : sql`a.taxable_type = ${of.taxable_type} AND a.taxable_id = ${of.taxable_id}`
          return sql`SELECT ${columns(applicationsTable, "a")} FROM applied_taxes a WHERE a.organization_id = ${organization}
            AND ${condition} ORDER BY a.id`
        }).pipe(
          Effect.map((found) =>
            found.map((row): AppliedTax => {
              const { organization_id: _, ...applied } = appliedOf(row as Raw)
              return applied
            })
          ),
          storage("applied")
        ),

      counts: Effect.flatMap(
        CurrentOrganization,
        (organization) => sql<{ tax_id: string; code: string; applications: unknown }>`
          SELECT t.id AS tax_id, t.code AS code, COUNT(a.id) AS applications FROM taxes t
          LEFT JOIN applied_taxes a ON a.organization_id = t.organization_id AND a.tax_id = t.id
            AND a.taxable_type NOT IN ('fee', 'invoice', 'credit_note')
          WHERE t.organization_id = ${organization} AND ${sql.literal(OWN)} GROUP BY t.id, t.code ORDER BY t.id`
      ).pipe(
        Effect.map((found) => found.map((row): TaxCount => ({ ...row, applications: Number(row.applications) }))),
        storage("counts")
      ),

      rates: (query) =>
        Effect.gen(function* () {
          const organization = yield* CurrentOrganization
          const wanted = rows(
            [
              ["taxable_type", "text"],
              ["taxable_id", "uuid"]
            ],
            pairsOf(query)
          )
          const rateColumn = sql.literal(dialect.selectColumn("rate", "decimal", "t"))
          const found = yield* sql<RateRow>`
            SELECT a.taxable_type, a.taxable_id, a.id AS place, t.id, t.code, t.name, t.category, t.description, ${rateColumn}
            FROM ${wanted} w JOIN applied_taxes a ON a.organization_id = ${organization}
              AND a.taxable_type = w.taxable_type AND a.taxable_id = w.taxable_id
            JOIN taxes t ON t.organization_id = a.organization_id AND t.id = a.tax_id
            UNION ALL
            SELECT 'organization', t.organization_id, t.id, t.id, t.code, t.name, t.category, t.description, ${rateColumn}
            FROM taxes t WHERE t.organization_id = ${organization} AND t.applied_to_organization
            UNION ALL
            SELECT 'named', t.organization_id, t.id, t.id, t.code, t.name, t.category, t.description, ${rateColumn}
            FROM taxes t WHERE t.organization_id = ${organization}
              AND (t.code IN ${list("text", query.tax_codes ?? [])} OR t.id IN ${list("uuid", query.tax_ids ?? [])}) AND ${sql.literal(OWN)}
            UNION ALL
            SELECT 'supplied', i.organization_id, i.id, i.id, i.provider_type, i.provider_type, NULL, NULL, '0'
            FROM integrations i WHERE i.organization_id = ${organization} AND i.integration_type = 'tax' AND i.status <> 'inactive'
            ORDER BY place`
          const applied = new Map<string, Array<TaxRate>>()
          const ofOrganization: Array<TaxRate> = []
          const named: Array<TaxRate> = []
          let supplied = false
          for (const { category, code, description, id, name, rate, taxable_id, taxable_type } of found) {
            const tax: TaxRate = { tax_id: id, code, name, rate, category, description }
            if (taxable_type === "supplied") supplied = true
            else if (taxable_type === "organization") ofOrganization.push(tax)
            else if (taxable_type === "named") named.push(tax)
            else {
              const key = taxableKey(taxable_type, taxable_id)
              const known = applied.get(key)
              if (known === undefined) applied.set(key, [tax])
              else known.push(tax)
            }
          }
          return { applied, organization: ofOrganization, named, supplied }
        }).pipe(storage("rates")),

      supply: Effect.fnUntraced(function* (taxes) {
        if (taxes.length === 0) return []
        const organization = yield* CurrentOrganization
        yield* insert(taxesTable, taxes, "ON CONFLICT (organization_id, code) DO NOTHING")
        const codes = taxes.map(({ code }) => code)
        const found =
          yield* sql<RateRow>`SELECT t.id, t.code, t.name, t.category, t.description, ${sql.literal(dialect.selectColumn("rate", "decimal", "t"))} FROM taxes t
          WHERE t.organization_id = ${organization} AND t.code IN ${list("text", codes)}`
        return found.map(
          ({ category, code, description, id, name, rate }): TaxRate => ({ tax_id: id, code, name, rate, category, description })
        )
      }, storage("supply"))
    })
  })
)
