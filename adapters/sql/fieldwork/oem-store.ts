/** Profiles of OEMs in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type OemProfile, OemStore } from "../../../src/fieldwork/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow } from "../table.js"
import { oemProfilesTable } from "./tables.js"

const CHANGING = ["timezone", "sla_days", "customer_id", "add_on_id", "updated_at"]

const profileOf = decodeRow<OemProfile>(oemProfilesTable)

export const oemStoreLayer: Layer.Layer<OemStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  OemStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `oem_profiles.${operation}`)
    const page = readPage(sql, dialect)

    const one = (lock: string) =>
      Effect.fnUntraced(function* (id: string) {
        const organization = yield* CurrentOrganization
        const [found] = yield* sql`SELECT ${columns(oemProfilesTable, "o")} FROM oem_profiles o
          WHERE o.organization_id = ${organization} AND o.id = ${id}${sql.literal(lock)}`
        return found === undefined ? undefined : profileOf(found as Record<string, unknown>)
      })

    return OemStore.of({
      // The conflict is a row that is there, not a failure: a transaction goes on after it.
      insert: Effect.fnUntraced(function* (profile) {
        if ((yield* Effect.provideService(one("")(profile.id), CurrentOrganization, profile.organization_id)) !== undefined) return false
        yield* insert(oemProfilesTable, [profile])
        return true
      }, storage("insert")),
      save: (profile) => update(oemProfilesTable, CHANGING, [profile]).pipe(storage("save")),
      find: (id) => one("")(id).pipe(storage("find")),
      lock: (id) => one(dialect.forUpdate)(id).pipe(storage("lock")),
      page: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const conditions = [sql`t.organization_id = ${organization}`, ...equalTo(sql, oemProfilesTable, filter, ["id"])]
        return yield* page(oemProfilesTable, profileOf, conditions, request)
      }, storage("page"))
    })
  })
)
