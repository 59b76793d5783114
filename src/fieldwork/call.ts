/** A call that was made: append-only. Which calls are mandatory, on what, and how long an open one waits for another try. */
import type { DateTime } from "effect"
import { Schema } from "effect"
import { brandedId, Instant, OrganizationId, pageFields, Text } from "../core/index.js"
import { Phone } from "./phone.js"
import { UserId } from "./user.js"

export const CallLogId = brandedId("CallLogId")
export type CallLogId = typeof CallLogId.Type

export const CallType = Schema.Literal(
  "introductory",
  "survey_confirmation",
  "installation_confirmation",
  "post_install",
  "emergency",
  "reschedule"
)
export type CallType = typeof CallType.Type

export const CallContext = Schema.Literal("lead", "survey", "installation")
export type CallContext = typeof CallContext.Type

export const CallOutcome = Schema.Literal("connected", "no_answer", "busy", "wrong_number", "callback_requested", "voicemail")
export type CallOutcome = typeof CallOutcome.Type

export const CallLog = Schema.Struct({
  id: CallLogId,
  organization_id: OrganizationId,
  /** The acting user. */
  caller: Schema.String,
  /** E.164. */
  callee_phone: Schema.String,
  call_type: CallType,
  context_type: CallContext,
  context_id: Schema.String,
  outcome: CallOutcome,
  /** Null unless connected. */
  duration_seconds: Schema.NullOr(Schema.Int),
  notes: Schema.String,
  called_at: Instant,
  created_at: Instant,
  updated_at: Instant
})
export type CallLog = typeof CallLog.Type

export const LogCall = Schema.Struct({
  callee_phone: Phone,
  call_type: CallType,
  context_type: CallContext,
  context_id: Schema.String,
  outcome: CallOutcome,
  duration_seconds: Schema.optionalWith(
    Schema.NullOr(Schema.Int.pipe(Schema.between(0, 86_400, { message: () => "expected 0 to 86400 seconds" }))),
    { default: () => null }
  ),
  notes: Schema.optionalWith(Text.atMost(4000), { default: () => "" }),
  /** Now unless given; never later. */
  called_at: Schema.optional(Instant)
})
export type LogCallInput = typeof LogCall.Encoded

export const ListCalls = Schema.Struct({
  ...pageFields,
  call_type: Schema.optional(CallType),
  context_type: Schema.optional(CallContext),
  context_id: Schema.optional(Schema.String),
  outcome: Schema.optional(CallOutcome),
  caller: Schema.optional(UserId),
  /** Called at or after. */
  from: Schema.optional(Instant),
  /** Called before. */
  to: Schema.optional(Instant)
})
/** Newest first; sorted by `called_at` or `created_at`. */
export type ListCallsInput = typeof ListCalls.Encoded

export const ListMissingCalls = Schema.Struct({ call_type: Schema.optional(CallType), oem: Schema.optional(UserId) })
/** `call_type`: one of the mandatory ones; `oem`: the OEM's user. */
export type ListMissingCallsInput = typeof ListMissingCalls.Encoded

/** Something that waits at the gate of a mandatory call. */
export interface MissingCall {
  readonly call_type: CallType
  readonly context_type: CallContext
  readonly context_id: string
  readonly lead: string
  readonly oem: string
  readonly since: DateTime.Utc
  /** Calls of the type that were made since, none of which was connected. */
  readonly tries: number
  readonly last_outcome: CallOutcome | null
}

/** What each type of call can be about; the mandatory ones are about one thing. */
export const CONTEXTS_OF: Readonly<Record<CallType, ReadonlyArray<CallContext>>> = {
  introductory: ["lead"],
  survey_confirmation: ["survey"],
  installation_confirmation: ["installation"],
  post_install: ["installation"],
  emergency: ["lead", "survey", "installation"],
  reschedule: ["survey", "installation"]
}

/** Outcomes after which the caller tries again: they are reminded of it. */
export const TRIED_AGAIN: ReadonlySet<CallOutcome> = new Set<CallOutcome>(["no_answer", "busy", "voicemail", "callback_requested"])

/** The four calls that gates wait for. */
export const MANDATORY: ReadonlySet<CallType> = new Set<CallType>([
  "introductory",
  "survey_confirmation",
  "installation_confirmation",
  "post_install"
])
