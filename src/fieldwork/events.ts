/** The port through which the field side tells what happened, in the transaction in which it happens: messages are made from it. */
import { Context, type DateTime, Effect } from "effect"
import type { CurrentOrganization, StorageError } from "../core/index.js"
import type { CallLog } from "./call.js"
import type { Emergency } from "./emergency.js"
import type { Installation } from "./installation.js"
import type { Lead } from "./lead.js"
import type { Payout } from "./payout.js"
import type { Survey } from "./survey.js"
import type { FieldKind } from "./transition.js"

/** A closure pack, as far as this floor knows it. */
interface PackState {
  readonly id: string
  readonly installation: string
  readonly lead: string
  readonly status: string
}

interface Rows {
  readonly lead: Lead
  readonly survey: Survey
  readonly installation: Installation
  readonly closure_pack: PackState
  readonly emergency: Emergency
  readonly payout: Payout
}

/** A status change, with the row before and after it and the lead as it is after it. */
export interface StatusChanged<K extends FieldKind = FieldKind> {
  readonly type: "status_changed"
  readonly kind: K
  readonly id: string
  /** Of the transition: a message about it is keyed by this. */
  readonly transition_id: string
  /** Null for a new row. */
  readonly from: string | null
  readonly to: string
  readonly at: DateTime.Utc
  readonly reason: string | null
  /** Who did it; null for a job. */
  readonly user: string | null
  /** Null for a new row. `before.survey_date` and the like are what a new date replaces. */
  readonly before: Rows[K] | null
  readonly after: Rows[K]
  readonly lead: Lead
}

export type AnyStatusChanged = { readonly [K in FieldKind]: StatusChanged<K> }[FieldKind]

export type FieldEvent =
  | AnyStatusChanged
  /** A call was logged; `remind_at` where it leaves a gate open for another try. */
  | { readonly type: "call_logged"; readonly call: CallLog; readonly lead: Lead; readonly remind_at: DateTime.Utc | null }
  /** The caller's reminder is due, and nobody has called about it since. */
  | { readonly type: "call_reminder_due"; readonly call: CallLog; readonly at: DateTime.Utc }
  /** The day before a survey has come, where its customer is. */
  | { readonly type: "survey_reminder_due"; readonly survey: Survey; readonly lead: Lead; readonly at: DateTime.Utc }
  /** An emergency stands unresolved for too long: told once, to central_ops. */
  | {
      readonly type: "emergency_escalated"
      readonly emergency: Emergency
      readonly lead: Lead
      /** Everybody in central_ops. */
      readonly to: ReadonlyArray<string>
      readonly at: DateTime.Utc
    }
  /** A closed installation could not be billed: told to the administrators. */
  | { readonly type: "billing_failed"; readonly installation: Installation; readonly reason: string; readonly at: DateTime.Utc }
  /** The host is about to delete a user: what goes with them goes. */
  | { readonly type: "user_removed"; readonly user: string; readonly at: DateTime.Utc }

export interface FieldEventsShape {
  /** Runs inside the transaction of what it tells; a failure undoes it. Never calls the outside. */
  readonly tell: (events: ReadonlyArray<FieldEvent>) => Effect.Effect<void, StorageError, CurrentOrganization>
}

/** Nobody listens unless a layer above does. */
export class FieldEvents extends Context.Reference<FieldEvents>()("billwright/FieldEvents", {
  defaultValue: (): FieldEventsShape => ({ tell: () => Effect.void })
}) {}
