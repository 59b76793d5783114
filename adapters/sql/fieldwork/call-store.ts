/** Calls in SQL: what was logged, what is still missing, whom to remind. */
import * as SqlClient from "@effect/sql/SqlClient"
import { DateTime, Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type CallLog, CallStore, type MissingCall } from "../../../src/fieldwork/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow, readValue } from "../table.js"
import { callLogsTable, callRemindersTable } from "./tables.js"

type Raw = Readonly<Record<string, unknown>>

const callOf = decodeRow<CallLog>(callLogsTable)

interface MissingRow extends Omit<MissingCall, "since" | "tries"> {
  readonly since: unknown
  readonly tries: unknown
}

/**
 * What waits at each gate, since when, and from when on calls count: those that confirm a date count from when it was set. An
 * installation waits from when its material was there, whenever it was planned. A pack's gate is open from the closing of its installation until a call of
 * the type is connected.
 */
const GATES = `
  SELECT 'survey_confirmation' AS call_type, 'survey' AS context_type, s.id AS context_id, l.id AS lead, l.oem, s.date_set_at AS since, s.date_set_at AS counted_from
    FROM surveys s JOIN leads l ON l.organization_id = s.organization_id AND l.id = s.lead
    WHERE s.organization_id = $organization AND s.status = 'scheduled'
  UNION ALL
  SELECT 'introductory', 'lead', l.id, l.id, l.oem, l.created_at, NULL
    FROM leads l WHERE l.organization_id = $organization AND l.status = 'new'
  UNION ALL
  SELECT 'installation_confirmation', 'installation', i.id, l.id, l.oem, (SELECT MAX(t.at) FROM field_transitions t
      WHERE t.organization_id = i.organization_id AND t.subject = i.id AND t.to_status = 'material_ready'), i.date_set_at
    FROM installations i JOIN leads l ON l.organization_id = i.organization_id AND l.id = i.lead
    WHERE i.organization_id = $organization AND i.status = 'material_ready'
  UNION ALL
  SELECT 'post_install', 'installation', i.id, l.id, l.oem, t.at, NULL
    FROM installations i JOIN leads l ON l.organization_id = i.organization_id AND l.id = i.lead
    JOIN field_transitions t ON t.organization_id = i.organization_id AND t.subject = i.id AND t.to_status = 'closed'
    WHERE i.organization_id = $organization AND i.status = 'closed'`

