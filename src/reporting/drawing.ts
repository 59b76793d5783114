/** Reports and packs as sheets, drawn by the host's printer and kept by its files. */
import { Effect } from "effect"
import { type DocumentFailed, DocumentPrinters, type PrintedSheet } from "../documents/index.js"
import type { HostFailed } from "../fieldwork/index.js"
import { Files, keepFile } from "./files.js"
import type { ClosurePack } from "./pack.js"
import type { MonthlyReport, WeeklyReport } from "./report.js"

export type DrawingError = DocumentFailed | HostFailed

const COUNTERS = [
  ["Leads received", "total_leads"],
  ["Surveys completed", "surveys_completed"],
  ["Installations completed", "installations_completed"],
  ["Closure packs submitted", "closure_packs_submitted"]
] as const

const bars = (report: WeeklyReport | MonthlyReport) => COUNTERS.map(([label, field]) => ({ label, value: report[field] }))

const facts = (figures: ReadonlyArray<readonly [string, string | null]>) =>
  figures.map(([label, value]) => ({ label, value: value ?? "–" }))

export const weeklySheet = (report: WeeklyReport): PrintedSheet => ({
  organization_id: report.organization_id,
  title: "Weekly report",
  subtitle: `${report.week_start} to ${report.week_end}`,
  facts: facts([["OEM", report.oem], ...bars(report).map(({ label, value }) => [label, String(value)] as const)]),
  bars: bars(report),
  table: null,
  issued_at: report.updated_at.epochMillis
})

export const monthlySheet = (report: MonthlyReport): PrintedSheet => ({
  organization_id: report.organization_id,
  title: "Monthly report",
  subtitle: report.month.slice(0, 7),
  facts: facts([
    ["OEM", report.oem],
    ...bars(report).map(({ label, value }) => [label, String(value)] as const),
    ["Revenue", report.total_revenue === null ? null : `${report.total_revenue} ${report.revenue_currency}`],
    ["Average installation time, days", report.average_installation_time_days],
    ["SLA compliance, %", report.sla_compliance_rate]
  ]),
  bars: bars(report),
  table: null,
  issued_at: report.updated_at.epochMillis
})

export const packSheet = (pack: ClosurePack, number: string, at: number): PrintedSheet => ({
  organization_id: pack.organization_id,
  title: "Closure pack",
  subtitle: number,
  facts: facts([
    ["Lead", pack.lead],
    ["Survey report", pack.survey_report],
    ["Installation report", pack.installation_report],
    ["Confirmation call", pack.confirmation_call_completed ? "completed" : "open"]
  ]),
  bars: null,
  table: {
    columns: ["Kind", "Name", "Reference", "SHA-256"],
    rows: pack.manifest.map(({ kind, name, reference, sha256 }) => [kind, name, reference, sha256])
  },
  issued_at: at
})

/** Draws sheets with what the host gave, and keeps them; null where it gave no printer for them, or no place. */
export const drawing = Effect.gen(function* () {
  const printer = yield* DocumentPrinters
  const files = yield* Files
  return (path: string, sheet: PrintedSheet): Effect.Effect<string | null, DrawingError> => {
    const draw = printer?.sheet
    if (printer === null || draw === undefined || files === null) return Effect.succeed(null)
    const named = `${path}.${printer.extension}`
    return Effect.flatMap(draw(sheet), (bytes) => Effect.as(keepFile(files, named, bytes, printer.media_type), named))
  }
})
