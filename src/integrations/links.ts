/** The service of links: a customer's twin in a system, as somebody named it. */
import { Context, DateTime, Effect, Layer } from "effect"
import { CustomerNotFound, CustomerStore } from "../accounts/index.js"
import {
  byId,
  type CurrentOrganization,
  decodeInput,
  Ids,
  type InvalidInput,
  isUuid,
  named,
  type Page,
  pageOf,
  pageRequest,
  type StorageError,
  Transactor
} from "../core/index.js"
import { type AlreadyLinked, IntegrationLinkNotFound, IntegrationNotFound } from "./errors.js"
import {
  CreateLink,
  type CreateLinkInput,
  type IntegrationCustomer,
  ListLinks,
  type ListLinksInput,
  UpdateLink,
  type UpdateLinkInput
} from "./integration.js"
import { IntegrationStore, TwinStore } from "./store.js"

type Call<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

export interface IntegrationLinksShape {
  /**
   * Says which customer of the system a customer is: syncs change that one, and make none.
   *
   * Fails with `InvalidInput`, `IntegrationNotFound`, `CustomerNotFound`, `AlreadyLinked`.
   */
  readonly create: (
    integration_id: string,
    input: CreateLinkInput
  ) => Call<IntegrationCustomer, InvalidInput | IntegrationNotFound | CustomerNotFound | AlreadyLinked>
  /** Fails with `IntegrationLinkNotFound`. */
  readonly get: (id: string) => Call<IntegrationCustomer, IntegrationLinkNotFound>
  /** By integration and customer, newest first. Fails with `InvalidInput`. */
  readonly list: (input?: ListLinksInput) => Call<Page<IntegrationCustomer>, InvalidInput>
  /** What is left out stays. Fails with `InvalidInput`, `IntegrationLinkNotFound`. */
  readonly update: (id: string, input: UpdateLinkInput) => Call<IntegrationCustomer, InvalidInput | IntegrationLinkNotFound>
  /** Fails with `IntegrationLinkNotFound`. */
  readonly delete: (id: string) => Call<void, IntegrationLinkNotFound>
}

const decodeCreate = decodeInput(CreateLink)
const decodeUpdate = decodeInput(UpdateLink)
const decodeList = decodeInput(ListLinks)

export class IntegrationLinks extends Context.Tag("billwright/IntegrationLinks")<IntegrationLinks, IntegrationLinksShape>() {
  static readonly layer: Layer.Layer<IntegrationLinks, never, IntegrationStore | TwinStore | CustomerStore | Transactor | Ids> =
    Layer.effect(
      IntegrationLinks,
      Effect.gen(function* () {
        const integrations = yield* IntegrationStore
        const store = yield* TwinStore
        const customers = yield* CustomerStore
        const { transaction } = yield* Transactor
        const ids = yield* Ids

        const by = byId((id) => new IntegrationLinkNotFound({ id }))

        return IntegrationLinks.of({
          create: Effect.fn("IntegrationLinks.create")(function* (integration_id, input) {
            const given = yield* decodeCreate(input)
            const now = yield* DateTime.now
            const id = yield* ids.next
            return yield* transaction(
              Effect.gen(function* () {
                const integration = isUuid(integration_id) ? yield* integrations.lock(integration_id) : undefined
                if (integration === undefined) return yield* new IntegrationNotFound({ id: integration_id })
                const [customer] = isUuid(given.customer_id) ? yield* customers.load([given.customer_id]) : []
                if (customer === undefined) return yield* new CustomerNotFound({ id: given.customer_id })
                const link: IntegrationCustomer = {
                  ...given,
                  id,
                  customer_id: customer.id,
                  organization_id: integration.organization_id,
                  integration_id: integration.id,
                  created_at: now,
                  updated_at: now
                }
                yield* store.insertLink(link)
                return link
              })
            )
          }),

          get: Effect.fn("IntegrationLinks.get")(by(store.findLink)),

          list: Effect.fn("IntegrationLinks.list")(function* (input = {}) {
            const given = yield* decodeList(input)
            const request = yield* pageRequest(given, ["created_at", "external_customer_id"])
            // A malformed id names nothing.
            const known = [given.integration_id, given.customer_id].every((id) => id === undefined || isUuid(id))
            return pageOf(request, known ? yield* store.pageLinks(given, request) : { rows: [], total: 0 })
          }),

          update: Effect.fn("IntegrationLinks.update")(function* (id, input) {
            const given = yield* decodeUpdate(input)
            const now = yield* DateTime.now
            return yield* transaction(
              Effect.gen(function* () {
                const after: IntegrationCustomer = { ...(yield* by(store.lockLink)(id)), ...named(given), updated_at: now }
                yield* store.saveLink(after)
                return after
              })
            )
          }),

          delete: Effect.fn("IntegrationLinks.delete")((id) => transaction(Effect.zipRight(by(store.lockLink)(id), store.removeLink(id))))
        })
      })
    )
}
