/**
 * Which messages a change on the field side sends: stem, recipient, and what the library itself knows for the text. Pure.
 *
 * @see spec field-operations 5.2
 */
import { DateTime } from "effect"
import { type CurrencyCode, Money } from "../core/index.js"
import type { AnyStatusChanged, FieldEvent } from "../fieldwork/index.js"
import type { Stem } from "./catalogue.js"
import type { About } from "./composing.js"

export interface AutomaticMessage {
  readonly stem: Stem
  readonly recipient: string
  readonly about: About
  /** Of the transition: a message by a template is made once for it. */
  readonly key: string
  /** What is known; null where nothing is. */
  readonly values: Readonly<Record<string, string | null>>
  /** Users whose name and phone are variables too: `surveyor` gives surveyor_name and surveyor_phone. */
  readonly people: Readonly<Record<string, string | null>>
}

type Told = Pick<AutomaticMessage, "stem"> & Partial<Pick<AutomaticMessage, "values" | "people" | "recipient" | "about">>

/** Only what a status is first told of: one that a lead returns to was told before. */
const ofLead = ({ after, from, reason, to }: Extract<AnyStatusChanged, { kind: "lead" }>): Told | null => {
  if (to === "on_hold" || to === "cancelled") return { stem: `lead_${to}`, values: { reason } }
  if (from === "on_hold") return null
  if (to === "new") {
    const values = { charger_model: after.charger_model, reference: after.reference }
    return { stem: "lead_received", values, people: { oem: after.oem } }
  }
  if (to === "documents_pending") return { stem: "documents_request" }
  return to === "documents_received" && from === "documents_pending" ? { stem: "documents_received" } : null
}

const ofSurvey = ({ after, before, from, reason, to }: Extract<AnyStatusChanged, { kind: "survey" }>): Told | null => {
  const { slot, survey_date, surveyor } = after
  if (to === "scheduled") {
    return from === "rescheduled"
      ? { stem: "survey_rescheduled", values: { old_date: before?.survey_date ?? null, new_date: survey_date, reason } }
      : { stem: "survey_scheduled", values: { survey_date, slot } }
  }
  if (to === "confirmed") return { stem: "survey_confirmation", values: { survey_date, slot }, people: { surveyor } }
  return to === "reviewed_approved" ? { stem: "survey_approved" } : null
}

const ofInstallation = ({ after, before, from, lead, reason, to }: Extract<AnyStatusChanged, { kind: "installation" }>): Told | null => {
  const { charger_model, charger_serial, installation_date, number, slot, team } = after
  if (from === "rescheduled" && (to === "planned" || to === "material_ready")) {
    const values = { old_date: before?.installation_date ?? null, new_date: installation_date, reason }
    return { stem: "installation_rescheduled", values }
  }
  if (to === "planned") return { stem: "installation_scheduled", values: { installation_date, slot, installation_id: number } }
  if (to === "confirmed") return { stem: "installation_confirmation", values: { installation_date, slot }, people: { team } }
  if (to === "completed") {
    return { stem: "installation_completed", values: { charger_serial, charger_model: charger_model ?? lead.charger_model } }
  }
  return to === "closed" ? { stem: "post_install_feedback" } : null
}

const ofPayout = ({ after, to }: Extract<AnyStatusChanged, { kind: "payout" }>): Told | null => {
  const about: About = { context_type: "payment", context_id: after.id }
  const amount = `${Money.toText(Money.make(after.amount_cents, after.currency as CurrencyCode))} ${after.currency}`
  const people = { payee: after.payee }
  if (to === "marked_payable") return { stem: "payment_marked_payable", recipient: after.payee, about, values: { amount }, people }
  const values = { amount, transaction_reference: after.transaction_reference }
  return to === "paid" ? { stem: "payment_paid", recipient: after.payee, about, values, people } : null
}

const toldOf = (event: AnyStatusChanged): Told | null => {
  switch (event.kind) {
    case "lead":
      return ofLead(event)
    case "survey":
      return ofSurvey(event)
    case "installation":
      return ofInstallation(event)
    case "payout":
      return ofPayout(event)
    case "emergency":
      if (event.to === "backup_assigned") return { stem: "emergency_backup_assigned", people: { new_team: event.after.backup } }
      return event.to === "priority_rescheduled" ? { stem: "emergency_priority_reschedule" } : null
    case "closure_pack":
      return null
  }
}

const aboutOf = (event: AnyStatusChanged): About => ({
  context_type: event.kind === "closure_pack" ? "installation" : event.kind === "payout" ? "payment" : event.kind,
  context_id: event.id
})

const ofCall = ({ call, lead }: Extract<FieldEvent, { type: "call_logged" }>): ReadonlyArray<AutomaticMessage> => {
  if (call.call_type !== "introductory" || (call.outcome !== "no_answer" && call.outcome !== "busy")) return []
  const about: About = { context_type: "lead", context_id: lead.id }
  return [{ stem: "intro_call_missed", recipient: lead.customer, about, key: call.id, values: {}, people: {} }]
}

const ofReminder = ({ lead, survey }: Extract<FieldEvent, { type: "survey_reminder_due" }>): AutomaticMessage => {
  const { id, slot, survey_date } = survey
  const about: About = { context_type: "survey", context_id: id }
  const key = `survey_reminder:${id}:${survey_date}`
  return { stem: "survey_reminder", recipient: lead.customer, about, key, values: { survey_date, slot }, people: {} }
}

/** To everybody in central_ops. */
const ofEscalation = ({ emergency, lead, to }: Extract<FieldEvent, { type: "emergency_escalated" }>): ReadonlyArray<AutomaticMessage> => {
  const { id, raised_at, reason } = emergency
  const values = { reason, raised_at: DateTime.formatIso(raised_at), reference: lead.reference }
  return to.map((recipient) => ({
    stem: "emergency_escalated",
    recipient,
    about: { context_type: "emergency", context_id: id },
    key: `escalated:${id}:${recipient}`,
    values,
    people: { user: recipient, customer: lead.customer }
  }))
}

/** The messages of an event; mostly one, or none. */
export const automaticMessages = (event: FieldEvent): ReadonlyArray<AutomaticMessage> => {
  switch (event.type) {
    case "status_changed": {
      const told = toldOf(event)
      if (told === null) return []
      return [{ recipient: event.lead.customer, about: aboutOf(event), key: event.transition_id, values: {}, people: {}, ...told }]
    }
    case "call_logged":
      return ofCall(event)
    case "survey_reminder_due":
      return [ofReminder(event)]
    case "emergency_escalated":
      return ofEscalation(event)
    default:
      return []
  }
}
