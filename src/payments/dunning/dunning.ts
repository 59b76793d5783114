/** The dunning run: a clock job that asks for what is overdue, and asks again until it is paid or the attempts are used up. */
import { Context, DateTime, Effect, Layer } from "effect"
import {
  type CurrentOrganization,
  type InvalidInput,
  isUuid,
  overlapped,
  rehearse,
  type StorageError,
  Transactor
} from "../../core/index.js"
import { InvoiceStore } from "../../invoicing/index.js"
import { Attempts } from "../requests/attempts.js"
import { RequestChanges } from "../requests/changes.js"
import { Creations } from "../requests/creations.js"
import type { PaymentRequest, RequestWithInvoices } from "../requests/request.js"
import { PaymentRequestStore } from "../requests/store.js"
import { type CollectionOptions, collectionTerms } from "../runs.js"
import { PaymentStore } from "../store.js"
import type { DunningCampaign } from "./campaign.js"
import { dueOf, type OverdueGroup, overdueGroups } from "./overdue.js"
import { type PaymentReminder, PaymentReminderStore } from "./reminder.js"
import { DunningCampaignStore } from "./store.js"

type Call<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

/** What a dunning run did. */
export interface DunningRun {
  /** Requests that were made, with their first attempt. */
  readonly requests: number
  /** Attempts, first ones included. */
  readonly attempts: number
  /** Requests that ended without a further attempt, since their invoices were paid otherwise. */
  readonly settled: number
}

/** What a run would do now. */
export interface DunningPreview {
  readonly created: ReadonlyArray<RequestWithInvoices>
  /** Those that wait for an attempt or its outcome, newest first; the first 1,000. */
  readonly pending: ReadonlyArray<PaymentRequest>
}

const DAY = 24 * 60 * 60 * 1000

/** The oldest active campaign with a threshold in the currency decides: its request is due from the threshold on. */
const campaignFor = (group: OverdueGroup, campaigns: ReadonlyArray<DunningCampaign>): DunningCampaign | undefined => {
  for (const campaign of campaigns) {
    const threshold = campaign.status === "active" ? campaign.thresholds.find(({ currency }) => currency === group.currency) : undefined
    if (threshold !== undefined) return dueOf(group) >= threshold.amount_cents ? campaign : undefined
  }
  return undefined
}

/** The latest instant of a last attempt after which the next one is due. */
const lastAt = ({ days_between_attempts }: DunningCampaign, now: DateTime.Utc): DateTime.Utc =>
  DateTime.subtract(now, { millis: days_between_attempts * DAY })

/** Whether the next attempt of a request is due by the campaign's terms. */
const isAttemptDue = (request: PaymentRequest, campaign: DunningCampaign, now: DateTime.Utc): boolean =>
  request.payment_attempts < campaign.max_attempts &&
  (request.last_attempt_at === null || DateTime.lessThanOrEqualTo(request.last_attempt_at, lastAt(campaign, now)))

export class Dunning extends Context.Tag("billwright/Dunning")<
  Dunning,
  {
    /**
     * Makes requests for what is overdue and was in none yet, each with its first attempt, then the attempts that are due. The
     * charges are made by `collectDue`. A second run at the same instant does nothing, two at once act once.
     */
    readonly run: (options?: CollectionOptions) => Call<DunningRun, InvalidInput>
    /** What a run would create now, by the run's own code, and what is pending; nothing is stored. */
    readonly preview: () => Call<DunningPreview, InvalidInput>
    /** Reminders of attempts that nobody has sent yet, oldest first, at most 1,000: for whoever sends mail. */
    readonly reminders: () => Call<ReadonlyArray<PaymentReminder>>
    /** They were sent; those that were sent already stay as they are. */
    readonly markSent: (reminder_ids: ReadonlyArray<string>) => Call<void>
  }
