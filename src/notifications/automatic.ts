/**
 * Which messages a change on the field side sends: stem, recipient, and what the library itself knows for the text. Pure.
 *
 * @see spec field-operations 5.2
 */
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

/** The message of an event; null where it sends none. */
export const automaticMessage = (event: FieldEvent): AutomaticMessage | null => {
  if (event.type === "status_changed") {
    const told = toldOf(event)
    const customer = event.lead.customer
    if (told === null) return null
    return { recipient: customer, about: aboutOf(event), key: event.transition_id, values: {}, people: {}, ...told }
  }
  if (event.type !== "call_logged" || event.call.call_type !== "introductory") return null
  if (event.call.outcome !== "no_answer" && event.call.outcome !== "busy") return null
  const about: About = { context_type: "lead", context_id: event.lead.id }
  return { stem: "intro_call_missed", recipient: event.lead.customer, about, key: event.call.id, values: {}, people: {} }
}
