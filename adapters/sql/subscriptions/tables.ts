/** The tables of subscriptions, their pauses, and what was billed of them. */
import { table } from "../table.js"

export const subscriptionsTable = table("subscriptions", {
  id: "uuid",
  organization_id: "uuid",
  external_id: "text",
  customer_id: "uuid",
  plan_id: "uuid",
  plan_version: "integer",
  status: "text",
  billing_time: "text",
  pay_in_advance: "boolean",
  trial_period_days: "integer",
  trial_ended_at: "instant",
  subscription_at: "instant",
  anchor_date: "date",
  previous_plan_id: "uuid",
  previous_plan_version: "integer",
  migrates_to_version: "integer",
  downgraded_at: "instant",
  billing_entity_id: "uuid",
  on_termination_action: "text",
  starts_at: "instant",
  started_at: "instant",
  ending_at: "instant",
  canceled_at: "instant",
  paused_at: "instant",
  resumed_at: "instant",
  window_start: "instant",
  window_first_day: "date",
  period_first_day: "date",
  next_first_day: "date",
  next_due_at: "instant",
  created_at: "instant",
  updated_at: "instant"
})

export const pausesTable = table("subscription_pauses", {
  id: "uuid",
  organization_id: "uuid",
  subscription_id: "uuid",
  paused_at: "instant",
  resumed_at: "instant",
  created_at: "instant",
  updated_at: "instant"
})

export const billedTable = table("billed_periods", {
  id: "uuid",
  organization_id: "uuid",
  subscription_id: "uuid",
  kind: "text",
  period_start: "instant",
  period_end: "instant",
  full_start: "instant",
  full_end: "instant",
  plan_id: "uuid",
  plan_version: "integer",
  timezone: "text",
  base_days: "integer",
  superseded: "boolean",
  next_plan_id: "uuid",
  next_plan_version: "integer",
  skipped: "boolean",
  invoice_id: "uuid",
  deleted_invoice_id: "uuid",
  created_at: "instant",
  updated_at: "instant"
})

/** That events came after their windows were closed. */
export const lateUsageTable = table("late_usage", { subscription_id: "uuid", since: "instant" })
