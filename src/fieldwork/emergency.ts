/** An emergency: a survey or an installation that cannot take place as it was planned; its status machine, and the order of the backup search. */
import { Schema } from "effect"
import { brandedId, Instant, OrganizationId, pageFields, Text } from "../core/index.js"
import type { Machine } from "./machine.js"

export const EmergencyId = brandedId("EmergencyId")
export type EmergencyId = typeof EmergencyId.Type

export const EmergencyStatus = Schema.Literal("open", "backup_assigned", "priority_rescheduled", "resolved")
export type EmergencyStatus = typeof EmergencyStatus.Type

/** Where a backup is looked for, in this order. */
export const SEARCH = ["same_zone_same_type", "same_zone_both_types", "adjacent_zones"] as const
export type SearchStep = (typeof SEARCH)[number]

/** A question of the backup search and the host's answer: the user found, or null. */
export const EmergencyCheck = Schema.Struct({
  step: Schema.Literal(...SEARCH),
  backup: Schema.NullOr(Schema.String),
  note: Schema.NullOr(Schema.String),
  at: Schema.String
})
export type EmergencyCheck = typeof EmergencyCheck.Type

export const Emergency = Schema.Struct({
  id: EmergencyId,
  organization_id: OrganizationId,
  lead: Schema.String,
  /** Exactly one of the two is named. */
  survey: Schema.NullOr(Schema.String),
  installation: Schema.NullOr(Schema.String),
  reason: Schema.String,
  status: EmergencyStatus,
  /** The user found as backup. */
  backup: Schema.NullOr(Schema.String),
  checks: Schema.Array(EmergencyCheck),
  note: Schema.NullOr(Schema.String),
  raised_at: Instant,
  /** When central_ops was told that it stands unresolved. */
  escalated_at: Schema.NullOr(Instant),
  resolved_at: Schema.NullOr(Instant),
  /** Resolved later than the target, or unresolved beyond it. */
  target_missed: Schema.Boolean,
  created_at: Instant,
  updated_at: Instant
})
export type Emergency = typeof Emergency.Type

export const RaiseEmergency = Schema.Struct({
  survey: Schema.optional(Schema.String),
  installation: Schema.optional(Schema.String),
  reason: Text.name(1000)
})
/** Exactly one of `survey` and `installation`. */
export type RaiseEmergencyInput = typeof RaiseEmergency.Encoded

export const ResolveEmergency = Schema.Struct({ note: Text.name(1000) })
export type ResolveEmergencyInput = typeof ResolveEmergency.Encoded

export const ListEmergencies = Schema.Struct({ ...pageFields, status: Schema.optional(EmergencyStatus) })
export type ListEmergenciesInput = typeof ListEmergencies.Encoded

export type EmergencyAction = "raise" | "assign" | "reschedule" | "resolve"

/** @see spec field-operations 10 */
export const emergencyMachine: Machine<EmergencyStatus, EmergencyAction, null> = {
  entity: "Emergency",
  steps: [
    { action: "raise", from: [null], to: "open" },
    { action: "assign", from: ["open"], to: "backup_assigned" },
    { action: "reschedule", from: ["open"], to: "priority_rescheduled" },
    { action: "resolve", from: ["open", "backup_assigned", "priority_rescheduled"], to: "resolved" }
  ]
}
