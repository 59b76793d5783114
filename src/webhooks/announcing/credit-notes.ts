/** What is told of credit notes. */
import { Array as Arr, Effect, Layer } from "effect"
import { CreditNoteStore } from "../../credits/index.js"
import { PaymentRefundStore } from "../../payments/index.js"
import type { WebhookEvent } from "../event.js"
import { Outbox } from "../outbox.js"
import { type AnnouncedNote, AnnouncedRows } from "./rows.js"
import { byId, writesOver } from "./writes.js"

type NoteEvent = "credit_note.created" | "credit_note.finalized" | "credit_note.voided"

const told = (type: NoteEvent, note: AnnouncedNote): WebhookEvent => ({
  type,
  organization_id: note.organization_id,
  object_id: note.id,
  data: {
    number: note.number,
    invoice_id: note.invoice_id,
    customer_id: note.customer_id,
    credit_note_type: note.credit_note_type,
    reason: note.reason,
    total_amount_cents: String(note.total_amount_cents),
    balance_amount_cents: String(note.balance_amount_cents),
    currency: note.currency
  }
})

type Refund = Effect.Effect.Success<ReturnType<typeof PaymentRefundStore.Service.ofNotes>>[number]

/** What became of the money of a refund; nothing while it is on its way. `refunds` are those of the note, oldest first. Pure. */
const refundTold = (note: AnnouncedNote, refunds: ReadonlyArray<Refund>): ReadonlyArray<WebhookEvent> => {
  const { id, invoice_id, organization_id, refund_amount_cents, refund_status } = note
  if (refund_status !== "succeeded" && refund_status !== "failed") return []
  const last = refunds.findLast(({ status }) => status === refund_status)
  const head = { organization_id, object_id: id }
  const data = {
    invoice_id,
    refund_amount_cents: String(refund_amount_cents),
    provider_refund_id: last?.provider_refund_id ?? null,
    status: refund_status
  }
  return [
    refund_status === "succeeded"
      ? { ...head, type: "credit_note.refund.succeeded", data }
      : { ...head, type: "credit_note.refund.failed", data: { ...data, failure_reason: last?.failure_reason ?? null } }
  ]
}

export const creditNotesLayer: Layer.Layer<CreditNoteStore, never, CreditNoteStore | PaymentRefundStore | AnnouncedRows | Outbox> =
  Layer.effect(
    CreditNoteStore,
    Effect.gen(function* () {
      const store = yield* CreditNoteStore
      const refunds = yield* PaymentRefundStore
      const rows = yield* AnnouncedRows
      const { ofIds, ofRows } = writesOver(yield* Outbox)
      const all = (type: NoteEvent, ids: ReadonlyArray<string>) => () =>
        Effect.map(rows.creditNotes(ids), (found) => found.map((note) => told(type, note)))

      return CreditNoteStore.of({
        ...store,
        insert: (documents) => {
          const notes = documents.map(({ note }) => note)
          return ofRows(notes, store.insert(documents), { events: () => notes.map((note) => told("credit_note.created", note)) })
        },
        issue: (issues) => {
          const ids = issues.map(({ credit_note_id }) => credit_note_id)
          return ofIds(ids, store.issue(issues), { events: all("credit_note.finalized", ids) })
        },
        saveRefunds: (changes) => {
          const ids = changes.map(({ credit_note_id }) => credit_note_id)
          return ofRows(changes, store.saveRefunds(changes), {
            before: rows.creditNotes(ids),
            events: Effect.fnUntraced(function* (found) {
              const before = byId(found)
              const changed = (yield* rows.creditNotes(ids)).filter((note) => note.refund_status !== before.get(note.id)?.refund_status)
              const made = Arr.groupBy(yield* refunds.ofNotes(changed.map(({ id }) => id)), (refund) => refund.credit_note_id ?? "")
              return changed.flatMap((note) => refundTold(note, made[note.id] ?? []))
            })
          })
        },
        void: (ids, now) => ofIds(ids, store.void(ids, now), { events: all("credit_note.voided", ids) })
      })
    })
  )
