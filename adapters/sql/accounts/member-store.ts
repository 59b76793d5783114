/** Members in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { type Member, MemberStore } from "../../../src/accounts/index.js"
import { CurrentOrganization, ExternalIdTaken } from "../../../src/core/index.js"
import { Dialect } from "../dialect.js"
import { asStorage, isTaken } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow, table } from "../table.js"

const membersTable = table("members", {
  id: "uuid",
  organization_id: "uuid",
  user_id: "text",
  role: "text",
  created_at: "instant",
  updated_at: "instant"
})

const memberOf = decodeRow<Member>(membersTable)

export const memberStoreLayer: Layer.Layer<MemberStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  MemberStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `members.${operation}`)
    const page = readPage(sql, dialect)

    return MemberStore.of({
      insert: (member) =>
        insert(membersTable, [member]).pipe(
          storage("insert"),
          Effect.mapError((error) =>
            isTaken(error, "members", "user_id") ? new ExternalIdTaken({ entity: "member", external_id: member.user_id }) : error
          )
        ),
      save: (member) => update(membersTable, ["role", "updated_at"], [member]).pipe(storage("save")),
      delete: ({ id, organization_id }) =>
        sql`DELETE FROM members WHERE organization_id = ${organization_id} AND id = ${id}`.pipe(Effect.asVoid, storage("delete")),

      find: (user_id) =>
        Effect.flatMap(
          CurrentOrganization,
          (organization) =>
            sql`SELECT ${columns(membersTable, "m")} FROM members m WHERE m.organization_id = ${organization} AND m.user_id = ${user_id}`
        ).pipe(
          Effect.map(([row]) => (row === undefined ? undefined : memberOf(row as Record<string, unknown>))),
          storage("find")
        ),

      owners: Effect.flatMap(
        CurrentOrganization,
        (organization) =>
          sql<{ owners: unknown }>`SELECT count(*) AS owners FROM members WHERE organization_id = ${organization} AND role = 'owner'`
      ).pipe(
        Effect.map(([found]) => Number(found!.owners)),
        storage("owners")
      ),

      page: (filter, request) =>
        Effect.flatMap(CurrentOrganization, (organization) =>
          page(membersTable, memberOf, [sql`t.organization_id = ${organization}`, ...equalTo(sql, membersTable, filter, ["role"])], request)
        ).pipe(storage("page"))
    })
  })
)
