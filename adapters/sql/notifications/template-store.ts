/** Templates in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { CurrentOrganization, type StorageError } from "../../../src/core/index.js"
import { NameTaken, type NotificationTemplate, TemplateStore } from "../../../src/notifications/index.js"
import { Dialect } from "../dialect.js"
import { asStorage, isTaken } from "../failure.js"
import { equalTo } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow } from "../table.js"
import { templatesTable } from "./tables.js"

type Raw = Record<string, unknown>

const CHANGING = ["name", "subject_template", "body_template", "is_active", "provider_template", "updated_at"]

const templateOf = decodeRow<NotificationTemplate>(templatesTable)

const taken = (name: string) => (error: StorageError) =>
  isTaken(error, "notification_templates", "name") ? new NameTaken({ entity: "NotificationTemplate", name }) : error

export const templateStoreLayer: Layer.Layer<TemplateStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  TemplateStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, list, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `notification_templates.${operation}`)

    const one = Effect.fnUntraced(function* (id: number, lock: string) {
      const organization = yield* CurrentOrganization
      const [found] = yield* sql`SELECT ${columns(templatesTable, "t")} FROM notification_templates t
        WHERE t.organization_id = ${organization} AND t.id = ${id}${sql.literal(lock)}`
      return found === undefined ? undefined : templateOf(found as Raw)
    })

    return TemplateStore.of({
      takeIds: Effect.fnUntraced(function* (count) {
        const organization = yield* CurrentOrganization
        const [row] = yield* sql<{ last_id: unknown }>`INSERT INTO notification_template_ids (organization_id, last_id)
          VALUES (${organization}, ${count})
          ON CONFLICT (organization_id) DO UPDATE SET last_id = notification_template_ids.last_id + ${count} RETURNING last_id`
        const last = Number(row!.last_id)
        return Array.from({ length: count }, (_, index) => last - count + 1 + index)
      }, storage("takeIds")),

      insertFree: Effect.fnUntraced(function* (templates) {
        const organization = yield* CurrentOrganization
        yield* insert(templatesTable, templates, "ON CONFLICT (organization_id, name) DO NOTHING")
        const ids = templates.map(({ id }) => id)
        const found = yield* sql<{ id: unknown }>`SELECT t.id FROM notification_templates t
          WHERE t.organization_id = ${organization} AND t.id IN ${list("integer", ids)}`
        return new Set(found.map(({ id }) => Number(id)))
      }, storage("insertFree")),

      save: (template) => update(templatesTable, CHANGING, [template]).pipe(storage("save"), Effect.mapError(taken(template.name))),
      find: (id) => one(id, "").pipe(storage("find")),
      lock: (id) => one(id, dialect.forUpdate).pipe(storage("lock")),

      named: Effect.fnUntraced(function* (names) {
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${columns(templatesTable, "t")} FROM notification_templates t
          WHERE t.organization_id = ${organization} AND t.name IN ${list("text", names)} ORDER BY t.id`
        return found.map((row) => templateOf(row as Raw))
      }, storage("named")),

      list: Effect.fnUntraced(function* ({ channel, is_active }) {
        const organization = yield* CurrentOrganization
        const conditions = [sql`t.organization_id = ${organization}`, ...equalTo(sql, templatesTable, { channel }, ["channel"])]
        if (is_active !== undefined)
          conditions.push(sql.literal(dialect.engine === "postgres" ? `t.is_active = ${is_active}` : `t.is_active = ${is_active ? 1 : 0}`))
        const order = sql.literal(dialect.engine === "postgres" ? `t.name COLLATE "C"` : "t.name")
        const found = yield* sql`SELECT ${columns(templatesTable, "t")} FROM notification_templates t
          WHERE ${sql.and(conditions)} ORDER BY ${order}`
        return found.map((row) => templateOf(row as Raw))
      }, storage("list")),

      remove: Effect.fnUntraced(function* (id) {
        const organization = yield* CurrentOrganization
        yield* sql`UPDATE notifications SET template = NULL WHERE organization_id = ${organization} AND template = ${id}`
        yield* sql`DELETE FROM notification_templates WHERE organization_id = ${organization} AND id = ${id}`
      }, storage("remove"))
    })
  })
)
