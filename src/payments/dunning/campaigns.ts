/** The service of dunning campaigns, and what can be read of them. */
import { Array as Arr, Context, DateTime, Effect, Either, Layer, Schema } from "effect"
import {
  byId,
  type CodeTaken,
  CurrentOrganization,
  currencyOf,
  decodeInput,
  Ids,
  type InvalidInput,
  named,
  type Page,
  type PageInput,
  pageFields,
  pageOf,
  pageRequest,
  StillReferenced,
  type StorageError,
  Transactor,
  type UnknownCurrency
} from "../../core/index.js"
import { DunningCampaignNotFound } from "../errors.js"
import { ListRequests, type PaymentRequest, type RequestStep } from "../requests/request.js"
import { PaymentRequestStore } from "../requests/store.js"
import {
  type CampaignThreshold,
  CreateCampaign,
  type CreateCampaignInput,
  type DunningCampaign,
  DunningCampaignId,
  ListCampaigns,
  type ListCampaignsInput,
  UpdateCampaign,
  type UpdateCampaignInput
} from "./campaign.js"
import { type DunningStatistics, statisticsOf } from "./statistics.js"
import { DunningCampaignStore } from "./store.js"

const decodeCreate = decodeInput(CreateCampaign)
const decodeUpdate = decodeInput(UpdateCampaign)
const decodeList = decodeInput(ListCampaigns)
const Executions = ListRequests.omit("dunning_campaign_id")
export type ExecutionsInput = typeof Executions.Encoded
const decodePage = decodeInput(Executions)
const decodeTimeline = decodeInput(Schema.Struct(pageFields))

type Call<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

/** A request of a campaign with what it asks for and what happened to it, oldest first. */
export interface Execution {
  readonly request: PaymentRequest
  readonly invoice_ids: ReadonlyArray<string>
  readonly steps: ReadonlyArray<RequestStep>
}

export interface DunningCampaignsShape {
  /** Fails with `InvalidInput`, `UnknownCurrency`, `CodeTaken`. */
  readonly create: (input: CreateCampaignInput) => Call<DunningCampaign, InvalidInput | UnknownCurrency | CodeTaken>
  /** Fails with `DunningCampaignNotFound`. */
  readonly get: (id: string) => Call<DunningCampaign, DunningCampaignNotFound>
  readonly list: (input?: ListCampaignsInput) => Call<Page<DunningCampaign>, InvalidInput>
  /**
   * What is left out stays; thresholds are replaced as a whole. An inactive one makes no new requests, its pending ones go on.
   *
   * Fails with `InvalidInput`, `UnknownCurrency`, `DunningCampaignNotFound`, `CodeTaken`.
   */
  readonly update: (
    id: string,
    input: UpdateCampaignInput
  ) => Call<DunningCampaign, InvalidInput | UnknownCurrency | DunningCampaignNotFound | CodeTaken>
  /** Fails with `DunningCampaignNotFound`, `StillReferenced` where it has requests. */
  readonly delete: (id: string) => Call<void, DunningCampaignNotFound | StillReferenced>
  /** Requests by status, recovery rate and amounts: of one campaign, or of all. Fails with `DunningCampaignNotFound`. */
  readonly statistics: (id?: string) => Call<DunningStatistics, DunningCampaignNotFound>
  /** Its requests with their invoices and steps, newest first. Fails with `InvalidInput`, `DunningCampaignNotFound`. */
  readonly executions: (id: string, input?: ExecutionsInput) => Call<Page<Execution>, InvalidInput | DunningCampaignNotFound>
  /** Everything that happened in it, in order of time unless ordered otherwise. Fails with `InvalidInput`, `DunningCampaignNotFound`. */
  readonly timeline: (id: string, input?: PageInput) => Call<Page<RequestStep>, InvalidInput | DunningCampaignNotFound>
}

const currenciesOf = (thresholds: ReadonlyArray<{ readonly currency: string; readonly amount_cents: bigint }>) =>
  Either.all(
    thresholds.map(({ amount_cents, currency }) => Either.map(currencyOf(currency), ({ code }) => ({ amount_cents, currency: code })))
  )

