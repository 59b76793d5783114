/** The tables of reporting. */
import { table } from "../table.js"

const stamps = { created_at: "instant", updated_at: "instant" } as const

const counters = {
  total_leads: "integer",
  surveys_completed: "integer",
  installations_completed: "integer",
  closure_packs_submitted: "integer",
  report_file: "text",
  submitted_at: "instant"
} as const

export const closurePacksTable = table("closure_packs", {
  id: "uuid",
  organization_id: "uuid",
  installation: "uuid",
  lead: "uuid",
  survey_report: "uuid",
  installation_report: "uuid",
  compiled_by: "uuid",
  confirmation_call_completed: "boolean",
  status: "text",
  submitted_to_oem_at: "instant",
  oem_response: "text",
  manifest: "json",
  pack_file: "text",
  revision_note: "text",
  ...stamps
})

export const weeklyReportsTable = table("weekly_reports", {
  id: "uuid",
  organization_id: "uuid",
  oem: "uuid",
  week_start: "date",
  week_end: "date",
  ...counters,
  ...stamps
})

export const monthlyReportsTable = table("monthly_reports", {
  id: "uuid",
  organization_id: "uuid",
  oem: "uuid",
  month: "date",
  ...counters,
  total_revenue: "decimal",
  revenue_currency: "text",
  average_installation_time_days: "decimal",
  sla_compliance_rate: "decimal",
  ...stamps
})

export const reportSubmissionsTable = table("report_submissions", {
  id: "uuid",
  organization_id: "uuid",
  report_type: "text",
  report_id: "uuid",
  submitted_by: "uuid",
  oem: "uuid",
  submitted_at: "instant",
  acknowledged: "boolean",
  ...stamps
})
