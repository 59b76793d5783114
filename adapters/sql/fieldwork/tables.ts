/** The tables of field work. */
import { table } from "../table.js"

const stamps = { created_at: "instant", updated_at: "instant" } as const

export const oemProfilesTable = table("oem_profiles", {
  id: "uuid",
  organization_id: "uuid",
  timezone: "text",
  sla_days: "integer",
  customer_id: "uuid",
  add_on_id: "uuid",
  ...stamps
})

export const leadsTable = table("leads", {
  id: "uuid",
  organization_id: "uuid",
  oem: "uuid",
  customer: "uuid",
  phone: "text",
  reference: "text",
  charger_model: "text",
  assigned_handler: "uuid",
  electricity_bill_received: "boolean",
  received_at: "instant",
  status: "text",
  held_status: "text",
  ...stamps
})

export const surveysTable = table("surveys", {
  id: "uuid",
  organization_id: "uuid",
  lead: "uuid",
  survey_date: "date",
  slot: "text",
  surveyor: "uuid",
  report_reference: "uuid",
  status: "text",
  date_set_at: "instant",
  reminded_for: "date",
  ...stamps
})

export const installationsTable = table("installations", {
  id: "uuid",
  organization_id: "uuid",
  number: "text",
  lead: "uuid",
  survey: "uuid",
  installation_date: "date",
  slot: "text",
  team: "uuid",
  charger_serial: "text",
  charger_model: "text",
  customer_confirmed: "boolean",
  demo_completed: "boolean",
  signature: "text",
  report_reference: "uuid",
  material_there: "boolean",
  status: "text",
  date_set_at: "instant",
  ...stamps
})

export const transitionsTable = table("field_transitions", {
  id: "uuid",
  organization_id: "uuid",
  kind: "text",
  subject: "uuid",
  lead: "uuid",
  oem: "uuid",
  from_status: "text",
  to_status: "text",
  at: "instant",
  user_id: "uuid",
  reason: "text",
  sequence: "integer",
  is_first: "boolean",
  ...stamps
})

export const callLogsTable = table("call_logs", {
  id: "uuid",
  organization_id: "uuid",
  caller: "uuid",
  callee_phone: "text",
  call_type: "text",
  context_type: "text",
  context_id: "uuid",
  outcome: "text",
  duration_seconds: "integer",
  notes: "text",
  called_at: "instant",
  ...stamps
})

export const callRemindersTable = table("call_reminders", {
  id: "uuid",
  organization_id: "uuid",
  due_at: "instant",
  told_at: "instant",
  ...stamps
})
