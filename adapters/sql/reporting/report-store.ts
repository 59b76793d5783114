/** Weekly and monthly reports in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type ReportKind, type ReportRows, ReportStore } from "../../../src/reporting/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow } from "../table.js"
import { counting } from "./counting.js"
import { monthlyReportsTable, weeklyReportsTable } from "./tables.js"

/** The table of a kind, and the column of a period's first day. */
const TABLES = { weekly: [weeklyReportsTable, "week_start"], monthly: [monthlyReportsTable, "month"] } as const

const FIXED = new Set(["id", "organization_id", "oem", "week_start", "week_end", "month", "created_at"])

const reportOf = <K extends ReportKind>(kind: K) => decodeRow<ReportRows[K]>(TABLES[kind][0])

export const reportStoreLayer: Layer.Layer<ReportStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  ReportStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `reports.${operation}`)
    const page = readPage(sql, dialect)
    const count = counting(sql, dialect)

    const from = (kind: ReportKind) => sql`SELECT ${columns(TABLES[kind][0], "t")} FROM ${sql.literal(TABLES[kind][0].name)} t`

    return ReportStore.of({
      insert: (kind, report) => insert(TABLES[kind][0], [report]).pipe(storage("insert")),
      save: (kind, report) => {
        const [of] = TABLES[kind]
        const changing = Object.keys(of.columns).filter((name) => !FIXED.has(name))
        return update(of, changing, [report]).pipe(storage("save"))
      },
      find: Effect.fnUntraced(function* (kind, id, lock) {
        const organization = yield* CurrentOrganization
        const [found] =
          yield* sql`${from(kind)} WHERE t.organization_id = ${organization} AND t.id = ${id}${sql.literal(lock ? dialect.forUpdate : "")}`
        return found === undefined ? undefined : reportOf(kind)(found as Record<string, unknown>)
      }, storage("find")),
      ofPeriod: Effect.fnUntraced(function* (kind, oem, first_day) {
        const organization = yield* CurrentOrganization
        const day = sql.literal(`t.${TABLES[kind][1]}`)
        const [found] = yield* sql`${from(kind)} WHERE t.organization_id = ${organization} AND t.oem = ${oem} AND ${day} = ${first_day}`
        return found === undefined ? undefined : reportOf(kind)(found as Record<string, unknown>)
      }, storage("ofPeriod")),
      page: Effect.fnUntraced(function* (kind, filter, request) {
        const organization = yield* CurrentOrganization
        const [of, day] = TABLES[kind]
        const first = sql.literal(`t.${day}`)
        const conditions = [
          sql`t.organization_id = ${organization}`,
          ...equalTo(sql, of, filter, ["oem"]),
          ...(filter.from === undefined ? [] : [sql`${first} >= ${filter.from}`]),
          ...(filter.to === undefined ? [] : [sql`${first} <= ${filter.to}`]),
          ...(filter.submitted === undefined
            ? []
            : [sql`(t.submitted_at IS NOT NULL) = (1 = ${sql.literal(filter.submitted ? "1" : "0")})`])
        ]
        return yield* page(of, reportOf(kind), conditions, request)
      }, storage("page")),
      counters: (oem, period) =>
        Effect.flatMap(CurrentOrganization, (organization) => count.counters(organization, oem, period)).pipe(storage("counters")),
      durations: (oem, period, sla_millis) =>
        Effect.flatMap(CurrentOrganization, (organization) => count.durations(organization, oem, period, sla_millis)).pipe(
          storage("durations")
        ),
      revenue: (customer_id, period) =>
        Effect.flatMap(CurrentOrganization, (organization) => count.revenue(organization, customer_id, period)).pipe(storage("revenue"))
    })
  })
)
