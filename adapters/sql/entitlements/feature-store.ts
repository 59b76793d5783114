/** Features in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import { Effect, Layer } from "effect"
import { CodeTaken, CurrentOrganization, type StorageError } from "../../../src/core/index.js"
import { type Feature, type FeatureCount, type FeatureName, FeatureStore } from "../../../src/entitlements/index.js"
import { Dialect } from "../dialect.js"
import { asStorage, isTaken } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow } from "../table.js"
import { featuresTable } from "./tables.js"

const CHANGING = ["code", "name", "description", "updated_at"]

const featureOf = decodeRow<Feature>(featuresTable)

const taken = (code: string) => (error: StorageError) =>
  isTaken(error, "features", "code") ? new CodeTaken({ entity: "feature", code }) : error

export const featureStoreLayer: Layer.Layer<FeatureStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  FeatureStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `features.${operation}`)
    const page = readPage(sql, dialect)

    const one = (lock: string) => (name: FeatureName) =>
      Effect.flatMap(CurrentOrganization, (organization) => {
        const condition: Fragment = "id" in name ? sql`f.id = ${name.id}` : sql`f.code = ${name.code}`
        return sql`SELECT ${columns(featuresTable, "f")} FROM features f WHERE f.organization_id = ${organization} AND ${condition}${sql.literal(lock)}`
      }).pipe(Effect.map(([found]) => (found === undefined ? undefined : featureOf(found as Record<string, unknown>))))

    return FeatureStore.of({
      insert: (feature) => insert(featuresTable, [feature]).pipe(storage("insert"), Effect.mapError(taken(feature.code))),
      save: (feature) => update(featuresTable, CHANGING, [feature]).pipe(storage("save"), Effect.mapError(taken(feature.code))),
      find: (name) => one("")(name).pipe(storage("find")),
      lock: (name) => one(dialect.forUpdate)(name).pipe(storage("lock")),
      lockShared: (name) => one(dialect.forShare)(name).pipe(storage("lockShared")),

      page: (filter, request) =>
        Effect.flatMap(CurrentOrganization, (organization) =>
          page(
            featuresTable,
            featureOf,
            [sql`t.organization_id = ${organization}`, ...equalTo(sql, featuresTable, filter, ["feature_type"])],
            request
          )
        ).pipe(storage("page")),

      entitled: ({ id, organization_id }) =>
        sql<{ n: unknown }>`SELECT count(*) AS n FROM entitlements WHERE organization_id = ${organization_id} AND feature_id = ${id}`.pipe(
          Effect.map(([found]) => Number(found!.n)),
          storage("entitled")
        ),

      counts: Effect.flatMap(
        CurrentOrganization,
        (organization) => sql<{ feature_id: string; code: string; plans: unknown }>`
          SELECT f.id AS feature_id, f.code AS code, COUNT(e.id) AS plans FROM features f
          LEFT JOIN entitlements e ON e.organization_id = f.organization_id AND e.feature_id = f.id
          WHERE f.organization_id = ${organization} GROUP BY f.id, f.code ORDER BY f.id`
      ).pipe(
        Effect.map((found) => found.map((row): FeatureCount => ({ ...row, plans: Number(row.plans) }))),
        storage("counts")
      ),

      delete: ({ id, organization_id }) =>
        Effect.asVoid(sql`DELETE FROM features WHERE organization_id = ${organization_id} AND id = ${id}`).pipe(storage("delete"))
    })
  })
)
