/** What the methods of credit notes take. */
import { Schema } from "effect"
import { MinorUnits, pageFields, Text } from "../core/index.js"
import { CreditNoteReason, CreditNoteStatus, CreditNoteType, CreditStatus, RefundStatus } from "../credits/index.js"

/** So much of a fee, before coupons, in minor units. */
const Items = Schema.Array(Schema.Struct({ fee_id: Schema.String, amount_cents: MinorUnits })).pipe(
  Schema.filter((items) => items.length <= 1000, { message: () => "expected at most 1000 items" })
)

const Description = Schema.NullOr(Text.atMost(5000))

export const CreateCreditNote = Schema.Struct({
  invoice_id: Schema.String,
  credit_note_type: CreditNoteType,
  reason: Schema.optionalWith(CreditNoteReason, { default: () => "other" as const }),
  description: Schema.optionalWith(Description, { default: () => null }),
  items: Items
})
export type CreateCreditNoteInput = typeof CreateCreditNote.Encoded

/** What is left out stays. */
export const UpdateCreditNote = Schema.Struct({
  reason: Schema.optional(CreditNoteReason),
  description: Schema.optional(Description),
  items: Schema.optional(Items)
})
export type UpdateCreditNoteInput = typeof UpdateCreditNote.Encoded

/** Without items, what could be credited at most of each fee. */
export const EstimateCreditNote = Schema.Struct({ invoice_id: Schema.String, items: Schema.optional(Items) })
export type EstimateCreditNoteInput = typeof EstimateCreditNote.Encoded

export const ApplyCreditNote = Schema.Struct({ invoice_id: Schema.String, amount_cents: MinorUnits })
export type ApplyCreditNoteInput = typeof ApplyCreditNote.Encoded

export const ListCreditNotes = Schema.Struct({
  ...pageFields,
  customer_id: Schema.optional(Schema.String),
  invoice_id: Schema.optional(Schema.String),
  credit_note_type: Schema.optional(CreditNoteType),
  status: Schema.optional(CreditNoteStatus),
  credit_status: Schema.optional(CreditStatus),
  refund_status: Schema.optional(RefundStatus)
})
export type ListCreditNotesInput = typeof ListCreditNotes.Encoded
