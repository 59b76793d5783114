/** Reports and packs as sheets, drawn by the host's printer and kept by its files. */
import { Effect } from "effect"
import { type CurrencyCode, exponentOf, type LocalDate, startOfDay } from "../core/index.js"
import { type DocumentFailed, DocumentPrinters, documentLocale, type PrintedSheet } from "../documents/index.js"
import type { HostFailed, Job } from "../fieldwork/index.js"
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

const english = documentLocale("en")
const page = english.words.page

const bars = (report: WeeklyReport | MonthlyReport) => COUNTERS.map(([label, field]) => ({ label, value: report[field] }))

const facts = (figures: ReadonlyArray<readonly [string, string | null]>) =>
  figures.map(([label, value]) => ({ label, value: value ?? "–" }))

const counted = (report: WeeklyReport | MonthlyReport) => bars(report).map(({ label, value }) => [label, String(value)] as const)

const day = (date: LocalDate): string => english.date(startOfDay(date, "UTC"), "UTC")

/** `June 2026` */
const monthName = (month: LocalDate): string =>
  new Intl.DateTimeFormat("en", { month: "long", year: "numeric", timeZone: "UTC" }).format(startOfDay(month, "UTC").epochMillis)

/** All decimals of its currency: `9,500.00 EUR`. */
const revenueText = ({ revenue_currency, total_revenue }: MonthlyReport): string | null =>
  total_revenue === null || revenue_currency === null
    ? null
    : `${english.decimal(total_revenue, exponentOf(revenue_currency as CurrencyCode))} ${revenue_currency}`

const suffixed = (value: string | null, suffix: string): string | null => (value === null ? null : `${value}${suffix}`)

/** `oem`: its name. */
export const weeklySheet = (report: WeeklyReport, oem: string): PrintedSheet => ({
  organization_id: report.organization_id,
  title: "Weekly report",
  subtitle: `${day(report.week_start)} – ${day(report.week_end)}`,
  facts: facts([["OEM", oem], ...counted(report)]),
  bars: bars(report),
  table: null,
  page,
  issued_at: report.updated_at.epochMillis
})

export const monthlySheet = (report: MonthlyReport, oem: string): PrintedSheet => ({
  organization_id: report.organization_id,
  title: "Monthly report",
  subtitle: monthName(report.month),
  facts: facts([
    ["OEM", oem],
    ...counted(report),
    ["Revenue, net", revenueText(report)],
    ["Average time to installation", suffixed(report.average_installation_time_days, " days")],
    ["Within the agreed time", suffixed(report.sla_compliance_rate, " %")]
  ]),
  bars: bars(report),
  table: null,
  page,
  issued_at: report.updated_at.epochMillis
})

/** A kind as words: `survey_report` is a survey report. */
const kindText = (kind: string): string => kind.replaceAll("_", " ")

/** In two halves, which stand under each other. */
const hashText = (sha256: string): string => `${sha256.slice(0, 32)} ${sha256.slice(32)}`

export const packSheet = (pack: ClosurePack, { lead, installations }: Job, at: number): PrintedSheet => {
  const installation = installations.find(({ id }) => id === pack.installation)!
  return {
    organization_id: pack.organization_id,
    title: "Closure pack",
    subtitle: installation.number,
    facts: facts([
      ["Reference", lead.reference ?? lead.id],
      ["Charger", installation.charger_model],
      ["Serial number", installation.charger_serial],
      ["Survey report", pack.survey_report],
      ["Installation report", pack.installation_report],
      ["Signature", installation.signature === null ? "missing" : "there"],
      ["Confirmation call", pack.confirmation_call_completed ? "completed" : "open"]
    ]),
    bars: null,
    table: {
      columns: ["Kind", "Name", "Reference", "SHA-256"],
      rows: pack.manifest.map(({ kind, name, reference, sha256 }) => [kindText(kind), name, reference, hashText(sha256)])
    },
    page,
    issued_at: at
  }
}

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
