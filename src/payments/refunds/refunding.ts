/**
 * The job that has providers return money. Like a charge, a refund is claimed in one transaction, the provider is called outside of any, and what
 * it says is booked in another one; where that is cut off, the next run asks about its key before it calls again with the same one (M5, S4).
 */
import { Context, type DateTime, Effect, Either, Layer } from "effect"
import { type CurrentOrganization, type InvalidInput, type StorageError, Transactor } from "../../core/index.js"
import { InvoiceStore } from "../../invoicing/index.js"
import { answered, CONCURRENCY, keyIsOver } from "../calls.js"
import { calledNow } from "../charge.js"
import { isUndecided, ProviderFailed, type ProviderUnsupported } from "../errors.js"
import { providerLookup } from "../own-providers.js"
import type { Payment } from "../payment.js"
import type { PaymentProvider, RefundCall, RefundOutcome } from "../provider.js"
import { type CollectionOptions, collectionTerms } from "../runs.js"
import { PaymentChargeStore, PaymentStore } from "../store.js"
import { RefundBookings } from "./bookings.js"
import type { PaymentRefund } from "./refund.js"
import { PaymentRefundStore } from "./store.js"

/** What a refund run did: calls by what they came to; `unknown` ones are asked about again later. */
export interface RefundRun {
  readonly refunds: number
  readonly succeeded: number
  readonly failed: number
  readonly pending: number
  readonly unknown: number
}

interface ClaimedRefund {
  readonly refund: PaymentRefund
  readonly payment: Payment
  /** When it was charged: it is returned on the account of then. */
  readonly charged_at: DateTime.Utc
  /** Whether the provider may know it already. */
  readonly asked_before: boolean
}

const refused = (failure_reason: string): RefundOutcome => ({ status: "failed", provider_refund_id: null, failure_reason })

/** A refusal is an outcome; a call of which nothing is known stays open. */
const returning = (provider: PaymentProvider, call: RefundCall): Effect.Effect<RefundOutcome, ProviderFailed> =>
  answered(provider, provider.refund(call)).pipe(
    Effect.catchAll((error: ProviderFailed | ProviderUnsupported) =>
      error._tag === "ProviderFailed" && isUndecided(error)
        ? Effect.fail(error)
        : Effect.succeed(refused(error._tag === "ProviderFailed" ? error.code : error.message))
    )
  )

export class Refunding extends Context.Tag("billwright/Refunding")<
  Refunding,
  {
    /**
     * Has every refund returned that is due, and asks about those without an outcome. Not inside a transaction of the host:
     * providers are called here. A refund whose provider fails stays for a later run.
     */
    readonly refundDue: (options?: CollectionOptions) => Effect.Effect<RefundRun, InvalidInput | StorageError, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<
    Refunding,
    never,
    PaymentRefundStore | PaymentStore | PaymentChargeStore | InvoiceStore | RefundBookings | Transactor
  > = Layer.effect(
    Refunding,
    Effect.gen(function* () {
      const refunds = yield* PaymentRefundStore
      const payments = yield* PaymentStore
      const charges = yield* PaymentChargeStore
      const invoices = yield* InvoiceStore
      const bookings = yield* RefundBookings
      const { transaction } = yield* Transactor
      const providers = yield* providerLookup

      /** Claims refunds for the calls to come; which are still due is looked at again under their invoices' locks. */
      const claim = Effect.fnUntraced(function* (now: DateTime.Utc, size: number) {
        const found = yield* refunds.due(now, size)
        if (found.length === 0) return null
        const payment_ids = (yield* refunds.load(found)).map(({ payment_id }) => payment_id)
        const known = new Map((yield* payments.load([...new Set(payment_ids)])).map((payment) => [payment.id as string, payment]))
        const charge_ids = [...known.values()].flatMap(({ payment_charge_id }) => payment_charge_id ?? [])
        const called = new Map((yield* charges.load(charge_ids)).map(({ called_at, id }) => [id as string, called_at]))
        yield* invoices.lockDue([...new Set([...known.values()].map(({ invoice_id }) => invoice_id))])
        const rows = (yield* refunds.load(found)).filter(({ due_at }) => due_at !== null && due_at.epochMillis <= now.epochMillis)
        const claimed = rows.map((row): ClaimedRefund => {
          const payment = known.get(row.payment_id)!
          const charged_at = called.get(payment.payment_charge_id ?? "") ?? payment.created_at
          return { refund: calledNow(row, now), payment, charged_at, asked_before: row.called_at !== null }
        })
        yield* refunds.save(claimed.map(({ refund }) => refund))
        return claimed
      })

      const callOf = ({ payment, refund }: ClaimedRefund) => ({
        key: refund.id,
        provider_payment_id: payment.provider_payment_id!,
        amount_cents: refund.amount_cents,
        currency: payment.currency,
        metadata: { organization_id: payment.organization_id, payment_id: payment.id, refund_id: refund.id }
      })

      /** What a provider says of a claimed refund; a failure where it says nothing that can be relied on. */
      const ask = Effect.fnUntraced(function* (claimed: ClaimedRefund, provider: PaymentProvider | undefined, now: DateTime.Utc) {
        const { asked_before, payment, refund } = claimed
        if (provider === undefined) {
          return asked_before
            ? yield* new ProviderFailed({ provider: payment.provider, code: "not_configured" })
            : refused(`${payment.provider} is not set up`)
        }
        const call = callOf(claimed)
        if (!asked_before) return yield* returning(provider, call)
        const known = yield* answered(provider, provider.findRefund(call)).pipe(
          Effect.catchTag("ProviderUnsupported", () => Effect.succeed("unsupported" as const))
        )
        // It cannot be asked: the same call again is the question, as long as its key is one.
        if (known === "unsupported" && keyIsOver(refund.called_at, now)) return refused("what became of it is not known")
        return known === null || known === "unsupported" ? yield* returning(provider, call) : known
      })

      const refundDue = Effect.fn("Refunding.refundDue")(function* (options: CollectionOptions = {}) {
        const { now, size } = yield* collectionTerms(options)
        const run = { refunds: 0, succeeded: 0, failed: 0, pending: 0, unknown: 0 }
        for (let claimed = yield* transaction(claim(now, size)); claimed !== null; claimed = yield* transaction(claim(now, size))) {
          const providerOf = yield* providers.toCall
          const answers = yield* Effect.forEach(
            claimed,
            (one) => Effect.either(ask(one, providerOf(one.payment.provider, one.charged_at), now)),
            {
              concurrency: CONCURRENCY
            }
          )
          const known = claimed.flatMap(({ refund }, index) => {
            const answer = answers[index]!
            return Either.isRight(answer) ? [{ refund_id: refund.id, outcome: answer.right }] : []
          })
          const booked = yield* transaction(bookings.book(known, now))
          run.refunds += claimed.length
          run.unknown += claimed.length - known.length
          for (const { refund } of booked) run[refund.status] += 1
        }
        return run
      })

      return Refunding.of({ refundDue })
    })
  )
}
