/** Credit notes (M5): a note is the sum of its items, what is left of it is what no invoice used, a refund is what was returned, and no fee is credited above what was billed for it. Pure. */
import { wholeOf } from "./raw.js"
import type { Violation } from "./violation.js"

/** A note with the sums of its rows; every figure as text. */
export interface RawNote {
  readonly id: string
  readonly credit_note_type: string
  readonly status: string
  readonly credit_status: string | null
  readonly refund_status: string | null
  readonly total_amount_cents: string
  readonly sub_total_cents: string
  readonly taxes_amount_cents: string
  readonly credit_amount_cents: string
  readonly refund_amount_cents: string
  readonly balance_amount_cents: string
  readonly items_net_cents: string
  readonly items_taxes_cents: string
  /** What settlements that stand used of it. */
  readonly used_cents: string
  /** What of that its own invoice did. */
  readonly own_cents: string
  /** What refunds that succeeded returned for it, and how many are under way. */
  readonly returned_cents: string
  readonly refunds_open: number
  /** How far Σ items of notes that stand goes beyond what the invoice bills, for the fee of its items where it goes farthest. */
  readonly beyond_cents: string
}

const FIGURES = [
  "total_amount_cents",
  "sub_total_cents",
  "taxes_amount_cents",
  "credit_amount_cents",
  "refund_amount_cents",
  "balance_amount_cents",
  "items_net_cents",
  "items_taxes_cents",
  "used_cents",
  "own_cents",
  "returned_cents",
  "beyond_cents"
] as const

type Figures = Readonly<Record<(typeof FIGURES)[number], bigint>>

/** What settlements may have used of it, and what is left. */
const leftReason = (note: RawNote, f: Figures): string | undefined => {
  if (note.status === "draft") return f.used_cents === 0n && f.balance_amount_cents === 0n ? undefined : "a draft with a balance, or used"
  if (note.credit_note_type === "refund") return f.used_cents === 0n ? undefined : `a refund that settles ${f.used_cents}`
  if (note.credit_note_type === "offset") {
    if (f.own_cents !== f.used_cents) return `an offset that settles ${f.used_cents - f.own_cents} of another invoice`
    return f.used_cents === f.total_amount_cents ? undefined : `an offset of ${f.total_amount_cents} that settles ${f.used_cents}`
  }
  if (f.own_cents !== 0n) return `a credit that settles ${f.own_cents} of its own invoice`
  const left = note.credit_status === "voided" ? 0n : f.credit_amount_cents - f.used_cents
  if (f.balance_amount_cents !== left) return `balance_amount_cents ${f.balance_amount_cents} is not what is left of it, ${left}`
  const is = note.credit_status === "voided" || (note.credit_status === "consumed") === (left === 0n)
  return is ? undefined : `${note.credit_status} with ${left} left`
}

/** Where the money of a refund stands, by its refunds; nothing of any other note. */
const refundReason = (note: RawNote, f: Figures): string | undefined => {
  const isFinal = note.status === "finalized" && note.credit_note_type === "refund"
  const open = note.refunds_open > 0 ? "pending" : "failed"
  const expected = isFinal ? (f.returned_cents === f.refund_amount_cents ? "succeeded" : open) : null
  if (note.refund_status === expected && (isFinal || f.returned_cents === 0n)) return undefined
  return `refund_status ${note.refund_status} with ${f.returned_cents} of ${f.refund_amount_cents} returned and ${note.refunds_open} refunds under way`
}

/** What does not hold of a note. */
export const checkNote = (note: RawNote): ReadonlyArray<Violation> => {
  const found: Array<Violation> = []
  const add = (reason: string) => found.push({ code: "M5", table: "credit_notes", id: note.id, reason })
  const whole = FIGURES.map((name) => [name, wholeOf(note[name])] as const)
  // A figure that is no whole number is M9's.
  if (whole.some(([, value]) => value === undefined)) return found
  const f = Object.fromEntries(whole) as unknown as Figures
  if (f.sub_total_cents !== f.items_net_cents) add(`sub_total_cents ${f.sub_total_cents} is not the sum of its items, ${f.items_net_cents}`)
  if (f.taxes_amount_cents !== f.items_taxes_cents) {
    add(`taxes_amount_cents ${f.taxes_amount_cents} is not the sum of its items', ${f.items_taxes_cents}`)
  }
  const credit = note.credit_note_type === "credit" ? f.total_amount_cents : 0n
  const refund = note.credit_note_type === "refund" ? f.total_amount_cents : 0n
  if (f.credit_amount_cents !== credit || f.refund_amount_cents !== refund) {
    add(
      `a ${note.credit_note_type} of ${f.total_amount_cents} with ${f.credit_amount_cents} of credit and ${f.refund_amount_cents} of refund`
    )
  }
  const left = leftReason(note, f)
  if (left !== undefined) add(left)
  const money = refundReason(note, f)
  if (money !== undefined) add(money)
  if (note.credit_status !== "voided" && f.beyond_cents > 0n) add(`a fee is credited ${f.beyond_cents} beyond what was billed for it`)
  return found
}
