/** Organizations in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { DateTime, Effect, Layer } from "effect"
import { type Organization, OrganizationStore } from "../../../src/accounts/index.js"
import { CurrentOrganization } from "../../../src/core/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { tablesOf } from "../migrate.js"
import { auditTables } from "../operations/audit-triggers.js"
import { readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow } from "../table.js"
import { organizationsTable } from "./tables.js"

const organizationOf = decodeRow<Organization>(organizationsTable)

export const organizationStoreLayer: Layer.Layer<OrganizationStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  OrganizationStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `organizations.${operation}`)
    const page = readPage(sql, dialect)

    const current = (lock: string) =>
      Effect.flatMap(
        CurrentOrganization,
        (id) => sql`SELECT ${columns(organizationsTable, "o")} FROM organizations o WHERE o.id = ${id}${sql.literal(lock)}`
      ).pipe(Effect.map((rows) => (rows[0] === undefined ? undefined : organizationOf(rows[0] as Record<string, unknown>))))

    return OrganizationStore.of({
      insert: (organization) => insert(organizationsTable, [organization]).pipe(storage("insert")),
      save: (o) =>
        sql`UPDATE organizations SET name = ${o.name}, default_currency = ${o.default_currency}, timezone = ${o.timezone},
          logo_url = ${o.logo_url}, portal_accent_color = ${o.portal_accent_color},
          portal_welcome_message = ${o.portal_welcome_message}, updated_at = ${DateTime.formatIso(o.updated_at)}
          WHERE id = ${o.id}`.pipe(Effect.asVoid, storage("save")),
      current: current("").pipe(storage("current")),
      lock: current(dialect.forUpdate).pipe(storage("lock")),
      belongings: Effect.flatMap(
        CurrentOrganization,
        (id) => sql<{ customers: unknown; events: unknown }>`SELECT
          (SELECT count(*) FROM customers WHERE organization_id = ${id}) AS customers,
          (SELECT count(*) FROM events WHERE organization_id = ${id}) AS events`
      ).pipe(
        Effect.map(([found]) => ({ customers: Number(found!.customers), events: Number(found!.events) })),
        storage("belongings")
      ),
      delete: Effect.flatMap(CurrentOrganization, (id) =>
        // Tables stand before those that refer to them.
        Effect.forEach(
          tablesOf(dialect)
            .filter(({ name }) => !auditTables.has(name))
            .toReversed(),
          ({ columns: own, name }) =>
            sql`DELETE FROM ${sql.literal(name)} WHERE ${sql.literal("organization_id" in own ? "organization_id" : "id")} = ${id}`,
          { discard: true }
        )
      ).pipe(storage("delete")),
      page: (request) => page(organizationsTable, organizationOf, [sql`1 = 1`], request).pipe(storage("page"))
    })
  })
)
