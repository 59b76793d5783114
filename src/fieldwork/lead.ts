/** A lead: a charger that an OEM has ordered for a buyer; its status machine as a table. */
import { Schema } from "effect"
import { brandedId, Instant, OrganizationId, orNull, pageFields, Text } from "../core/index.js"
import type { Machine } from "./machine.js"
import { Phone } from "./phone.js"
import { UserId } from "./user.js"

export const LeadId = brandedId("LeadId")
export type LeadId = typeof LeadId.Type

export const LeadStatus = Schema.Literal(
  "new",
  "contacted",
  "documents_pending",
  "documents_received",
  "survey_scheduled",
  "survey_completed",
  "installation_scheduled",
  "installation_completed",
  "closed",
  "cancelled",
  "on_hold"
)
export type LeadStatus = typeof LeadStatus.Type

export const Lead = Schema.Struct({
  id: LeadId,
  organization_id: OrganizationId,
  /** The OEM's user. */
  oem: Schema.String,
  customer: Schema.String,
  phone: Schema.String,
  reference: Schema.NullOr(Schema.String),
  charger_model: Schema.NullOr(Schema.String),
  assigned_handler: Schema.NullOr(Schema.String),
  electricity_bill_received: Schema.Boolean,
  received_at: Instant,
  status: LeadStatus,
  /** Where it was held; null unless on hold. */
  held_status: Schema.NullOr(LeadStatus),
  created_at: Instant,
  updated_at: Instant
})
export type Lead = typeof Lead.Type

export const CreateLead = Schema.Struct({
  /** The OEM's user; an OEM that creates one names itself. */
  oem: UserId,
  customer: UserId,
  phone: Phone,
  reference: orNull(Text.name(100)),
  charger_model: orNull(Text.name(100)),
  assigned_handler: orNull(UserId),
  electricity_bill_received: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  /** Now unless given; never later. */
  received_at: Schema.optional(Instant)
})
export type CreateLeadInput = typeof CreateLead.Encoded

/** What is left out stays, null clears. */
export const UpdateLead = Schema.Struct({
  phone: Schema.optional(Phone),
  reference: Schema.optional(Schema.NullOr(Text.name(100))),
  charger_model: Schema.optional(Schema.NullOr(Text.name(100))),
  assigned_handler: Schema.optional(Schema.NullOr(UserId)),
  electricity_bill_received: Schema.optional(Schema.Boolean)
})
export type UpdateLeadInput = typeof UpdateLead.Encoded

export const ListLeads = Schema.Struct({
  ...pageFields,
  status: Schema.optional(LeadStatus),
  oem: Schema.optional(UserId),
  customer: Schema.optional(UserId),
  assigned_handler: Schema.optional(UserId)
})
/** Sorted by `created_at` or `received_at`. */
export type ListLeadsInput = typeof ListLeads.Encoded

/** What the table asks of a lead. */
export interface LeadFacts {
  /** An introductory call on it was connected. */
  readonly called: boolean
  readonly electricity_bill_received: boolean
  readonly assigned_handler: string | null
  readonly held_status: LeadStatus | null
}

/** new to installation_scheduled: where a lead can be held and cancelled. */
const RUNNING = [
  "new",
  "contacted",
  "documents_pending",
  "documents_received",
  "survey_scheduled",
  "survey_completed",
  "installation_scheduled"
] as const satisfies ReadonlyArray<LeadStatus>

export type LeadAction =
  | "create"
  | "contact"
  | "request_documents"
  | "receive_documents"
  | "schedule_survey"
  | "complete_survey"
  | "schedule_installation"
  | "complete_installation"
  | "close"
  | "hold"
  | "resume"
  | "cancel"
  | "lose_survey"
  | "lose_installation"

/** @see spec field-operations 3.1 */
export const leadMachine: Machine<LeadStatus, LeadAction, LeadFacts> = {
  entity: "Lead",
  steps: [
    { action: "create", from: [null], to: "new" },
    { action: "contact", from: ["new"], to: "contacted", needs: [{ call: "introductory", met: (lead) => lead.called }] },
    { action: "request_documents", from: ["contacted"], to: "documents_pending" },
    {
      action: "receive_documents",
      from: ["documents_pending"],
      to: "documents_received",
      needs: [{ what: "electricity_bill", met: (lead) => lead.electricity_bill_received }]
    },
    {
      action: "schedule_survey",
      from: ["documents_received"],
      to: "survey_scheduled",
      needs: [{ what: "assigned_handler", met: (lead) => lead.assigned_handler !== null }]
    },
    { action: "complete_survey", from: ["survey_scheduled"], to: "survey_completed" },
    { action: "schedule_installation", from: ["survey_completed"], to: "installation_scheduled" },
    { action: "complete_installation", from: ["installation_scheduled"], to: "installation_completed" },
    { action: "close", from: ["installation_completed"], to: "closed" },
    { action: "hold", from: RUNNING, to: "on_hold" },
    { action: "resume", from: ["on_hold"], to: (lead) => lead.held_status ?? "new" },
    { action: "cancel", from: [...RUNNING, "on_hold"], to: "cancelled" },
    { action: "lose_survey", from: ["survey_scheduled"], to: "documents_received" },
    { action: "lose_installation", from: ["installation_scheduled"], to: "survey_completed" }
  ]
}
