/** The last steps of finalization, for many documents at once: settlements, the numbers of notes, the numbers of invoices (invoicing.md 15.4). */
import { Context, type DateTime, Effect, Layer } from "effect"
import type { Issuer } from "../accounts/index.js"
import { OrganizationStore, termsOf } from "../accounts/index.js"
import { type CurrentOrganization, Ids, localDate, type StorageError } from "../core/index.js"
import { CreditNoteStore, type NoteBalance, type NoteIssue } from "../credits/index.js"
import { issueOf, seriesOf } from "./document.js"
import type { Settlement } from "./settlement.js"
import { type Finalizing, type NoteUsed, settleAll, takesNotes } from "./settling.js"
import { InvoiceStore, type Issue } from "./store.js"

/** A document with its issuer; null: notes only. */
export interface Issuance extends Finalizing {
  readonly issuer: Issuer
}

/** Makes stored drafts final. */
export class Issuing extends Context.Tag("billwright/Issuing")<
  Issuing,
  {
    /**
     * Issues stored drafts in the order given, each with the stored draft notes that become final right before it: settles
     * by the customers' credit notes, then takes the notes' numbers, then the invoices', as the transaction's last writes.
     * Answers the issue of each document, in order; null for notes only.
     *
     * @see decisions I1, I2, I3
     */
    readonly issue: (
      all: ReadonlyArray<Issuance>,
      now: DateTime.Utc
    ) => Effect.Effect<ReadonlyArray<Issue | null>, StorageError, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<Issuing, never, InvoiceStore | CreditNoteStore | OrganizationStore | Ids> = Layer.effect(
    Issuing,
    Effect.gen(function* () {
      const invoices = yield* InvoiceStore
      const notes = yield* CreditNoteStore
      const organizations = yield* OrganizationStore
      const ids = yield* Ids

      const settlementOf = (id: string, used: NoteUsed, now: DateTime.Utc): Settlement => ({
        id,
        organization_id: used.organization_id,
        invoice_id: used.invoice_id,
        settlement_type: "credit_note",
        source_id: used.credit_note_id,
        amount_cents: used.amount_cents,
        returned_at: null,
        created_at: now,
        updated_at: now
      })

      const issue = Effect.fn("Issuing.issue")(function* (all: ReadonlyArray<Issuance>, now: DateTime.Utc) {
        if (all.length === 0) return []
        const paying = [...new Set(all.filter(takesNotes).map(({ customer }) => customer.id as string))]
        const available = yield* notes.lockAvailable(paying)
        const { balances, due_cents, used } = settleAll(all, available, now)
        const fresh = all.flatMap((item) => item.notes)
        const settlement_ids = yield* ids.many(used.length)
        yield* invoices.settle(used.map((one, index) => settlementOf(settlement_ids[index]!, one, now)))
        const statusOf = (balance: bigint) => (balance === 0n ? ("consumed" as const) : ("available" as const))
        yield* notes.saveBalances(
          available.flatMap((note): ReadonlyArray<NoteBalance> => {
            const balance_amount_cents = balances.get(note.id)!
            if (balance_amount_cents === note.balance_amount_cents) return []
            const { organization_id } = note
            return [
              {
                credit_note_id: note.id,
                organization_id,
                credit_status: statusOf(balance_amount_cents),
                balance_amount_cents,
                updated_at: now
              }
            ]
          })
        )
        const timezone = fresh.length === 0 ? "UTC" : ((yield* organizations.current)?.timezone ?? "UTC")
        yield* notes.issue(
          fresh.map(({ note }): NoteIssue => {
            const balance_amount_cents = balances.get(note.id)!
            return {
              credit_note_id: note.id,
              issued_at: now,
              day: localDate(now, timezone),
              credit_status: statusOf(balance_amount_cents),
              refund_status: null,
              balance_amount_cents
            }
          })
        )
        const issues = all.map(({ customer, document, issuer }, index): Issue | null => {
          if (document === null) return null
          const { net_payment_term } = termsOf(customer, issuer)
          return issueOf(document.invoice, due_cents[index]!, seriesOf(issuer, now), net_payment_term, now)
        })
        yield* invoices.issue(issues.filter((each) => each !== null))
        return issues
      })

      return Issuing.of({ issue })
    })
  )
}
