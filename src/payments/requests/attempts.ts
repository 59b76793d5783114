/** Attempts of payment requests: each charges the default method over what is then due, or is noted as one that could not. */
import { Array as Arr, Context, type DateTime, Effect, Layer } from "effect"
import { CustomerStore } from "../../accounts/index.js"
import { type CurrentOrganization, Ids, type StorageError, sumOf } from "../../core/index.js"
import { type InvoiceDue, InvoiceStore } from "../../invoicing/index.js"
import type { DunningCampaign } from "../dunning/campaign.js"
import { PaymentReminderStore, reminderOf } from "../dunning/reminder.js"
import { type Intent, Intents } from "../intents.js"
import { PaymentMethodStore, PaymentStore } from "../store.js"
import { RequestChanges } from "./changes.js"
import type { PaymentRequest } from "./request.js"
import { askedFor, attempted, attemptFailed, finished, type RequestChange } from "./request-state.js"
import { PaymentRequestStore } from "./store.js"

/** A request with all its invoices, locked, none of which has a payment under way. */
export interface Asking {
  readonly request: PaymentRequest
  readonly invoices: ReadonlyArray<InvoiceDue>
}

/** What an attempt came to, before any provider was called. */
interface Tried {
  readonly changes: ReadonlyArray<RequestChange>
  readonly intent: Intent | null
}

/** Pure: what a request does now. `max_attempts` null: of no campaign. */
const tryRequest = (
  request: PaymentRequest,
  invoices: ReadonlyArray<InvoiceDue>,
  method: Intent["method"] | undefined,
  max_attempts: number | null,
  now: DateTime.Utc
): Tried => {
  const open = askedFor(invoices)
  if (open.length === 0) return { changes: [finished(request, invoices, now)], intent: null }
  const begun = attempted(
    request,
    sumOf(open, ({ due_cents }) => due_cents),
    now
  )
  if (method === undefined) {
    return { changes: [begun, attemptFailed(begun.request, max_attempts, "no payment method", now)], intent: null }
  }
  const { amount_currency: currency, customer_id, id, organization_id, payment_attempts: attempt } = begun.request
  return { changes: [begun], intent: { organization_id, customer_id, currency, method, invoices: open, request: { id, attempt } } }
}

export class Attempts extends Context.Tag("billwright/Attempts")<
  Attempts,
  {
    /**
     * Tries those of the requests that are pending, ready, and `due` once they are locked; one with a payment under way waits.
     * Inside the transaction that the caller opened. Answers the requests that were tried.
     */
    readonly make: (
      ids: ReadonlyArray<string>,
      campaigns: ReadonlyArray<DunningCampaign>,
      due: (request: PaymentRequest) => boolean,
      now: DateTime.Utc
    ) => Effect.Effect<ReadonlyArray<PaymentRequest>, StorageError, CurrentOrganization>
    /** Tries requests that were made in this transaction; of no two with an invoice in common. Answers them in order. */
    readonly first: (
      asking: ReadonlyArray<Asking>,
      campaigns: ReadonlyArray<DunningCampaign>,
      now: DateTime.Utc
    ) => Effect.Effect<ReadonlyArray<PaymentRequest>, StorageError, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<
    Attempts,
    never,
    | PaymentRequestStore
    | RequestChanges
    | PaymentStore
    | PaymentMethodStore
    | PaymentReminderStore
    | CustomerStore
    | InvoiceStore
    | Intents
    | Ids
  > = Layer.effect(
    Attempts,
    Effect.gen(function* () {
      const requests = yield* PaymentRequestStore
      const changes = yield* RequestChanges
      const payments = yield* PaymentStore
      const methods = yield* PaymentMethodStore
      const reminders = yield* PaymentReminderStore
      const customers = yield* CustomerStore
      const invoices = yield* InvoiceStore
      const intents = yield* Intents
      const ids = yield* Ids

      /** One for each attempt of a campaign whose customer has an address. */
      const remind = Effect.fnUntraced(function* (
        tried: ReadonlyArray<PaymentRequest>,
        campaignOf: ReadonlyMap<string, DunningCampaign>,
        now: DateTime.Utc
      ) {
        const ofCampaigns = tried.filter(({ dunning_campaign_id }) => dunning_campaign_id !== null)
        if (ofCampaigns.length === 0) return
        const known = new Map(
          (yield* customers.load([...new Set(ofCampaigns.map(({ customer_id }) => customer_id))])).map((customer) => [
            customer.id as string,
            customer
          ])
        )
        const fresh = yield* ids.many(ofCampaigns.length)
        yield* reminders.insert(
          ofCampaigns.flatMap((request, index) => {
            const email = known.get(request.customer_id)?.email ?? null
            return email === null ? [] : [reminderOf(request, email, campaignOf.get(request.dunning_campaign_id!)!, fresh[index]!, now)]
          })
        )
      })

      const first = Effect.fn("Attempts.first")(function* (
        asking: ReadonlyArray<Asking>,
        campaigns: ReadonlyArray<DunningCampaign>,
        now: DateTime.Utc
      ) {
        if (asking.length === 0) return []
        const defaults = yield* methods.defaults([...new Set(asking.map(({ request }) => request.customer_id))])
        const methodOf = new Map(defaults.map((method) => [method.customer_id, method]))
        const campaignOf = new Map(campaigns.map((campaign) => [campaign.id as string, campaign]))
        const tried = asking.map(({ invoices, request }): Tried => {
          const max_attempts = campaignOf.get(request.dunning_campaign_id ?? "")?.max_attempts ?? null
          return tryRequest(request, invoices, methodOf.get(request.customer_id), max_attempts, now)
        })
        yield* changes.write(tried.flatMap((one) => one.changes))
        yield* intents.keep(
          tried.flatMap(({ intent }) => intent ?? []),
          now
        )
        const after = tried.map((one) => one.changes.at(-1)!.request)
        const asked = tried.filter((one) => one.changes[0]!.step.action === "attempted").map((one) => one.changes.at(-1)!.request)
        yield* remind(asked, campaignOf, now)
        return after
      })

      const make = Effect.fn("Attempts.make")(function* (
        wanted: ReadonlyArray<string>,
        campaigns: ReadonlyArray<DunningCampaign>,
        due: (request: PaymentRequest) => boolean,
        now: DateTime.Utc
      ) {
        if (wanted.length === 0) return []
        const links = yield* requests.invoicesOf(wanted)
        const invoice_ids = [...new Set(links.map((link) => link.invoice_id))]
        const dues = new Map((yield* invoices.lockDue(invoice_ids)).map((one) => [one.id as string, one]))
        const linksOf = Arr.groupBy(links, (link) => link.payment_request_id)
        const underWay = new Set((yield* payments.underWay(invoice_ids)).map((payment) => payment.invoice_id))
        const rows = (yield* requests.lock(wanted)).filter(
          (request) =>
            request.payment_status === "pending" &&
            request.ready_for_payment_processing &&
            due(request) &&
            !(linksOf[request.id] ?? []).some((link) => underWay.has(link.invoice_id))
        )
        // Of two requests with an invoice in common the older one asks for it.
        const taken = new Set<string>()
        const asking = rows.flatMap((request): ReadonlyArray<Asking> => {
          const own = (linksOf[request.id] ?? []).flatMap((link) => dues.get(link.invoice_id) ?? [])
          if (own.some(({ id }) => taken.has(id))) return []
          for (const { id } of own) taken.add(id)
          return [{ request, invoices: own }]
        })
        return yield* first(asking, campaigns, now)
      })

      return Attempts.of({ first, make })
    })
  )
}
