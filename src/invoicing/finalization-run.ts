/** Drafts that are due, finalized batch by batch; where a tax integration gives the rates it is asked between two transactions. */
import { Context, type DateTime, Effect, Layer } from "effect"
import type { PlanNotFound } from "../catalog/index.js"
import { type CurrentOrganization, type StorageError, Transactor } from "../core/index.js"
import { SubscriptionStore } from "../subscriptions/index.js"
import { Finalization } from "./finalization.js"
import { type Failure, type FinalizationRun, type Held, untilNothingIsLeft } from "./runs.js"
import { Sales } from "./sales/index.js"
import { InvoiceStore } from "./store.js"
import type { TaxAnswers } from "./tax-question.js"
import { asked, TaxSupply } from "./tax-supply.js"

/** What a run takes: drafts due at `now`, so many a transaction, perhaps only some. */
export interface FinalizationTerms {
  readonly now: DateTime.Utc
  readonly size: number
  readonly only?: ReadonlyArray<string>
}

const NOTHING = { documents: [], failures: [] } as const

export class FinalizationRuns extends Context.Tag("billwright/FinalizationRuns")<
  FinalizationRuns,
  {
    /** Finalizes them, each calculated again; what fails stays a draft, and the next run tries again. */
    readonly finalize: (terms: FinalizationTerms) => Effect.Effect<FinalizationRun, StorageError | PlanNotFound, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<
    FinalizationRuns,
    never,
    Transactor | SubscriptionStore | InvoiceStore | Finalization | Sales | TaxSupply
  > = Layer.effect(
    FinalizationRuns,
    Effect.gen(function* () {
      const { transaction } = yield* Transactor
      const subscriptions = yield* SubscriptionStore
      const invoices = yield* InvoiceStore
      const finalization = yield* Finalization
      const sales = yield* Sales
      const supply = yield* TaxSupply

      const batch = Effect.fnUntraced(function* (
        { now, only, size }: FinalizationTerms,
        except: ReadonlyArray<string>,
        held: Held,
        answers: TaxAnswers
      ) {
        const due = yield* invoices.dueDrafts(now, size, except, only)
        const billed = due.filter((draft) => draft.subscription_id !== null)
        const wanted = [...new Set(billed.flatMap((draft) => draft.subscription_id ?? []))]
        const rows = yield* held === "wait" ? subscriptions.lock(wanted) : subscriptions.lockFree(wanted)
        const sold = due.flatMap((draft) => (draft.subscription_id === null ? [draft.id] : []))
        if (rows.length === 0 && sold.length === 0) return null
        const ids = billed.map((draft) => draft.id)
        const done = rows.length === 0 ? NOTHING : yield* finalization.finalize(ids, rows, now, answers)
        return { ...done, sold }
      })

      /** A sale that waits for its taxes; answers how many were issued. */
      const finalizeSale = (id: string, now: DateTime.Utc, answers: TaxAnswers) =>
        transaction(
          Effect.gen(function* () {
            const [draft] = yield* invoices.lock([id])
            if (draft?.invoice.status !== "draft") return 0
            yield* sales.finalize(draft, now, answers)
            return 1
          })
        )

      const finalize = Effect.fn("FinalizationRuns.finalize")(function* (terms: FinalizationTerms) {
        const failures = new Map<string, Failure>()
        const fail = (failure: Failure) => failures.set(failure.id, failure)
        const asking = yield* supply.asking
        const sold: Array<string> = []
        let issued = 0
        yield* untilNothingIsLeft(
          (held) => asked(asking, (answers) => transaction(batch(terms, [...failures.keys(), ...sold], held, answers)), fail),
          (done) => {
            done.failures.forEach(fail)
            issued += done.documents.length
            sold.push(...done.sold)
          }
        )
        for (const id of sold) {
          issued +=
            (yield* asked(asking, (answers) => (failures.has(id) ? Effect.succeed(0) : finalizeSale(id, terms.now, answers)), fail)) ?? 0
        }
        return { issued, failures: [...failures.values()] }
      })

      return FinalizationRuns.of({ finalize })
    })
  )
}