>() {
  static readonly layer: Layer.Layer<
    Dunning,
    never,
    | DunningCampaignStore
    | PaymentRequestStore
    | PaymentStore
    | PaymentReminderStore
    | InvoiceStore
    | Creations
    | Attempts
    | RequestChanges
    | Transactor
  > = Layer.effect(
    Dunning,
    Effect.gen(function* () {
      const campaigns = yield* DunningCampaignStore
      const requests = yield* PaymentRequestStore
      const payments = yield* PaymentStore
      const reminders = yield* PaymentReminderStore
      const invoices = yield* InvoiceStore
      const creations = yield* Creations
      const attempts = yield* Attempts
      const changes = yield* RequestChanges
      const transactor = yield* Transactor

      /** The requests of some customers, with their first attempts; everything is looked at again once the invoices are locked. */
      const createBatch = Effect.fnUntraced(function* (customer_ids: ReadonlyArray<string>, now: DateTime.Utc) {
        const known = yield* campaigns.all
        const found = yield* campaigns.invoicesInArrears(customer_ids, now, "never")
        const dues = yield* invoices.lockDue(found)
        const requested = new Set((yield* requests.withInvoices(found)).map((link) => link.invoice_id))
        const underWay = new Set((yield* payments.underWay(found)).map((payment) => payment.invoice_id))
        const pending = new Set(
          (yield* requests.pendingOf(customer_ids)).map(({ amount_currency, customer_id }) => `${customer_id} ${amount_currency}`)
        )
        const wanted = overdueGroups(dues, now, (invoice) => !requested.has(invoice.id)).flatMap((group) => {
          const campaign = campaignFor(group, known)
          // What is being paid is not asked for.
          const waits = pending.has(`${group.customer_id} ${group.currency}`) || group.invoices.some(({ id }) => underWay.has(id))
          return campaign === undefined || waits ? [] : [{ ...group, dunning_campaign_id: campaign.id }]
        })
        const made = yield* creations.make(wanted, now)
        const tried = yield* attempts.first(
          made.map(({ request }, index) => ({ request, invoices: wanted[index]!.invoices })),
          known,
          now
        )
        return made.map((one, index): RequestWithInvoices => ({ ...one, request: tried[index]! }))
      })

      const createAll = Effect.fnUntraced(function* (now: DateTime.Utc, size: number) {
        if (!(yield* campaigns.all).some(({ status }) => status === "active")) return []
        let after: string | null = null
        const next = Effect.gen(function* () {
          const customer_ids: ReadonlyArray<string> = yield* campaigns.customersInArrears(now, after, size)
          if (customer_ids.length === 0) return null
          after = customer_ids[customer_ids.length - 1]!
          return customer_ids
        })
        return (yield* overlapped(next, (customer_ids) => transactor.transaction(createBatch(customer_ids, now)))).flat()
      })

      const attemptAll = Effect.fnUntraced(function* (now: DateTime.Utc, size: number) {
        const known = yield* campaigns.all
        const campaignOf = new Map(known.map((campaign) => [campaign.id as string, campaign]))
        const terms = known.map((campaign) => ({
          dunning_campaign_id: campaign.id,
          max_attempts: campaign.max_attempts,
          last_at: lastAt(campaign, now)
        }))
        const due = (request: PaymentRequest) => {
          const campaign = campaignOf.get(request.dunning_campaign_id ?? "")
          return campaign !== undefined && isAttemptDue(request, campaign, now)
        }
        const run = { attempts: 0, settled: 0 }
        let after: string | null = null
        while (true) {
          const ids: ReadonlyArray<string> = yield* requests.attemptsDue(terms, after, size)
          if (ids.length === 0) return run
          for (const request of yield* transactor.transaction(attempts.make(ids, known, due, now))) {
            if (request.last_attempt_at?.epochMillis === now.epochMillis) run.attempts += 1
            else run.settled += 1
          }
          after = ids[ids.length - 1]!
        }
      })

      /** Requests whose invoices were paid otherwise, by a credit note for instance. */
      const settleOthers = Effect.fnUntraced(function* (now: DateTime.Utc, size: number) {
        let settled = 0
        while (true) {
          const ids = yield* requests.settledOtherwise(size)
          if (ids.length === 0) return settled
          const links = yield* requests.invoicesOf(ids)
          yield* transactor.transaction(
            changes.settle(
              [],
              links.map((link) => link.invoice_id),
              now
            )
          )
          settled += ids.length
        }
      })

      return Dunning.of({
        run: Effect.fn("Dunning.run")(function* (options = {}) {
          const { now, size } = yield* collectionTerms(options)
          const others = yield* settleOthers(now, size)
          const made = yield* createAll(now, size)
          const first = made.filter(({ request }) => request.payment_attempts > 0).length
          const again = yield* attemptAll(now, size)
          return { requests: made.length, attempts: first + again.attempts, settled: others + again.settled }
        }),

        preview: Effect.fn("Dunning.preview")(function* () {
          const { now, size } = yield* collectionTerms({})
          const order = { field: "created_at", direction: "desc" } as const
          const pending = yield* requests.page({ payment_status: "pending" }, { limit: 1000, order, after: null, total: false })
          return { created: yield* rehearse(transactor, createAll(now, size)), pending: pending.rows.slice(0, 1000) }
        }),

        reminders: Effect.fn("Dunning.reminders")(() => reminders.unsent(1000)),

        markSent: Effect.fn("Dunning.markSent")((reminder_ids) =>
          Effect.flatMap(DateTime.now, (now) => reminders.markSent(reminder_ids.filter(isUuid), now))
        )
      })
    })
  )
}