export const callStoreLayer: Layer.Layer<CallStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  CallStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, list } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `call_logs.${operation}`)
    const page = readPage(sql, dialect)

    const gates = (organization: string) => {
      const parts = GATES.split("$organization")
      return parts.slice(1).reduce((before, part) => sql`${before}${organization}${sql.literal(part)}`, sql`${sql.literal(parts[0]!)}`)
    }
    const openCalls = sql.literal(
      "c.organization_id = g.organization_id AND c.context_id = g.context_id AND c.call_type = g.call_type AND (g.counted_from IS NULL OR c.called_at >= g.counted_from)"
    )

    return CallStore.of({
      insert: (call, reminder) =>
        insert(callLogsTable, [call]).pipe(
          Effect.zipRight(insert(callRemindersTable, reminder === null ? [] : [reminder])),
          storage("insert")
        ),

      find: Effect.fnUntraced(function* (id) {
        const organization = yield* CurrentOrganization
        const [found] =
          yield* sql`SELECT ${columns(callLogsTable, "c")} FROM call_logs c WHERE c.organization_id = ${organization} AND c.id = ${id}`
        return found === undefined ? undefined : callOf(found as Raw)
      }, storage("find")),

      page: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const { from, to } = filter
        const conditions = [
          sql`t.organization_id = ${organization}`,
          ...equalTo(sql, callLogsTable, filter, ["call_type", "context_type", "context_id", "outcome", "caller"]),
          ...(from === undefined ? [] : [sql`t.called_at >= ${DateTime.formatIso(from)}`]),
          ...(to === undefined ? [] : [sql`t.called_at < ${DateTime.formatIso(to)}`])
        ]
        return yield* page(callLogsTable, callOf, conditions, request)
      }, storage("page")),

      lastConnected: Effect.fnUntraced(function* (call_type, context_id) {
        const organization = yield* CurrentOrganization
        const [found] = yield* sql<{ at: unknown }>`SELECT MAX(called_at) AS at FROM call_logs WHERE organization_id = ${organization}
          AND context_id = ${context_id} AND call_type = ${call_type} AND outcome = 'connected'`
        return readValue("instant", found!.at) as DateTime.Utc | null
      }, storage("lastConnected")),

      missing: Effect.fnUntraced(function* ({ call_type, oem }) {
        const organization = yield* CurrentOrganization
        const conditions = [
          sql`NOT EXISTS (SELECT 1 FROM call_logs c WHERE ${openCalls} AND c.outcome = 'connected')`,
          ...(call_type === undefined ? [] : [sql`g.call_type = ${call_type}`]),
          ...(oem === undefined ? [] : [sql`g.oem = ${oem}`])
        ]
        const found = yield* sql<MissingRow>`SELECT g.call_type, g.context_type, g.context_id, g.lead, g.oem, g.since,
            (SELECT COUNT(*) FROM call_logs c WHERE ${openCalls}) AS tries,
            (SELECT c.outcome FROM call_logs c WHERE ${openCalls} ORDER BY c.called_at DESC, c.id DESC LIMIT 1) AS last_outcome
          FROM (SELECT waiting.*, o.id AS organization_id FROM (${gates(organization)}) waiting JOIN organizations o ON o.id = ${organization}) g
          WHERE ${sql.and(conditions)} ORDER BY g.since, g.context_id`
        return found.map(
          (row): MissingCall => ({
            ...row,
            since: readValue("instant", row.since) as DateTime.Utc,
            tries: Number(row.tries)
          })
        )
      }, storage("missing")),

      claimReminders: Effect.fnUntraced(function* (now, limit) {
        const organization = yield* CurrentOrganization
        const found = yield* sql<{ answered: unknown }>`SELECT ${columns(callLogsTable, "c")},
            CASE WHEN EXISTS (SELECT 1 FROM call_logs l WHERE l.organization_id = c.organization_id AND l.context_id = c.context_id
              AND l.call_type = c.call_type AND l.called_at >= c.called_at AND l.id > c.id) THEN 1 ELSE 0 END AS answered
          FROM call_reminders r JOIN call_logs c ON c.organization_id = r.organization_id AND c.id = r.id
          WHERE r.organization_id = ${organization} AND r.told_at IS NULL AND r.due_at <= ${DateTime.formatIso(now)}
          ORDER BY r.due_at, r.id LIMIT ${limit}${sql.literal(dialect.skipLocked && `${dialect.skipLocked.replace(" SKIP", " OF r SKIP")}`)}`
        return found.map((row) => ({ call: callOf(row as unknown as Raw), answered: Number(row.answered) === 1 }))
      }, storage("claimReminders")),

      remindersTold: Effect.fnUntraced(function* (ids, at) {
        if (ids.length === 0) return
        const organization = yield* CurrentOrganization
        const now = DateTime.formatIso(at)
        yield* sql`UPDATE call_reminders SET told_at = ${now}, updated_at = ${now}
          WHERE organization_id = ${organization} AND id IN ${list("uuid", ids)}`
      }, storage("remindersTold")),

      confirmPack: Effect.fnUntraced(function* (installation, now) {
        const organization = yield* CurrentOrganization
        yield* sql`UPDATE closure_packs SET confirmation_call_completed = ${sql.literal(dialect.engine === "postgres" ? "TRUE" : "1")},
          updated_at = ${DateTime.formatIso(now)}
          WHERE organization_id = ${organization} AND installation = ${installation} AND status IN ('draft', 'compiled', 'rejected')`
      }, storage("confirmPack"))
    })
  })
)
