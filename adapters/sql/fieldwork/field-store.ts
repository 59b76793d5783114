/** Leads, surveys and installations in SQL, with their transitions. */
import * as SqlClient from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import { DateTime, Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import {
  FieldStore,
  type Installation,
  type JobName,
  type KeptTransition,
  type Lead,
  type Move,
  type Survey,
  type Transition
} from "../../../src/fieldwork/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow, type Table } from "../table.js"
import { installationsTable, leadsTable, surveysTable, transitionsTable } from "./tables.js"

type Raw = Readonly<Record<string, unknown>>

const leadOf = decodeRow<Lead>(leadsTable)
const surveyOf = decodeRow<Survey>(surveysTable)
const installationOf = decodeRow<Installation>(installationsTable)
const transitionOf = decodeRow<KeptTransition>(transitionsTable)

/** Every column but the key and what never changes. */
const changing = (of: Table, ...fixed: ReadonlyArray<string>) =>
  Object.keys(of.columns).filter((name) => !["id", "organization_id", "created_at", ...fixed].includes(name))

const LEAD_CHANGES = changing(leadsTable, "oem", "customer", "received_at")
const SURVEY_CHANGES = changing(surveysTable, "lead", "reminded_for")
const INSTALLATION_CHANGES = changing(installationsTable, "lead", "survey", "number")

const TABLES = {
  lead: [leadsTable, LEAD_CHANGES],
  survey: [surveysTable, SURVEY_CHANGES],
  installation: [installationsTable, INSTALLATION_CHANGES]
} as const

const open = (alias: string, over: ReadonlyArray<string>) =>
  `${alias}.status NOT IN (${over.map((status) => `'${status}'`).join(", ")}) AND ${alias}`

/** What keeps a user, by table: each a column of `t`. What is closed keeps nobody but an OEM. */
const REFERENCES: ReadonlyArray<readonly [table: string, columns: ReadonlyArray<string>]> = [
  ["call_logs", ["t.caller"]],
  ["closure_packs", ["t.compiled_by"]],
  ["report_submissions", ["t.submitted_by", "t.oem"]],
  ["weekly_reports", ["t.oem"]],
  ["monthly_reports", ["t.oem"]],
  ["leads", ["t.oem", `${open("t", ["closed", "cancelled"])}.customer`, `${open("t", ["closed", "cancelled"])}.assigned_handler`]],
  ["surveys", [`${open("t", ["reviewed_approved", "cancelled"])}.surveyor`]],
  ["installations", [`${open("t", ["closed", "cancelled"])}.team`]],
  ["emergencies", [`${open("t", ["resolved"])}.backup`]],
  ["payouts", [`${open("t", ["paid"])}.payee`]]
]

/** The columns of a transition as it is given; its place and whether it is the first follow from those that are there. */
const GIVEN = Object.entries(transitionsTable.columns).filter(([name]) => name !== "sequence" && name !== "is_first")
const NAMES = GIVEN.map(([name]) => name)

export const fieldStoreLayer: Layer.Layer<FieldStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  FieldStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, list, rows, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `fieldwork.${operation}`)
    const page = readPage(sql, dialect)

    const leadNamed = (organization: string, { id, kind }: JobName): Fragment =>
      kind === "lead"
        ? sql`${id}`
        : sql`(SELECT n.lead FROM ${sql.literal(TABLES[kind][0].name)} n WHERE n.organization_id = ${organization} AND n.id = ${id})`

    // A step adds one transition to a subject, so that those of one write do not wait for each other.
    const keep = (transitions: ReadonlyArray<Transition>) => {
      if (transitions.length === 0) return Effect.void
      const values = transitions.map((one) => {
        const row: Raw = { ...one, created_at: one.at, updated_at: one.at }
        return NAMES.map((name) => row[name])
      })
      const target =
        sql.literal(`INSERT INTO field_transitions (${NAMES.join(", ")}, sequence, is_first) SELECT ${NAMES.map((name) => `items.${name}`).join(", ")},
        (SELECT COUNT(*) FROM field_transitions p WHERE p.organization_id = items.organization_id AND p.subject = items.subject) + 1,
        NOT EXISTS (SELECT 1 FROM field_transitions p WHERE p.organization_id = items.organization_id AND p.subject = items.subject AND p.to_status = items.to_status)
        FROM `)
      return Effect.asVoid(sql`${target}${rows(GIVEN, values)} items`)
    }

    const writeKind = (kind: keyof typeof TABLES, moves: ReadonlyArray<Move>) => {
      const own = moves.filter((move) => move.kind === kind)
      const [of, changes] = TABLES[kind]
      return Effect.zipRight(
        insert(
          of,
          own.filter(({ before }) => before === null).map(({ after }) => after)
        ),
        update(
          of,
          changes,
          own.filter(({ before }) => before !== null).map(({ after }) => after)
        )
      )
    }

    /** Conditions of a list of surveys or installations by the lead around them. */
    const ofLead = (organization: string, filter: { readonly oem?: string | undefined; readonly customer?: string | undefined }) => {
      const named = (["oem", "customer"] as const).filter((name) => filter[name] !== undefined)
      if (named.length === 0) return []
      const conditions = named.map((name) => sql`l.${sql.literal(name)} = ${filter[name]}`)
      return [sql`EXISTS (SELECT 1 FROM leads l WHERE l.organization_id = ${organization} AND l.id = t.lead AND ${sql.and(conditions)})`]
    }

    return FieldStore.of({
      job: Effect.fnUntraced(function* (name, lock) {
        const organization = yield* CurrentOrganization
        const [found] = yield* sql`SELECT ${columns(leadsTable, "l")} FROM leads l
          WHERE l.organization_id = ${organization} AND l.id = ${leadNamed(organization, name)}${sql.literal(lock ? dialect.forUpdate : "")}`
        if (found === undefined) return undefined
        const lead = leadOf(found as Raw)
        // Read after the lock: whoever held it before has changed them.
        const surveys = yield* sql`SELECT ${columns(surveysTable, "s")} FROM surveys s
          WHERE s.organization_id = ${organization} AND s.lead = ${lead.id} ORDER BY s.id`
        const installations = yield* sql`SELECT ${columns(installationsTable, "i")} FROM installations i
          WHERE i.organization_id = ${organization} AND i.lead = ${lead.id} ORDER BY i.id`
        return {
          lead,
          surveys: surveys.map((row) => surveyOf(row as Raw)),
          installations: installations.map((row) => installationOf(row as Raw))
        }
      }, storage("job")),

      write: (moves, transitions) =>
        Effect.forEach(["lead", "survey", "installation"] as const, (kind) => writeKind(kind, moves), { discard: true }).pipe(
          Effect.zipRight(keep(transitions)),
          storage("write")
        ),
      transitions: (transitions) => keep(transitions).pipe(storage("transitions")),
      saveLead: (lead) => update(leadsTable, LEAD_CHANGES, [lead]).pipe(storage("saveLead")),
      saveSurvey: (survey) => update(surveysTable, SURVEY_CHANGES, [survey]).pipe(storage("saveSurvey")),
      saveInstallation: (installation) =>
        update(installationsTable, INSTALLATION_CHANGES, [installation]).pipe(storage("saveInstallation")),

      nextNumber: Effect.fnUntraced(function* (year, at) {
        const organization = yield* CurrentOrganization
        const now = DateTime.formatIso(at)
        const [found] = yield* sql<{ after: unknown }>`
          INSERT INTO installation_counters (organization_id, year, next_value, created_at, updated_at)
          VALUES (${organization}, ${year}, 2, ${now}, ${now})
          ON CONFLICT (organization_id, year) DO UPDATE SET next_value = installation_counters.next_value + 1, updated_at = excluded.updated_at
          RETURNING next_value AS after`
        return Number(found!.after) - 1
      }, storage("nextNumber")),

      leads: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const conditions = equalTo(sql, leadsTable, filter, ["status", "oem", "customer", "assigned_handler"])
        return yield* page(leadsTable, leadOf, [sql`t.organization_id = ${organization}`, ...conditions], request)
      }, storage("leads")),

      leadsNamed: Effect.fnUntraced(function* (ids) {
        if (ids.length === 0) return []
        const organization = yield* CurrentOrganization
        const found =
          yield* sql`SELECT ${columns(leadsTable, "l")} FROM leads l WHERE l.organization_id = ${organization} AND l.id IN ${list("uuid", ids)}`
        return found.map((row) => leadOf(row as Raw))
      }, storage("leadsNamed")),

      toRemind: Effect.fnUntraced(function* ({ after, first, last, limit }) {
        const organization = yield* CurrentOrganization
        const beyond = after === null ? sql.literal("") : sql`AND s.id > ${after}`
        const found = yield* sql`SELECT ${columns(surveysTable, "s")}, l.customer FROM surveys s
          JOIN leads l ON l.organization_id = s.organization_id AND l.id = s.lead
          WHERE s.organization_id = ${organization} AND s.status IN ('scheduled', 'confirmed') AND s.survey_date >= ${first}
          AND s.survey_date <= ${last} AND (s.reminded_for IS NULL OR s.reminded_for <> s.survey_date) ${beyond} ORDER BY s.id LIMIT ${limit}`
        return found.map((row) => ({ survey: surveyOf(row as Raw), customer: (row as Raw).customer as string }))
      }, storage("toRemind")),

      markReminded: Effect.fnUntraced(function* (surveys, now) {
        if (surveys.length === 0) return []
        const organization = yield* CurrentOrganization
        const read = rows(
          [
            ["id", "uuid"],
            ["survey_date", "date"]
          ],
          surveys.map(({ id, survey_date }) => [id, survey_date])
        )
        const marked = yield* sql<{
          id: string
        }>`UPDATE surveys SET reminded_for = items.survey_date, updated_at = ${DateTime.formatIso(now)}
          FROM ${read} items WHERE surveys.organization_id = ${organization} AND surveys.id = items.id AND surveys.survey_date = items.survey_date
          AND surveys.status IN ('scheduled', 'confirmed') AND (surveys.reminded_for IS NULL OR surveys.reminded_for <> items.survey_date)
          RETURNING surveys.id`
        return marked.map(({ id }) => id)
      }, storage("markReminded")),

      referencesTo: Effect.fnUntraced(function* (user) {
        const organization = yield* CurrentOrganization
        const counts = REFERENCES.map(
          ([table, held]) => sql`SELECT '${sql.literal(table)}' AS held_by, COUNT(*) AS held FROM ${sql.literal(table)} t
            WHERE t.organization_id = ${organization} AND (${sql.join(" OR ", false)(held.map((one) => sql`${sql.literal(one)} = ${user}`))})`
        )
        const found = yield* sql<{
          held_by: string
          held: unknown
        }>`SELECT c.held_by, c.held FROM (${sql.join(" UNION ALL ", false)(counts)}) c WHERE c.held > 0`
        return found.map(({ held, held_by }) => ({ by: held_by, count: Number(held) }))
      }, storage("referencesTo")),

      surveys: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const conditions = [...equalTo(sql, surveysTable, filter, ["status", "lead", "surveyor"]), ...ofLead(organization, filter)]
        return yield* page(surveysTable, surveyOf, [sql`t.organization_id = ${organization}`, ...conditions], request)
      }, storage("surveys")),

      installations: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const conditions = [...equalTo(sql, installationsTable, filter, ["status", "lead", "team"]), ...ofLead(organization, filter)]
        return yield* page(installationsTable, installationOf, [sql`t.organization_id = ${organization}`, ...conditions], request)
      }, storage("installations")),

      history: Effect.fnUntraced(function* (subject) {
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${columns(transitionsTable, "t")} FROM field_transitions t
          WHERE t.organization_id = ${organization} AND t.subject = ${subject} ORDER BY t.sequence`
        return found.map((row) => transitionOf(row as Raw))
      }, storage("history"))
    })
  })
)
