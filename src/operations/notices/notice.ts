/** A notice to the organization's administrators: what calls for one, and its words. Never to customers. Pure. */
import { Schema } from "effect"
import { brandedId, Instant, OrganizationId, pageFields } from "../../core/index.js"

export const AdminNotificationId = brandedId("AdminNotificationId")

export const NoticeCategory = Schema.Literal("webhook", "dunning", "wallet", "invoice", "payment", "subscription")
export type NoticeCategory = typeof NoticeCategory.Type

export const AdminNotification = Schema.Struct({
  id: AdminNotificationId,
  organization_id: OrganizationId,
  category: NoticeCategory,
  /** At most 255 characters. */
  title: Schema.String,
  /** At most 1,000 characters. */
  message: Schema.String,
  resource_type: Schema.String,
  resource_id: Schema.NullOr(Schema.String),
  is_read: Schema.Boolean,
  created_at: Instant,
  updated_at: Instant
})
export type AdminNotification = typeof AdminNotification.Type

/** What `AdminNotifications.list` takes. Sorted by `created_at`. */
export const ListNotifications = Schema.Struct({
  ...pageFields,
  category: Schema.optional(NoticeCategory),
  is_read: Schema.optional(Schema.Boolean)
})
export type ListNotificationsInput = typeof ListNotifications.Encoded

/** Something that administrators have not been told of. */
export interface Occasion {
  readonly category: NoticeCategory
  readonly resource_type: string
  readonly resource_id: string
  /** What tells two occasions of one resource apart: an instant, a kind; empty where there is one only. */
  readonly occasion: string
  /** What it is called: a number, a code, an external id. */
  readonly name: string
  /** Why, or how much, as the row has it. */
  readonly detail: string | null
}

const TITLES: Readonly<Record<NoticeCategory, string>> = {
  webhook: "A webhook failed for good",
  dunning: "Dunning made a payment request",
  wallet: "A wallet with a balance is about to expire",
  invoice: "An invoice is overdue",
  payment: "A payment failed",
  subscription: "A subscription could not be billed"
}
/** Where the occasion calls for other words. */
const OTHER_TITLES: Readonly<Record<string, string>> = {
  unapplied: "Money came in that nothing was due for",
  unbilled: "A closed installation could not be billed",
  taxes: "The tax integration gave no rates for an invoice"
}

const LONGEST_MESSAGE = 1000

/** Title and message of an occasion. */
export const wordsOf = ({ category, detail, name, occasion }: Occasion): { readonly title: string; readonly message: string } => ({
  title: OTHER_TITLES[occasion] ?? TITLES[category],
  message: [...(detail === null || detail === "" ? name : `${name}: ${detail}`)].slice(0, LONGEST_MESSAGE).join("")
})
