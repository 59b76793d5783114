/** Submissions in SQL, and what the reporting desk has ahead. */
import * as SqlClient from "@effect/sql/SqlClient"
import { DateTime, Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import {
  type ClosurePack,
  type DashboardFacts,
  type ReportSubmission,
  type ReportType,
  SubmissionStore
} from "../../../src/reporting/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow, readValue } from "../table.js"
import { closurePacksTable, reportSubmissionsTable } from "./tables.js"

type Raw = Readonly<Record<string, unknown>>

const submissionOf = decodeRow<ReportSubmission>(reportSubmissionsTable)
const packOf = decodeRow<ClosurePack>(closurePacksTable)

/** Packs that the dashboard shows at most. */
const MOST = 1000

export const submissionStoreLayer: Layer.Layer<SubmissionStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  SubmissionStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `report_submissions.${operation}`)
    const page = readPage(sql, dialect)

    return SubmissionStore.of({
      insert: (submission) => insert(reportSubmissionsTable, [submission]).pipe(storage("insert")),
      save: (submission) => update(reportSubmissionsTable, ["acknowledged", "updated_at"], [submission]).pipe(storage("save")),
      find: Effect.fnUntraced(function* (id, lock) {
        const organization = yield* CurrentOrganization
        const [found] = yield* sql`SELECT ${columns(reportSubmissionsTable, "s")} FROM report_submissions s
          WHERE s.organization_id = ${organization} AND s.id = ${id}${sql.literal(lock ? dialect.forUpdate : "")}`
        return found === undefined ? undefined : submissionOf(found as Raw)
      }, storage("find")),
      page: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const { acknowledged, from, to } = filter
        const conditions = [
          sql`t.organization_id = ${organization}`,
          ...equalTo(sql, reportSubmissionsTable, filter, ["report_type", "oem"]),
          ...(acknowledged === undefined
            ? []
            : [sql.literal(acknowledged ? "t.acknowledged" : "NOT t.acknowledged")].map((one) => sql`${one}`)),
          ...(from === undefined ? [] : [sql`t.submitted_at >= ${DateTime.formatIso(from)}`]),
          ...(to === undefined ? [] : [sql`t.submitted_at < ${DateTime.formatIso(to)}`])
        ]
        return yield* page(reportSubmissionsTable, submissionOf, conditions, request)
      }, storage("page")),

      dashboard: Effect.fnUntraced(function* ({ held_before, since }) {
        const organization = yield* CurrentOrganization
        const packs = yield* sql`SELECT ${columns(closurePacksTable, "p")} FROM closure_packs p WHERE p.organization_id = ${organization}
          AND p.status IN ('draft', 'compiled', 'rejected') ORDER BY p.created_at, p.id LIMIT ${MOST}`
        const counts = yield* sql<{ report_type: ReportType; acknowledged: unknown; n: unknown }>`SELECT s.report_type,
          SUM(CASE WHEN s.acknowledged THEN 1 ELSE 0 END) AS acknowledged, COUNT(*) AS n FROM report_submissions s
          WHERE s.organization_id = ${organization} GROUP BY s.report_type ORDER BY s.report_type`
        const answers = yield* sql<{ answered: unknown; first: unknown }>`SELECT COUNT(*) AS answered,
          COALESCE(SUM(CASE WHEN p.status = 'accepted' AND (SELECT COUNT(*) FROM report_submissions s WHERE s.organization_id = p.organization_id
            AND s.report_id = p.id) = 1 THEN 1 ELSE 0 END), 0) AS first
          FROM closure_packs p WHERE p.organization_id = ${organization} AND (p.status IN ('accepted', 'rejected') OR p.revision_note IS NOT NULL)`
        const held = yield* sql<{ lead: string; oem: string; since: unknown }>`SELECT l.id AS lead, l.oem, MAX(t.at) AS since FROM leads l
          JOIN field_transitions t ON t.organization_id = l.organization_id AND t.subject = l.id AND t.to_status = 'on_hold'
          WHERE l.organization_id = ${organization} AND l.status = 'on_hold' GROUP BY l.id, l.oem
          HAVING MAX(t.at) < ${DateTime.formatIso(held_before)} ORDER BY MAX(t.at), l.id`
        const oems = yield* sql<{ id: string; timezone: string; created_at: unknown }>`SELECT o.id, o.timezone, o.created_at
          FROM oem_profiles o WHERE o.organization_id = ${organization} ORDER BY o.id`
        const submitted = yield* sql<
          DashboardFacts["submitted"][number]
        >`SELECT w.oem, 'weekly' AS report_type, CAST(w.week_start AS TEXT) AS first_day
            FROM weekly_reports w WHERE w.organization_id = ${organization} AND w.submitted_at IS NOT NULL AND w.week_start >= ${since}
          UNION ALL SELECT m.oem, 'monthly', CAST(m.month AS TEXT) FROM monthly_reports m
            WHERE m.organization_id = ${organization} AND m.submitted_at IS NOT NULL AND m.month >= ${since}`
        const at = (value: unknown) => readValue("instant", value) as DateTime.Utc
        return {
          open_packs: packs.map((row) => packOf(row as Raw)),
          submissions: counts.map(({ acknowledged, n, report_type }) => ({
            report_type,
            acknowledged: Number(acknowledged),
            open: Number(n) - Number(acknowledged)
          })),
          answered: Number(answers[0]!.answered),
          accepted_first: Number(answers[0]!.first),
          held: held.map((row) => ({ ...row, since: at(row.since) })),
          oems: oems.map((row) => ({ ...row, created_at: at(row.created_at) })),
          submitted
        }
      }, storage("dashboard"))
    })
  })
)
