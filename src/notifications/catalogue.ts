/** The catalogue of templates: a stem for each automatic message, as SMS and as e-mail. Hosts edit them, or write their own. */
import type { TemplateChannel } from "./template.js"

/** Stems of automatic messages. */
const STEMS = [
  "lead_received",
  "intro_call_missed",
  "documents_request",
  "documents_received",
  "lead_on_hold",
  "lead_cancelled",
  "survey_scheduled",
  "survey_confirmation",
  "survey_reminder",
  "survey_rescheduled",
  "survey_approved",
  "installation_scheduled",
  "installation_confirmation",
  "installation_rescheduled",
  "installation_completed",
  "post_install_feedback",
  "emergency_backup_assigned",
  "emergency_priority_reschedule",
  "emergency_escalated",
  "payment_marked_payable",
  "payment_paid"
] as const
export type Stem = (typeof STEMS)[number]

const CHANNELS: ReadonlyArray<TemplateChannel> = ["sms", "email", "whatsapp", "push"]

/** The names that templates of a stem have. */
export const namesOf = (stem: Stem): ReadonlyArray<string> => CHANNELS.map((channel) => `${stem}_${channel}`)

interface Entry {
  readonly subject: string
  readonly text: string
}

const entries: Readonly<Record<Stem, Entry>> = {
  lead_received: {
    subject: "Your charger {{ charger_model }} is on its way",
    text: "Hello {{ customer_name }}, {{ oem_name }} has ordered the charger {{ charger_model }} for you. Your reference is {{ reference }}. We will call you soon."
  },
  intro_call_missed: {
    subject: "We tried to reach you",
    text: "Hello {{ customer_name }}, we tried to call you about your charger. Please call us back: {{ callback_phone }}."
  },
  documents_request: {
    subject: "Documents for your installation",
    text: 'Hello {{ customer_name }}, we need from you: {{ document_list|join:", " }}. Please send them here: {{ upload_link }}'
  },
  documents_received: {
    subject: "Your documents have arrived",
    text: "Hello {{ customer_name }}, your documents are with us. Next we will agree a date for the survey with you."
  },
  lead_on_hold: {
    subject: "Your installation is on hold",
    text: "Hello {{ customer_name }}, your installation is on hold: {{ reason }}. We will be in touch."
  },
  lead_cancelled: {
    subject: "Your installation has been cancelled",
    text: "Hello {{ customer_name }}, your installation has been cancelled: {{ reason }}."
  },
  survey_scheduled: {
    subject: "Survey on {{ survey_date }}",
    text: "Hello {{ customer_name }}, the survey of your place is planned for {{ survey_date }} in the {{ slot }}, at {{ address }}. We will call you to confirm it."
  },
  survey_confirmation: {
    subject: "Survey on {{ survey_date }} confirmed",
    text: "Hello {{ customer_name }}, {{ surveyor_name }} ({{ surveyor_phone }}) will be at {{ address }} on {{ survey_date }} in the {{ slot }}."
  },
  survey_reminder: {
    subject: "Your survey is on {{ survey_date }}",
    text: "Hello {{ customer_name }}, a reminder: your survey is on {{ survey_date }} in the {{ slot }}."
  },
  survey_rescheduled: {
    subject: "Your survey has a new date",
    text: "Hello {{ customer_name }}, your survey of {{ old_date }} will now be on {{ new_date }}: {{ reason }}."
  },
  survey_approved: {
    subject: "Your survey is approved",
    text: "Hello {{ customer_name }}, your survey is approved. Next: {{ next_step }}."
  },
  installation_scheduled: {
    subject: "Installation on {{ installation_date }}",
    text: "Hello {{ customer_name }}, your installation {{ installation_id }} is planned for {{ installation_date }} in the {{ slot }}. We will call you to confirm it."
  },
  installation_confirmation: {
    subject: "Installation on {{ installation_date }} confirmed",
    text: "Hello {{ customer_name }}, {{ team_name }} ({{ team_phone }}) will install your charger on {{ installation_date }} in the {{ slot }}."
  },
  installation_rescheduled: {
    subject: "Your installation has a new date",
    text: "Hello {{ customer_name }}, your installation of {{ old_date }} will now be on {{ new_date }}: {{ reason }}."
  },
  installation_completed: {
    subject: "Your charger is installed",
    text: "Hello {{ customer_name }}, your charger {{ charger_model }} (serial {{ charger_serial }}) is installed. Questions: {{ support_phone }}."
  },
  post_install_feedback: {
    subject: "How was your installation?",
    text: "Hello {{ customer_name }}, please tell us how your installation went: {{ feedback_link }}"
  },
  emergency_backup_assigned: {
    subject: "Another team is on its way",
    text: "Hello {{ customer_name }}, {{ new_team_name }} will come instead of the team that was planned. Expected: {{ eta }}."
  },
  emergency_priority_reschedule: {
    subject: "A new date with priority",
    text: "Hello {{ customer_name }}, the team that was planned cannot come. Your new date: {{ new_date }}. We are sorry."
  },
  emergency_escalated: {
    subject: "An emergency stands unresolved",
    text: "{{ user_name }}, an emergency stands unresolved since {{ raised_at }}: {{ reason }}. Customer: {{ customer_name }}, {{ customer_phone }}."
  },
  payment_marked_payable: {
    subject: "{{ amount }} will be paid to you",
    text: "Hello {{ payee_name }}, {{ amount }} is marked for payment."
  },
  payment_paid: {
    subject: "{{ amount }} has been paid",
    text: "Hello {{ payee_name }}, {{ amount }} has been paid, reference {{ transaction_reference }}."
  }
}

/** What the catalogue installs. */
export interface CatalogueTemplate {
  readonly name: string
  readonly channel: TemplateChannel
  readonly subject_template: string
  readonly body_template: string
}

export const catalogueTemplates: ReadonlyArray<CatalogueTemplate> = STEMS.flatMap((stem): ReadonlyArray<CatalogueTemplate> => {
  const { subject, text } = entries[stem]
  return [
    { name: `${stem}_sms`, channel: "sms", subject_template: "", body_template: text },
    { name: `${stem}_email`, channel: "email", subject_template: subject, body_template: `<p>${text}</p>` }
  ]
})
