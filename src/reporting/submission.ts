/** A submission: the act of handing a report or a pack to its OEM. */
import { Schema } from "effect"
import { brandedId, Instant, OrganizationId, pageFields } from "../core/index.js"
import { UserId } from "../fieldwork/index.js"

export const SubmissionId = brandedId("SubmissionId")
export type SubmissionId = typeof SubmissionId.Type

export const ReportType = Schema.Literal("weekly", "monthly", "closure_pack")
export type ReportType = typeof ReportType.Type

export const ReportSubmission = Schema.Struct({
  id: SubmissionId,
  organization_id: OrganizationId,
  report_type: ReportType,
  report_id: Schema.String,
  submitted_by: Schema.String,
  oem: Schema.String,
  submitted_at: Instant,
  acknowledged: Schema.Boolean,
  created_at: Instant,
  updated_at: Instant
})
export type ReportSubmission = typeof ReportSubmission.Type

export const Submit = Schema.Struct({ oem: Schema.optional(UserId) })
/** `oem`: whom the caller means it for; refused where it is another's. */
export type SubmitInput = typeof Submit.Encoded

export const ListSubmissions = Schema.Struct({
  ...pageFields,
  report_type: Schema.optional(ReportType),
  oem: Schema.optional(UserId),
  acknowledged: Schema.optional(Schema.Boolean),
  /** Submitted at or after. */
  from: Schema.optional(Instant),
  /** Submitted before. */
  to: Schema.optional(Instant)
})
/** Newest first. */
export type ListSubmissionsInput = typeof ListSubmissions.Encoded
