/** A survey of the place where a charger is to stand; its status machine as a table. */
import { DateTime, Option, Schema } from "effect"
import { brandedId, Instant, LocalDate, localDate, OrganizationId, orNull, pageFields, Text } from "../core/index.js"
import { LeadId } from "./lead.js"
import type { Machine } from "./machine.js"
import { UserId } from "./user.js"

export const SurveyId = brandedId("SurveyId")
export type SurveyId = typeof SurveyId.Type

export const ReportReference = brandedId("ReportReference")

export const Slot = Schema.Literal("morning", "afternoon", "evening")
export type Slot = typeof Slot.Type

export const SurveyStatus = Schema.Literal(
  "scheduled",
  "confirmed",
  "in_progress",
  "completed",
  "report_submitted",
  "reviewed_approved",
  "reviewed_rejected",
  "rescheduled",
  "cancelled"
)
export type SurveyStatus = typeof SurveyStatus.Type

export const Survey = Schema.Struct({
  id: SurveyId,
  organization_id: OrganizationId,
  lead: LeadId,
  survey_date: LocalDate,
  slot: Slot,
  surveyor: Schema.NullOr(Schema.String),
  /** The host's report. */
  report_reference: Schema.NullOr(Schema.String),
  status: SurveyStatus,
  /** When its date was last set: a confirmation call counts from then on. */
  date_set_at: Instant,
  /** The date that its customer was reminded of; once for each. */
  reminded_for: Schema.NullOr(LocalDate),
  created_at: Instant,
  updated_at: Instant
})
export type Survey = typeof Survey.Type

export const ScheduleSurvey = Schema.Struct({
  lead: LeadId,
  survey_date: LocalDate,
  slot: Slot,
  surveyor: orNull(UserId)
})
export type ScheduleSurveyInput = typeof ScheduleSurvey.Encoded

/** A new date; the surveyor stays unless another one is named. */
export const SetSurveyDate = Schema.Struct({ survey_date: LocalDate, slot: Slot, surveyor: Schema.optional(Schema.NullOr(UserId)) })
export type SetSurveyDateInput = typeof SetSurveyDate.Encoded

export const Assign = Schema.Struct({ user: Schema.NullOr(UserId) })
export type AssignInput = typeof Assign.Encoded

export const Because = Schema.Struct({ reason: Text.name(1000) })
/** `reason`: 1 to 1,000 characters. */
export type BecauseInput = typeof Because.Encoded

export const ReportSurvey = Schema.Struct({ report_reference: Schema.optional(ReportReference) })
/** `report_reference`: the host's id of the report. */
export type ReportSurveyInput = typeof ReportSurvey.Encoded

export const ListSurveys = Schema.Struct({
  ...pageFields,
  status: Schema.optional(SurveyStatus),
  lead: Schema.optional(LeadId),
  oem: Schema.optional(UserId),
  surveyor: Schema.optional(UserId)
})
/** Sorted by `created_at` or `survey_date`. */
export type ListSurveysInput = typeof ListSurveys.Encoded

/** What the table asks of a survey. */
export interface SurveyFacts {
  /** A survey_confirmation call was connected since it was last scheduled. */
  readonly called: boolean
  readonly report_reference: string | null
}

export type SurveyAction =
  | "schedule"
  | "confirm"
  | "start"
  | "complete"
  | "submit_report"
  | "approve"
  | "reject"
  | "set_date"
  | "reschedule"
  | "cancel"

/** @see spec field-operations 3.2 */
export const surveyMachine: Machine<SurveyStatus, SurveyAction, SurveyFacts> = {
  entity: "Survey",
  steps: [
    { action: "schedule", from: [null], to: "scheduled" },
    { action: "confirm", from: ["scheduled"], to: "confirmed", needs: [{ call: "survey_confirmation", met: (survey) => survey.called }] },
    { action: "start", from: ["confirmed"], to: "in_progress" },
    { action: "complete", from: ["in_progress"], to: "completed" },
    {
      action: "submit_report",
      from: ["completed"],
      to: "report_submitted",
      needs: [{ what: "report_reference", met: (survey) => survey.report_reference !== null }]
    },
    { action: "approve", from: ["report_submitted"], to: "reviewed_approved" },
    { action: "reject", from: ["report_submitted"], to: "reviewed_rejected" },
    { action: "set_date", from: ["reviewed_rejected", "rescheduled"], to: "scheduled" },
    { action: "reschedule", from: ["scheduled", "confirmed"], to: "rescheduled" },
    { action: "cancel", from: ["scheduled", "confirmed", "rescheduled"], to: "cancelled" }
  ]
}

/** Its customer is reminded of a date the day before, at 10:00 where they are. */
const REMINDED_AT_HOUR = 10

/** When the reminder of a date falls due; a zone that nobody knows is UTC. */
const remindedAt = (survey_date: LocalDate, timezone: string): DateTime.Utc => {
  const day = DateTime.subtract(DateTime.unsafeMake(survey_date), { days: 1 })
  const local = { ...DateTime.toPartsUtc(day), hours: REMINDED_AT_HOUR }
  const zoned = DateTime.makeZoned(local, { timeZone: timezone, adjustForTimeZone: true })
  return DateTime.toUtc(Option.getOrElse(zoned, () => DateTime.unsafeMakeZoned(local, { timeZone: "UTC", adjustForTimeZone: true })))
}

/** Whether the customer is to be reminded now: not of a date that was set later than the reminder would have come, nor on the day itself. */
export const isToRemind = (
  { date_set_at, survey_date }: Pick<Survey, "survey_date" | "date_set_at">,
  timezone: string,
  now: DateTime.Utc
): boolean => {
  const due = remindedAt(survey_date, timezone)
  return DateTime.lessThanOrEqualTo(due, now) && DateTime.lessThanOrEqualTo(date_set_at, due) && localDate(now, timezone) < survey_date
}
