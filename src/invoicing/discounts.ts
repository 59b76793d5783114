/** Coupons on documents that become final: taken before their figures are made, kept once the documents are stored (invoicing.md 16). */
import { Context, type DateTime, Effect, Layer } from "effect"
import { type CurrentOrganization, Ids, type StorageError } from "../core/index.js"
import { CouponStore, type CouponUse } from "../credits/index.js"
import { type CouponTaken, type Discountable, type Discounted, discountAll } from "./discounting.js"

/** A stored document, and what it took of its customer's coupons. */
export interface DiscountedInvoice {
  readonly invoice_id: string
  readonly coupons: ReadonlyArray<CouponTaken>
}

/** Takes and keeps uses of coupons inside the transaction that the caller opened. */
export class Discounts extends Context.Tag("billwright/Discounts")<
  Discounts,
  {
    /**
     * The lines of documents with what their customers' coupons take off them, in the order given; null for what coupons leave
     * alone (drafts, other types). The applications are locked, so that no two documents use the same one up; their new states are stored. What a document took is kept by
     * `keep`, in the same transaction, once the document is stored.
     *
     * @see decisions I1, I9
     */
    readonly take: (
      documents: ReadonlyArray<Discountable | null>,
      now: DateTime.Utc
    ) => Effect.Effect<ReadonlyArray<Discounted | null>, StorageError, CurrentOrganization>
    readonly keep: (documents: ReadonlyArray<DiscountedInvoice>, now: DateTime.Utc) => Effect.Effect<void, StorageError>
  }
>() {
  static readonly layer: Layer.Layer<Discounts, never, CouponStore | Ids> = Layer.effect(
    Discounts,
    Effect.gen(function* () {
      const store = yield* CouponStore
      const ids = yield* Ids

      const take = Effect.fn("Discounts.take")(function* (documents: ReadonlyArray<Discountable | null>, now: DateTime.Utc) {
        const customer_ids = [...new Set(documents.flatMap((document) => document?.customer_id ?? []))]
        const discounted = discountAll(documents, yield* store.lockActive(customer_ids), now)
        yield* store.saveApplied(discounted.applications)
        return discounted.documents
      })

      const keep = Effect.fn("Discounts.keep")(function* (documents: ReadonlyArray<DiscountedInvoice>, now: DateTime.Utc) {
        const taken = documents.flatMap(({ coupons, invoice_id }) => coupons.map((coupon) => ({ ...coupon, invoice_id })))
        const fresh = yield* ids.many(taken.length)
        yield* store.insertUses(
          taken.map((one, index): CouponUse => ({ ...one, id: fresh[index]!, returned_at: null, created_at: now, updated_at: now }))
        )
      })

      return Discounts.of({ take, keep })
    })
  )
}
