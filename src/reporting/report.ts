/** Weekly and monthly reports: an OEM's figures of a period, final once submitted. */
import { Schema } from "effect"
import { brandedId, Instant, LocalDate, OrganizationId, pageFields } from "../core/index.js"
import { UserId } from "../fieldwork/index.js"

export const ReportId = brandedId("ReportId")
export type ReportId = typeof ReportId.Type

const common = {
  id: ReportId,
  organization_id: OrganizationId,
  oem: Schema.String,
  total_leads: Schema.Int,
  surveys_completed: Schema.Int,
  installations_completed: Schema.Int,
  closure_packs_submitted: Schema.Int,
  /** Where the host keeps the PDF; null without a printer or a place for files. */
  report_file: Schema.NullOr(Schema.String),
  submitted_at: Schema.NullOr(Instant),
  created_at: Instant,
  updated_at: Instant
}

export const WeeklyReport = Schema.Struct({
  ...common,
  /** A Monday. */
  week_start: LocalDate,
  /** The Sunday six days later. */
  week_end: LocalDate
})
export type WeeklyReport = typeof WeeklyReport.Type

export const MonthlyReport = Schema.Struct({
  ...common,
  /** The first day of the month. */
  month: LocalDate,
  /** In the main unit of `revenue_currency`, 4 decimals; null where the OEM is not billed (F3). */
  total_revenue: Schema.NullOr(Schema.String),
  revenue_currency: Schema.NullOr(Schema.String),
  /** 1 decimal; null where none was completed. */
  average_installation_time_days: Schema.NullOr(Schema.String),
  /** Percent, 2 decimals; null where none was completed (F4). */
  sla_compliance_rate: Schema.NullOr(Schema.String)
})
export type MonthlyReport = typeof MonthlyReport.Type

export const CreateWeekly = Schema.Struct({ oem: UserId, week_start: LocalDate, week_end: Schema.optional(LocalDate) })
/** `week_start`: a Monday; `week_end`: the Sunday after it, where it is given. */
export type CreateWeeklyInput = typeof CreateWeekly.Encoded

export const CreateMonthly = Schema.Struct({ oem: UserId, month: LocalDate })
/** `month`: its first day. */
export type CreateMonthlyInput = typeof CreateMonthly.Encoded

export const ListReports = Schema.Struct({
  ...pageFields,
  oem: Schema.optional(UserId),
  /** Periods that begin on this day or later. */
  from: Schema.optional(LocalDate),
  /** Periods that begin on this day or earlier. */
  to: Schema.optional(LocalDate),
  submitted: Schema.optional(Schema.Boolean)
})
export type ListReportsInput = typeof ListReports.Encoded
