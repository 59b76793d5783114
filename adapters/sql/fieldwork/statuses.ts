/** The statuses of the field side as checks of columns. */

const STATUSES = {
  lead: [
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
  ],
  survey: [
    "scheduled",
    "confirmed",
    "in_progress",
    "completed",
    "report_submitted",
    "reviewed_approved",
    "reviewed_rejected",
    "rescheduled",
    "cancelled"
  ],
  installation: [
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
  ],
  closure_pack: ["draft", "compiled", "submitted", "accepted", "rejected"],
  emergency: ["open", "backup_assigned", "priority_rescheduled", "resolved"],
  payout: ["marked_payable", "paid"]
} as const

const quoted = (texts: ReadonlyArray<string>): string => texts.map((text) => `'${text}'`).join(", ")

/** `status IN (…)` of one kind of thing. */
export const statusCheck = (kind: keyof typeof STATUSES): string => `status IN (${quoted(STATUSES[kind])})`

/** The kinds, as a list of literals. */
export const FIELD_KINDS = quoted(Object.keys(STATUSES))
