/** Emergencies and payouts in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { DateTime, Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type Emergency, EmergencyStore, type Payout, PayoutStore } from "../../../src/fieldwork/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow, table } from "../table.js"

type Raw = Readonly<Record<string, unknown>>

const emergenciesTable = table("emergencies", {
  id: "uuid",
  organization_id: "uuid",
  lead: "uuid",
  survey: "uuid",
  installation: "uuid",
  reason: "text",
  status: "text",
  backup: "uuid",
  checks: "json",
  note: "text",
  raised_at: "instant",
  escalated_at: "instant",
  resolved_at: "instant",
  target_missed: "boolean",
  created_at: "instant",
  updated_at: "instant"
})

export const payoutsTable = table("payouts", {
  id: "uuid",
  organization_id: "uuid",
  installation: "uuid",
  lead: "uuid",
  payee: "uuid",
  amount_cents: "money",
  currency: "text",
  schedule: "text",
  transaction_reference: "text",
  status: "text",
  created_at: "instant",
  updated_at: "instant"
})

const CHANGING = ["status", "backup", "checks", "note", "escalated_at", "resolved_at", "target_missed", "updated_at"]

const emergencyOf = decodeRow<Emergency>(emergenciesTable)
const payoutOf = decodeRow<Payout>(payoutsTable)

export const emergencyStoreLayer: Layer.Layer<EmergencyStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  EmergencyStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `emergencies.${operation}`)
    const page = readPage(sql, dialect)
    const missed = sql.literal(dialect.engine === "postgres" ? "TRUE" : "1")

    return EmergencyStore.of({
      insert: (emergency) => insert(emergenciesTable, [emergency]).pipe(storage("insert")),
      save: (emergencies) => update(emergenciesTable, CHANGING, emergencies).pipe(storage("save")),
      find: Effect.fnUntraced(function* (id) {
        const organization = yield* CurrentOrganization
        const [found] = yield* sql`SELECT ${columns(emergenciesTable, "e")} FROM emergencies e
          WHERE e.organization_id = ${organization} AND e.id = ${id}`
        return found === undefined ? undefined : emergencyOf(found as Raw)
      }, storage("find")),
      page: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        return yield* page(
          emergenciesTable,
          emergencyOf,
          [sql`t.organization_id = ${organization}`, ...equalTo(sql, emergenciesTable, filter, ["status"])],
          request
        )
      }, storage("page")),
      claimStanding: Effect.fnUntraced(function* (raised_before, limit) {
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${columns(emergenciesTable, "e")} FROM emergencies e WHERE e.organization_id = ${organization}
          AND e.status <> 'resolved' AND e.escalated_at IS NULL AND e.raised_at <= ${DateTime.formatIso(raised_before)}
          ORDER BY e.raised_at, e.id LIMIT ${limit}${sql.literal(dialect.skipLocked)}`
        return found.map((row) => emergencyOf(row as Raw))
      }, storage("claimStanding")),
      markMissed: Effect.fnUntraced(function* (raised_before, now) {
        const organization = yield* CurrentOrganization
        yield* sql`UPDATE emergencies SET target_missed = ${missed}, updated_at = ${DateTime.formatIso(now)} WHERE organization_id = ${organization}
          AND status <> 'resolved' AND NOT target_missed AND raised_at < ${DateTime.formatIso(raised_before)}`
      }, storage("markMissed"))
    })
  })
)

export const payoutStoreLayer: Layer.Layer<PayoutStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  PayoutStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `payouts.${operation}`)
    const page = readPage(sql, dialect)

    return PayoutStore.of({
      insert: (payout) => insert(payoutsTable, [payout]).pipe(storage("insert")),
      save: (payout) => update(payoutsTable, ["status", "transaction_reference", "updated_at"], [payout]).pipe(storage("save")),
      find: Effect.fnUntraced(function* (by) {
        const organization = yield* CurrentOrganization
        const condition = "id" in by ? sql`p.id = ${by.id}` : sql`p.installation = ${by.installation} AND p.payee = ${by.payee}`
        const [found] =
          yield* sql`SELECT ${columns(payoutsTable, "p")} FROM payouts p WHERE p.organization_id = ${organization} AND ${condition}`
        return found === undefined ? undefined : payoutOf(found as Raw)
      }, storage("find")),
      page: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const conditions = [
          sql`t.organization_id = ${organization}`,
          ...equalTo(sql, payoutsTable, filter, ["status", "payee", "installation"])
        ]
        return yield* page(payoutsTable, payoutOf, conditions, request)
      }, storage("page"))
    })
  })
)
