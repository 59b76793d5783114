/** What a piece of due work writes: its document, notes, keys and row, and what of them becomes final at once. Pure. */
import type { DateTime } from "effect"
import type { CreditNoteDocument, CreditNoteItem } from "../credits/index.js"
import type { BilledPeriod, Subscription } from "../subscriptions/index.js"
import type { Opening } from "./advance/openings.js"
import { assemble, type FeeLine } from "./assemble.js"
import type { Batch } from "./batch.js"
import type { CouponTaken, Discountable, Discounted } from "./discounting.js"
import { draftOf, finalizableFrom } from "./document.js"
import type { Fee } from "./fee.js"
import type { FeeGivenBack } from "./given-back.js"
import type { Issuance } from "./issuing.js"
import { type Corrections, isLeftToADraft } from "./late-usage.js"
import { LATE_USAGE, notesOf, SURPLUS } from "./note.js"
import { headOf, KEYS_AT_MOST, keysOf, type Piece } from "./piece.js"
import type { InvoiceDocument } from "./store.js"
import { awaitsTaxes } from "./tax-question.js"
import { idsOfAdded } from "./waiting.js"

/** What a piece comes to, before anything is written. */
export interface Drafted {
  readonly piece: Piece
  /** In the order of invoicing.md 10. */
  readonly lines: ReadonlyArray<FeeLine>
  /** What is given back of earlier base fees, and what notes that stand gave back of them before. */
  readonly given_back: ReadonlyArray<FeeGivenBack>
  readonly items: ReadonlyArray<CreditNoteItem>
  /** What progressive invoices billed beyond the window's fees, and what notes that stand gave back of them before. */
  readonly surplus: { readonly given_back: ReadonlyArray<FeeGivenBack>; readonly items: ReadonlyArray<CreditNoteItem> }
  /** What the window that it opens begins with; its lines are among the lines. */
  readonly opening: Opening
  /** Of closed windows; their lines are among the lines. */
  readonly corrections: Corrections
  /** What a host added and this takes; their lines are the last. */
  readonly added: ReadonlyArray<Fee>
}

/** Whether a piece's document waits for its grace period. */
const hasGrace = (piece: Piece, batch: Batch, now: DateTime.Utc): boolean =>
  finalizableFrom(headOf(piece, batch)).epochMillis > now.epochMillis

/** Whether it stays a draft: for its grace period, or until a tax integration gave the rates. */
const waits = ({ lines, piece }: Pick<Drafted, "lines" | "piece">, batch: Batch, now: DateTime.Utc): boolean =>
  hasGrace(piece, batch, now) || awaitsTaxes(lines, batch)

/** A piece's document as coupons see it; null where there is none, or it waits: a draft has no coupons. */
export const discountableOf = (drafted: Drafted, batch: Batch, now: DateTime.Utc): Discountable | null => {
  const { lines, piece } = drafted
  if (lines.length === 0 || waits(drafted, batch, now)) return null
  const { currency, customer, issuer } = headOf(piece, batch)
  return { customer_id: customer.id, currency, rounding_mode: issuer.rounding_mode, lines }
}

/** What billing a piece writes. */
export interface Posting {
  readonly piece: Piece
  /** The row after it. */
  readonly row: Subscription
  /** The invoice with its figures, a draft; null where there is no fee. */
  readonly document: InvoiceDocument | null
  /** What the document takes of its customer's coupons. */
  readonly coupons: ReadonlyArray<CouponTaken>
  readonly notes: ReadonlyArray<CreditNoteDocument>
  readonly keys: ReadonlyArray<BilledPeriod>
  /** What becomes final at once: the document unless it waits, notes on final invoices. Null where nothing does. */
  readonly issuance: Issuance | null
  readonly opening: Opening
  /** Whether its late usage is corrected with this, and not left to a draft. */
  readonly corrected: boolean
}

/** Whether a piece corrects what came late: one that bills usage, or is there for it. */
export const corrects = ({ skip, work }: Piece): boolean => (work.usage !== null && !skip) || work.kind === "correction"

/** How many ids a posting takes at most. */
export const idsForPosting = ({ corrections, given_back, lines, surplus }: Drafted): number => {
  const taxes = lines.reduce((count, line) => count + 2 * line.taxes.length, 0)
  return 1 + lines.length + taxes + KEYS_AT_MOST + 2 * (given_back.length + surplus.given_back.length + corrections.given_back.length)
}

/** Takes its ids from `ids`, in order; `discounted` are its lines with what coupons take off them, null where they do not. */
export const postingOf = (
  drafted: Drafted,
  discounted: Discounted | null,
  batch: Batch,
  ids: Iterator<string>,
  now: DateTime.Utc
): Posting => {
  const { added, corrections, given_back, items, piece, surplus } = drafted
  const { coupons, lines } = discounted ?? { coupons: [], lines: drafted.lines }
  const head = headOf(piece, batch)
  const figures = lines.length === 0 ? null : assemble(lines, head.issuer.rounding_mode)
  const document = figures === null ? null : draftOf(head, figures, { fresh: ids, fee_ids: idsOfAdded(lines.length, added) }, now)
  const isDraft = document !== null && waits(drafted, batch, now)
  // What closes no window is not calculated again: it only waits for its taxes, and what its figures call for need not.
  const isFollowed = isDraft && (piece.work.usage !== null || hasGrace(piece, batch, now))
  const unused =
    piece.work.given_back === null
      ? []
      : notesOf(given_back, items, { reason: piece.work.given_back.reason, cause: "unused_days" }, ids, now)
  // What a draft's figures call for comes with its finalization.
  const called = isFollowed
    ? []
    : [
        ...notesOf(surplus.given_back, surplus.items, SURPLUS, ids, now),
        ...notesOf(corrections.given_back, corrections.items, LATE_USAGE, ids, now)
      ]
  const onDrafts = new Set(given_back.filter(({ of }) => of.invoice.status === "draft").map(({ of }) => of.invoice.id as string))
  const final = [...unused.filter(({ note }) => !onDrafts.has(note.invoice_id)), ...called]
  const closed = batch.lateOf(piece.row)
  return {
    piece,
    row: { ...piece.after, updated_at: now },
    document,
    coupons,
    notes: [...unused, ...called],
    opening: drafted.opening,
    keys: keysOf(piece, document?.invoice.id ?? null, ids, now),
    issuance:
      (document === null || isDraft) && final.length === 0
        ? null
        : { customer: head.customer, issuer: head.issuer, notes: final, document: isDraft ? null : document },
    corrected: corrects(piece) && !isFollowed && closed !== null && !isLeftToADraft(closed)
  }
}
