/** The service of payment requests: by hand, for one customer or for all that are overdue. Dunning makes them by itself. */
import { Context, DateTime, Effect, Layer } from "effect"
import { CustomerNotFound, CustomerStore } from "../../accounts/index.js"
import {
  type BulkResultOf,
  CurrencyMismatch,
  type CurrentOrganization,
  decodeInput,
  type InvalidInput,
  InvalidTransition,
  isUuid,
  type Page,
  pageOf,
  pageRequest,
  type StorageError,
  Transactor
} from "../../core/index.js"
import { CustomerMismatch } from "../../credits/index.js"
import { type InvoiceDue, InvoiceNotFound, InvoiceStore } from "../../invoicing/index.js"
import { type OverdueGroup, overdueGroups } from "../dunning/overdue.js"
import { DunningCampaignStore } from "../dunning/store.js"
import { InvoiceAlreadyRequested, NothingDue, PaymentInProgress, PaymentRequestNotFound } from "../errors.js"
import { type CollectionOptions, collectionTerms } from "../runs.js"
import { Attempts } from "./attempts.js"
import { RequestChanges } from "./changes.js"
import { Creations } from "./creations.js"
import {
  CreateRequest,
  type CreateRequestInput,
  ListRequests,
  type ListRequestsInput,
  type PaymentRequest,
  type RequestStep,
  type RequestWithInvoices
} from "./request.js"
import { givenUp } from "./request-state.js"
import { PaymentRequestStore } from "./store.js"

const decodeCreate = decodeInput(CreateRequest)
const decodeList = decodeInput(ListRequests)

type Call<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

type NotRequestable = InvoiceNotFound | CustomerMismatch | CurrencyMismatch | InvalidTransition | NothingDue | InvoiceAlreadyRequested

/** What became of what is overdue, by customer and currency. */
export type OverdueRequests = BulkResultOf<"request", RequestWithInvoices, InvoiceAlreadyRequested>

export interface PaymentRequestsShape {
  /**
   * Asks a customer for several invoices at once: final ones of one currency with something due, none in a pending request.
   * Nothing is charged yet.
   *
   * Fails with `InvalidInput`, `CustomerNotFound`, `InvoiceNotFound`, `CustomerMismatch`, `CurrencyMismatch`,
   * `InvalidTransition`, `NothingDue`, `InvoiceAlreadyRequested`.
   */
  readonly create: (input: CreateRequestInput) => Call<RequestWithInvoices, InvalidInput | CustomerNotFound | NotRequestable>
  /**
   * Asks for all that is overdue: one request for each customer and currency over what is in no pending request, with no attempt
   * yet. Answers for each of them the request that was made (`id` is the customer's), or `InvoiceAlreadyRequested` where all is
   * asked for. Fails with `InvalidInput`; what was made before a failure stays.
   */
  readonly createOverdue: (options?: CollectionOptions) => Call<OverdueRequests, InvalidInput>
  /**
   * Makes an attempt over what is then due; the charge itself is made by `collectDue`.
   *
   * Fails with `PaymentRequestNotFound`, `InvalidTransition` where it is over, `PaymentInProgress` while an attempt, or another
   * payment of one of its invoices, is under way.
   */
  readonly attempt: (id: string) => Call<PaymentRequest, PaymentRequestNotFound | InvalidTransition | PaymentInProgress>
  /** Gives it up. Fails like `attempt`. */
  readonly fail: (id: string) => Call<PaymentRequest, PaymentRequestNotFound | InvalidTransition | PaymentInProgress>
  /** Fails with `PaymentRequestNotFound`. */
  readonly get: (id: string) => Call<RequestWithInvoices, PaymentRequestNotFound>
  readonly list: (input?: ListRequestsInput) => Call<Page<PaymentRequest>, InvalidInput>
  /** What happened to it, oldest first. Fails with `PaymentRequestNotFound`. */
  readonly history: (id: string) => Call<ReadonlyArray<RequestStep>, PaymentRequestNotFound>
}

