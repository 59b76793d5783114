/** What customers owe for usage that no invoice bills yet, and by drafts: what the ongoing balance of their wallets is lowered by (invoicing.md 18). */
import { type DateTime, Effect, Either, Layer } from "effect"
import { CreditNoteStore, OpenAmounts } from "../credits/index.js"
import { Rating } from "../rating/index.js"
import { isOver, SubscriptionStore } from "../subscriptions/index.js"
import { assemble } from "./assemble.js"
import { Batches } from "./batch.js"
import { chargeFeeLine } from "./charge-fee.js"
import { billedAhead } from "./progressive-fees.js"
import { runningAt } from "./running.js"
import { InvoiceStore } from "./store.js"

const keyOf = (customer_id: string, currency: string): string => `${customer_id} ${currency}`

export const openAmountsLayer: Layer.Layer<OpenAmounts, never, SubscriptionStore | Batches | Rating | InvoiceStore | CreditNoteStore> =
  Layer.effect(
    OpenAmounts,
    Effect.gen(function* () {
      const subscriptions = yield* SubscriptionStore
      const batches = yield* Batches
      const rating = yield* Rating
      const invoices = yield* InvoiceStore
      const ahead = billedAhead(invoices, yield* CreditNoteStore)

      /** Running windows as invoices would bill their usage now: with tax, less what progressive invoices bill. A charge that cannot be rated counts nothing. */
      const unbilled = Effect.fnUntraced(function* (customer_ids: ReadonlyArray<string>, now: DateTime.Utc) {
        const rows = (yield* subscriptions.ofCustomers(customer_ids)).filter((row) => !isOver(row))
        if (rows.length === 0) return []
        // The database keeps a plan that a subscription refers to.
        const batch = yield* Effect.catchTag(batches.load(rows), "PlanNotFound", Effect.die)
        const running = rows.flatMap((row) => runningAt(row, batch, now) ?? [])
        const rated = yield* rating.rateWindows(
          running.map(({ window }) => window),
          { minimum_spend: false }
        )
        const billed = yield* ahead(running.map(({ row, usage }) => ({ subscription_id: row.id, from: usage.from, to: usage.to })))
        return running.map(({ row, terms, usage }, index) => {
          const lines = Either.getOrElse(rated[index]!, () => []).map((line) => chargeFeeLine(line, row, usage, batch, row.plan_id))
          const credited = billed.credit({ subscription_id: row.id, from: usage.from }, lines)
          const { total_cents } = assemble(credited.lines, batch.issuerOf(row).rounding_mode)
          return { customer_id: row.customer_id, currency: terms.plan.currency as string, total_cents }
        })
      })

      return OpenAmounts.of({
        load: Effect.fn("OpenAmounts.load")(function* (customer_ids, now) {
          if (customer_ids.length === 0) return () => 0n
          const amounts = new Map<string, bigint>()
          for (const { currency, customer_id, total_cents } of [
            ...(yield* unbilled(customer_ids, now)),
            ...(yield* invoices.draftTotals(customer_ids))
          ]) {
            const key = keyOf(customer_id, currency)
            amounts.set(key, (amounts.get(key) ?? 0n) + total_cents)
          }
          return (customer_id: string, currency: string) => amounts.get(keyOf(customer_id, currency)) ?? 0n
        })
      })
    })
  )
