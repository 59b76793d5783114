/** An installation of a charger; its status machine as a table. */
import { Schema } from "effect"
import { brandedId, Instant, LocalDate, OrganizationId, orNull, pageFields, Text } from "../core/index.js"
import { LeadId } from "./lead.js"
import type { Machine } from "./machine.js"
import { ReportReference, Slot, SurveyId } from "./survey.js"
import { UserId } from "./user.js"

export const InstallationId = brandedId("InstallationId")
export type InstallationId = typeof InstallationId.Type

export const InstallationStatus = Schema.Literal(
  "planned",
  "material_pending",
  "material_ready",
  "confirmed",
  "in_progress",
  "completed",
  "report_submitted",
  "closed",
  "rescheduled",
  "cancelled"
)
export type InstallationStatus = typeof InstallationStatus.Type

export const Installation = Schema.Struct({
  id: InstallationId,
  organization_id: OrganizationId,
  /** `INS-YYYY-NNNNN`, gapless in a year of the operator's zone. */
  number: Schema.String,
  lead: LeadId,
  survey: SurveyId,
  installation_date: LocalDate,
  slot: Slot,
  /** The user of the team. */
  team: Schema.NullOr(Schema.String),
  charger_serial: Schema.NullOr(Schema.String),
  charger_model: Schema.NullOr(Schema.String),
  customer_confirmed: Schema.Boolean,
  demo_completed: Schema.Boolean,
  /** A reference to the customer's signature. */
  signature: Schema.NullOr(Schema.String),
  /** The host's report. */
  report_reference: Schema.NullOr(Schema.String),
  /** The material is there, whatever happened to the date since. */
  material_there: Schema.Boolean,
  status: InstallationStatus,
  /** When its date was last set: a confirmation call counts from then on. */
  date_set_at: Instant,
  created_at: Instant,
  updated_at: Instant
})
export type Installation = typeof Installation.Type

export const PlanInstallation = Schema.Struct({
  survey: SurveyId,
  installation_date: LocalDate,
  slot: Slot,
  team: orNull(UserId)
})
export type PlanInstallationInput = typeof PlanInstallation.Encoded

/** A new date; the team stays unless another one is named. */
export const SetInstallationDate = Schema.Struct({
  installation_date: LocalDate,
  slot: Slot,
  team: Schema.optional(Schema.NullOr(UserId))
})
export type SetInstallationDateInput = typeof SetInstallationDate.Encoded

const handedOver = {
  demo_completed: Schema.optional(Schema.Boolean),
  signature: Schema.optional(Text.name(255))
}

const installed = {
  charger_serial: Schema.optional(Text.name(100)),
  charger_model: Schema.optional(Text.name(100)),
  ...handedOver
}

export const CompleteInstallation = Schema.Struct(installed)
/** What is known on site: the message to the customer names the serial. The model is the lead's unless given. */
export type CompleteInstallationInput = typeof CompleteInstallation.Encoded

export const ReportInstallation = Schema.Struct({ report_reference: Schema.optional(ReportReference), ...installed })
/** `report_reference`: the host's id of the report; the model is the lead's unless given. */
export type ReportInstallationInput = typeof ReportInstallation.Encoded

export const CloseInstallation = Schema.Struct(handedOver)
export type CloseInstallationInput = typeof CloseInstallation.Encoded

export const ListInstallations = Schema.Struct({
  ...pageFields,
  status: Schema.optional(InstallationStatus),
  lead: Schema.optional(LeadId),
  oem: Schema.optional(UserId),
  team: Schema.optional(UserId)
})
/** Sorted by `created_at`, `installation_date` or `number`. */
export type ListInstallationsInput = typeof ListInstallations.Encoded

/** What the table asks of an installation. */
export interface InstallationFacts {
  /** Its survey was approved. */
  readonly survey_approved: boolean
  /** The lead has another one that is neither closed nor cancelled. */
  readonly another_open: boolean
  /** An installation_confirmation call was connected since the last date was set. */
  readonly called: boolean
  readonly material_there: boolean
  readonly customer_confirmed: boolean
  readonly demo_completed: boolean
  readonly report_reference: string | null
  readonly charger_serial: string | null
  readonly charger_model: string | null
}

export type InstallationAction =
  | "plan"
  | "request_material"
  | "receive_material"
  | "confirm"
  | "start"
  | "complete"
  | "submit_report"
  | "close"
  | "reschedule"
  | "set_date"
  | "cancel"

/** planned to in_progress. */
const UNDONE = ["planned", "material_pending", "material_ready", "confirmed", "in_progress"] as const

/** @see spec field-operations 3.3 */
export const installationMachine: Machine<InstallationStatus, InstallationAction, InstallationFacts> = {
  entity: "Installation",
  steps: [
    {
      action: "plan",
      from: [null],
      to: "planned",
      needs: [
        { what: "survey_approved", met: (one) => one.survey_approved },
        { what: "no_other_open_installation", met: (one) => !one.another_open }
      ]
    },
    { action: "request_material", from: ["planned"], to: "material_pending" },
    { action: "receive_material", from: ["planned", "material_pending"], to: "material_ready" },
    {
      action: "confirm",
      from: ["material_ready"],
      to: "confirmed",
      needs: [{ call: "installation_confirmation", met: (one) => one.called }]
    },
    {
      action: "start",
      from: ["confirmed"],
      to: "in_progress",
      needs: [{ what: "customer_confirmed", met: (one) => one.customer_confirmed }]
    },
    { action: "complete", from: ["in_progress"], to: "completed" },
    {
      action: "submit_report",
      from: ["completed"],
      to: "report_submitted",
      needs: [
        { what: "report_reference", met: (one) => one.report_reference !== null },
        { what: "charger_serial", met: (one) => one.charger_serial !== null },
        { what: "charger_model", met: (one) => one.charger_model !== null }
      ]
    },
    {
      action: "close",
      from: ["report_submitted"],
      to: "closed",
      needs: [{ what: "demo_completed", met: (one) => one.demo_completed }]
    },
    { action: "reschedule", from: UNDONE, to: "rescheduled" },
    { action: "set_date", from: ["rescheduled"], to: (one) => (one.material_there ? "material_ready" : "planned") },
    { action: "cancel", from: [...UNDONE, "rescheduled"], to: "cancelled" }
  ]
}

/** `INS-2025-00042`. */
export const installationNumber = (year: number, counter: number): string => `INS-${year}-${String(counter).padStart(5, "0")}`