export class PaymentRequests extends Context.Tag("billwright/PaymentRequests")<PaymentRequests, PaymentRequestsShape>() {
  static readonly layer: Layer.Layer<
    PaymentRequests,
    never,
    PaymentRequestStore | DunningCampaignStore | InvoiceStore | CustomerStore | Creations | Attempts | RequestChanges | Transactor
  > = Layer.effect(
    PaymentRequests,
    Effect.gen(function* () {
      const store = yield* PaymentRequestStore
      const campaigns = yield* DunningCampaignStore
      const invoices = yield* InvoiceStore
      const customers = yield* CustomerStore
      const creations = yield* Creations
      const attempts = yield* Attempts
      const changes = yield* RequestChanges
      const { transaction } = yield* Transactor

      const find = Effect.fnUntraced(function* (id: string) {
        const found = isUuid(id) ? yield* store.find(id) : undefined
        return found ?? (yield* new PaymentRequestNotFound({ id }))
      })

      const withInvoices = Effect.fnUntraced(function* (request: PaymentRequest) {
        const links = yield* store.invoicesOf([request.id])
        return { request, invoice_ids: links.map((link) => link.invoice_id) }
      })

      /** Why an invoice cannot be asked for together with the first one. */
      const unfit = (invoice: InvoiceDue, customer_id: string, first: InvoiceDue, pending: ReadonlySet<string>) => {
        const { currency, due_cents, id, status } = invoice
        if (invoice.customer_id !== customer_id) return new CustomerMismatch({ expected: customer_id, given: invoice.customer_id })
        if (status === "draft" || status === "voided") {
          return new InvalidTransition({ entity: "Invoice", id, from: status, action: "request" })
        }
        if (due_cents === 0n) return new NothingDue({ invoice_id: id })
        if (currency !== first.currency) return new CurrencyMismatch({ expected: first.currency, given: currency })
        return pending.has(id) ? new InvoiceAlreadyRequested({ invoice_id: id }) : undefined
      }

      /** A request that is pending and has no attempt under way, locked after its invoices. */
      const idle = Effect.fnUntraced(function* (id: string, action: string) {
        const { invoice_ids } = yield* withInvoices(yield* find(id))
        yield* invoices.lockDue(invoice_ids)
        const [request] = yield* store.lock([id])
        if (request!.payment_status !== "pending") {
          return yield* new InvalidTransition({ entity: "PaymentRequest", id, from: request!.payment_status, action })
        }
        if (!request!.ready_for_payment_processing) return yield* new PaymentInProgress({ invoice_id: invoice_ids[0]! })
        return { request: request!, invoice_ids }
      })

      const overdueBatch = Effect.fnUntraced(function* (now: DateTime.Utc, customer_ids: ReadonlyArray<string>) {
        const found = yield* campaigns.invoicesInArrears(customer_ids, now, "at all")
        const dues = yield* invoices.lockDue(found)
        const links = yield* store.withInvoices(found)
        const pending = new Set(links.filter((link) => link.payment_status === "pending").map((link) => link.invoice_id))
        const groups = overdueGroups(dues, now, () => true).map((group) => ({
          ...group,
          dunning_campaign_id: null,
          first: group.invoices[0]!,
          invoices: group.invoices.filter(({ id }) => !pending.has(id))
        }))
        const isNew = ({ invoices }: OverdueGroup) => invoices.length > 0
        const made = (yield* creations.make(groups.filter(isNew), now))[Symbol.iterator]()
        return groups.map((group): OverdueRequests["items"][number] =>
          isNew(group)
            ? { id: group.customer_id, ok: true, request: made.next().value as RequestWithInvoices }
            : { id: group.customer_id, ok: false, error: new InvoiceAlreadyRequested({ invoice_id: group.first.id }) }
        )
      })

      return PaymentRequests.of({
        create: Effect.fn("PaymentRequests.create")(function* (input) {
          const given = yield* decodeCreate(input)
          const now = yield* DateTime.now
          return yield* transaction(
            Effect.gen(function* () {
              const customer = yield* customers.find({ external_id: given.external_customer_id })
              if (customer === undefined) return yield* new CustomerNotFound({ id: given.external_customer_id })
              const wanted = [...new Set(given.invoice_ids)]
              const dues = new Map((yield* invoices.lockDue(wanted.filter(isUuid))).map((due) => [due.id as string, due]))
              const missing = wanted.find((id) => !dues.has(id))
              if (missing !== undefined) return yield* new InvoiceNotFound({ id: missing })
              const links = yield* store.withInvoices(wanted)
              const pending = new Set(links.filter((link) => link.payment_status === "pending").map((link) => link.invoice_id))
              const asked = wanted.map((id) => dues.get(id)!)
              for (const invoice of asked) {
                const reason = unfit(invoice, customer.id, asked[0]!, pending)
                if (reason !== undefined) return yield* reason
              }
              const { currency, organization_id } = asked[0]!
              const group = { organization_id, customer_id: customer.id, currency, invoices: asked, dunning_campaign_id: null }
              const [made] = yield* creations.make([group], now)
              return made!
            })
          )
        }),

        createOverdue: Effect.fn("PaymentRequests.createOverdue")(function* (options = {}) {
          const { now, size } = yield* collectionTerms(options)
          const items: Array<OverdueRequests["items"][number]> = []
          let after: string | null = null
          while (true) {
            const customer_ids: ReadonlyArray<string> = yield* campaigns.customersInArrears(now, after, size)
            if (customer_ids.length === 0) {
              const succeeded = items.filter(({ ok }) => ok).length
              return { items, succeeded, failed: items.length - succeeded }
            }
            items.push(...(yield* transaction(overdueBatch(now, customer_ids))))
            after = customer_ids[customer_ids.length - 1]!
          }
        }),

        attempt: Effect.fn("PaymentRequests.attempt")(function* (id) {
          const now = yield* DateTime.now
          return yield* transaction(
            Effect.gen(function* () {
              const { invoice_ids } = yield* idle(id, "attempt")
              const [tried] = yield* attempts.make([id], yield* campaigns.all, () => true, now)
              return tried ?? (yield* new PaymentInProgress({ invoice_id: invoice_ids[0]! }))
            })
          )
        }),

        fail: Effect.fn("PaymentRequests.fail")(function* (id) {
          const now = yield* DateTime.now
          return yield* transaction(
            Effect.gen(function* () {
              const change = givenUp((yield* idle(id, "fail")).request, now)
              yield* changes.write([change])
              return change.request
            })
          )
        }),

        get: Effect.fn("PaymentRequests.get")((id) => Effect.flatMap(find(id), withInvoices)),

        list: Effect.fn("PaymentRequests.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at"])
          return pageOf(request, yield* store.page(given, request))
        }),

        history: Effect.fn("PaymentRequests.history")(function* (id) {
          return yield* store.steps([(yield* find(id)).id])
        })
      })
    })
  )
}