export class DunningCampaigns extends Context.Tag("billwright/DunningCampaigns")<DunningCampaigns, DunningCampaignsShape>() {
  static readonly layer: Layer.Layer<DunningCampaigns, never, DunningCampaignStore | PaymentRequestStore | Transactor | Ids> = Layer.effect(
    DunningCampaigns,
    Effect.gen(function* () {
      const store = yield* DunningCampaignStore
      const requests = yield* PaymentRequestStore
      const { snapshot, transaction } = yield* Transactor
      const ids = yield* Ids

      const by = byId((id) => new DunningCampaignNotFound({ id }))
      const find = by(store.find)

      const withIds = (thresholds: ReadonlyArray<Omit<CampaignThreshold, "id">>) =>
        Effect.map(ids.many(thresholds.length), (fresh) => thresholds.map((threshold, index) => ({ ...threshold, id: fresh[index]! })))

      return DunningCampaigns.of({
        create: Effect.fn("DunningCampaigns.create")(function* (input) {
          const given = yield* decodeCreate(input)
          const thresholds = yield* currenciesOf(given.thresholds)
          const now = yield* DateTime.now
          const campaign: DunningCampaign = {
            ...given,
            id: DunningCampaignId.make(yield* ids.next),
            organization_id: yield* CurrentOrganization,
            thresholds: yield* withIds(thresholds),
            created_at: now,
            updated_at: now
          }
          yield* transaction(store.insert(campaign))
          return campaign
        }),

        get: Effect.fn("DunningCampaigns.get")(find),

        list: Effect.fn("DunningCampaigns.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at", "code", "name"])
          return pageOf(request, yield* store.page(given, request))
        }),

        update: Effect.fn("DunningCampaigns.update")(function* (id, input) {
          const { thresholds, ...given } = yield* decodeUpdate(input)
          const replaced = thresholds === undefined ? undefined : yield* currenciesOf(thresholds)
          return yield* transaction(
            Effect.gen(function* () {
              const before = yield* by(store.lock)(id)
              const after: DunningCampaign = {
                ...before,
                ...named(given),
                thresholds: replaced === undefined ? before.thresholds : yield* withIds(replaced),
                updated_at: yield* DateTime.now
              }
              yield* store.save(after)
              return after
            })
          )
        }),

        delete: Effect.fn("DunningCampaigns.delete")((id) =>
          transaction(
            Effect.gen(function* () {
              yield* by(store.lock)(id)
              const count = (yield* store.sums(id)).reduce((sum, row) => sum + row.requests, 0)
              if (count > 0) return yield* new StillReferenced({ by: "payment requests", count })
              yield* store.remove(id)
            })
          )
        ),

        statistics: Effect.fn("DunningCampaigns.statistics")((id) =>
          snapshot(
            Effect.gen(function* () {
              const campaigns = id === undefined ? yield* store.all : [yield* find(id)]
              return statisticsOf(campaigns, yield* store.sums(id ?? null))
            })
          )
        ),

        executions: Effect.fn("DunningCampaigns.executions")(function* (id, input = {}) {
          const given = yield* decodePage(input)
          const request = yield* pageRequest(given, ["created_at"])
          return yield* snapshot(
            Effect.gen(function* () {
              yield* find(id)
              const page = pageOf(request, yield* requests.page({ ...given, dunning_campaign_id: id }, request))
              const request_ids = page.items.map((row) => row.id)
              const invoices = Arr.groupBy(yield* requests.invoicesOf(request_ids), (link) => link.payment_request_id)
              const steps = Arr.groupBy(yield* requests.steps(request_ids), (step) => step.payment_request_id)
              return {
                ...page,
                items: page.items.map((row) => ({
                  request: row,
                  invoice_ids: (invoices[row.id] ?? []).map((link) => link.invoice_id),
                  steps: steps[row.id] ?? []
                }))
              }
            })
          )
        }),

        timeline: Effect.fn("DunningCampaigns.timeline")(function* (id, input = {}) {
          const given = yield* decodeTimeline(input)
          const request = yield* pageRequest({ order_by: "created_at:asc", ...given }, ["created_at"])
          return yield* snapshot(
            Effect.gen(function* () {
              yield* find(id)
              return pageOf(request, yield* requests.stepsOfCampaign(id, request))
            })
          )
        })
      })
    })
  )
}
