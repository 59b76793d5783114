/** A closure pack: all artefacts of a closed installation, for its OEM; its status machine as a table. */
import { Schema } from "effect"
import { brandedId, Instant, OrganizationId, pageFields, Text } from "../core/index.js"
import { type Machine, UserId } from "../fieldwork/index.js"
import { Artefact } from "./files.js"

export const ClosurePackId = brandedId("ClosurePackId")
export type ClosurePackId = typeof ClosurePackId.Type

export const PackStatus = Schema.Literal("draft", "compiled", "submitted", "accepted", "rejected")
export type PackStatus = typeof PackStatus.Type

export const OemResponse = Schema.Literal("pending", "accepted", "revision_needed")
export type OemResponse = typeof OemResponse.Type

export const ClosurePack = Schema.Struct({
  id: ClosurePackId,
  organization_id: OrganizationId,
  installation: Schema.String,
  lead: Schema.String,
  survey_report: Schema.String,
  installation_report: Schema.String,
  compiled_by: Schema.String,
  confirmation_call_completed: Schema.Boolean,
  status: PackStatus,
  submitted_to_oem_at: Schema.NullOr(Instant),
  oem_response: OemResponse,
  manifest: Schema.Array(Artefact),
  /** Where the host keeps the PDF; null without a printer or a place for files. */
  pack_file: Schema.NullOr(Schema.String),
  revision_note: Schema.NullOr(Schema.String),
  created_at: Instant,
  updated_at: Instant
})
export type ClosurePack = typeof ClosurePack.Type

export const RevisePack = Schema.Struct({ note: Text.name(2000) })
/** `note`: what the OEM asks for. */
export type RevisePackInput = typeof RevisePack.Encoded

export const ListPacks = Schema.Struct({
  ...pageFields,
  status: Schema.optional(PackStatus),
  oem: Schema.optional(UserId),
  /** Submitted at or after. */
  submitted_from: Schema.optional(Instant),
  /** Submitted before. */
  submitted_to: Schema.optional(Instant)
})
export type ListPacksInput = typeof ListPacks.Encoded

/** What the table asks of a pack. */
export interface PackFacts {
  readonly survey_approved: boolean
  readonly report_submitted: boolean
  readonly installation_closed: boolean
  /** Every required kind of artefact is there. */
  readonly whole: boolean
  readonly confirmation_call_completed: boolean
}

export type PackAction = "compile" | "complete" | "submit" | "accept" | "ask_for_revision" | "recompile"

/** @see spec field-operations 8 */
export const packMachine: Machine<PackStatus, PackAction, PackFacts> = {
  entity: "ClosurePack",
  steps: [
    {
      action: "compile",
      from: [null],
      to: (pack) => (pack.whole ? "compiled" : "draft"),
      needs: [
        { what: "closed_installation", met: (pack) => pack.installation_closed },
        { what: "approved_survey", met: (pack) => pack.survey_approved },
        { what: "installation_report", met: (pack) => pack.report_submitted }
      ]
    },
    { action: "complete", from: ["draft"], to: "compiled" },
    {
      action: "submit",
      from: ["compiled"],
      to: "submitted",
      needs: [{ call: "post_install", met: (pack) => pack.confirmation_call_completed }]
    },
    { action: "accept", from: ["submitted"], to: "accepted" },
    { action: "ask_for_revision", from: ["submitted"], to: "rejected" },
    { action: "recompile", from: ["rejected"], to: "compiled" }
  ]
}

/** The first required kind that a manifest does not have. */
export const missingKind = (manifest: ReadonlyArray<Artefact>, required: ReadonlyArray<string>): string | undefined =>
  required.find((kind) => !manifest.some((artefact) => artefact.kind === kind))
