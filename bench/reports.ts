/** A monthly report of an OEM over a million transitions of one month, on each engine, held against what is known of it. */
import { createBilling } from "../src/client/index.js"
import { startPostgres } from "../test/support/postgres-server.js"
import { type Engine, postgresEngine, sqliteEngine } from "./databases.js"
import type { BenchLine } from "./line.js"

const LEADS = 50_000
const MOST_SECONDS = 5

const OEM = "00000000-0000-7000-8000-000000000001"
const REPORTER = "00000000-0000-7000-8000-000000000002"

const DAY = 86_400
/** Seconds after the lead was received, and what each thing of a job enters then: twenty transitions, three days of them on hold. */
const STEPS: ReadonlyArray<readonly [kind: string, subject: string, status: string, after: number]> = [
  ["lead", "02", "new", 0],
  ["lead", "02", "contacted", 3600],
  ["lead", "02", "documents_pending", 7200],
  ["lead", "02", "on_hold", DAY],
  ["lead", "02", "documents_pending", 4 * DAY],
  ["lead", "02", "documents_received", 4 * DAY + 60],
  ["lead", "02", "survey_scheduled", 5 * DAY],
  ["survey", "03", "scheduled", 5 * DAY],
  ["survey", "03", "confirmed", 6 * DAY],
  ["survey", "03", "in_progress", 7 * DAY],
  ["survey", "03", "completed", 7 * DAY + 3600],
  ["survey", "03", "report_submitted", 8 * DAY],
  ["survey", "03", "reviewed_approved", 9 * DAY],
  ["lead", "02", "survey_completed", 9 * DAY],
  ["installation", "04", "planned", 10 * DAY],
  ["lead", "02", "installation_scheduled", 10 * DAY],
  ["installation", "04", "material_ready", 11 * DAY],
  ["installation", "04", "confirmed", 12 * DAY],
  ["installation", "04", "in_progress", 13 * DAY],
  ["installation", "04", "completed", 13 * DAY + 7200]
]
/** Elapsed, less the hold: 10 days and 2 hours. */
const AVERAGE_DAYS = "10.1"

/** Leads of the first days of March, and what became of them within the month. */
const fill = async (engine: Engine, organization: string) => {
  const began = Date.UTC(2026, 2, 1) / 1000
  const isSqlite = engine.name === "SQLite"
  const at = (after: number) => {
    const second = `${began + after} + s.n % ${14 * DAY}`
    return isSqlite ? `strftime('%Y-%m-%dT%H:%M:%fZ', ${second}, 'unixepoch')` : `to_timestamp(${second})`
  }
  const stamp = isSqlite ? "'2026-03-31T00:00:00.000Z'" : "now()"
  const rows = `${engine.numbers(LEADS)} s`
  await engine.execute(`INSERT INTO leads (id, organization_id, oem, customer, phone, electricity_bill_received, received_at, status, created_at, updated_at)
    SELECT ${engine.id("02")}, '${organization}', '${OEM}', '${REPORTER}', '+491511234567', ${isSqlite ? "1" : "true"}, ${at(0)}, 'installation_completed',
      ${stamp}, ${stamp} FROM ${rows}`)
  const reached = new Map<string, Array<string>>()
  for (const [place, [kind, subject, status, after]] of STEPS.entries()) {
    const before = reached.get(kind) ?? []
    const is_first = !before.includes(status)
    const from = before.at(-1)
    await engine.execute(`INSERT INTO field_transitions (id, organization_id, kind, subject, lead, oem, from_status, to_status, at, sequence, is_first,
        created_at, updated_at)
      SELECT ${engine.id((16 + place).toString(16))}, '${organization}', '${kind}', ${engine.id(subject)}, ${engine.id("02")}, '${OEM}',
        ${from === undefined ? "NULL" : `'${from}'`}, '${status}', ${at(after)}, ${before.length + 1}, ${isSqlite ? Number(is_first) : is_first},
        ${stamp}, ${stamp} FROM ${rows}`)
    reached.set(kind, [...before, status])
  }
  // Nobody's change: the first transaction to come would write them all into the audit log.
  await engine.execute("DELETE FROM billwright_changes")
}

const over = async (engine: Engine): Promise<BenchLine> => {
  const user = (id: string, role: "oem" | "oem_reporting") => ({
    id,
    role,
    name: role,
    phone: null,
    email: null,
    push: null,
    locale: "en",
    timezone: "UTC"
  })
  const people = [user(OEM, "oem"), user(REPORTER, "oem_reporting")]
  const billing = await createBilling({
    database: engine.database,
    migrate: true,
    users: {
      find: async (ids) => people.filter(({ id }) => ids.includes(id)),
      inRole: async (role) => people.filter((one) => one.role === role)
    }
  })
  try {
    const { id } = await billing.organizations.create({ name: "Chargers", default_currency: "EUR" })
    await engine.execute(`INSERT INTO oem_profiles (id, organization_id, timezone, sla_days, created_at, updated_at)
      SELECT '${OEM}', id, 'UTC', 21, created_at, created_at FROM organizations`)
    await fill(engine, id)
    const desk = billing.organization(id).actingAs(REPORTER)
    const began = performance.now()
    const report = await desk.monthlyReports.create({ oem: OEM, month: "2026-03-01" })
    const seconds = (performance.now() - began) / 1000
    const told = [report.total_leads, report.surveys_completed, report.installations_completed, report.average_installation_time_days]
    if (told.join() !== [LEADS, LEADS, LEADS, AVERAGE_DAYS].join() || report.sla_compliance_rate !== "100.00") throw new Error(told.join())
    return {
      name: `monthly report over ${LEADS * STEPS.length} transitions, ${engine.name}`,
      value: seconds,
      unit: "s",
      target: `< ${MOST_SECONDS} s`,
      ok: seconds < MOST_SECONDS
    }
  } finally {
    await billing.close()
    await engine.drop()
  }
}

export const reportsBench = async (): Promise<ReadonlyArray<BenchLine>> => {
  const server = await startPostgres()
  try {
    return [await over(await sqliteEngine()), await over(await postgresEngine(server.url))]
  } finally {
    await server.stop()
  }
}
