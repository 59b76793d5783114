/** The service of customers. */
import { Context, DateTime, Effect, Layer, Schema } from "effect"
import {
  type CurrentOrganization,
  canName,
  currencyIfGiven,
  decodeInput,
  type ExternalIdTaken,
  Ids,
  Immutable,
  type InvalidInput,
  isStorable,
  isUuid,
  named,
  type Page,
  pageFields,
  pageOf,
  pageRequest,
  StillReferenced,
  type StorageError,
  Text,
  Transactor,
  type UnknownCurrency
} from "../core/index.js"
import { BillingEntities } from "./billing-entities.js"
import { BillingEntityId } from "./billing-entity.js"
import {
  CreateCustomer,
  type CreateCustomerInput,
  type Customer,
  CustomerId,
  UpdateCustomer,
  type UpdateCustomerInput
} from "./customer.js"
import { CustomerMoves } from "./customer-moves.js"
import { BillingEntityNotFound, CustomerNotFound, type OrganizationNotFound } from "./errors.js"
import { type Issuers, issuerOf } from "./issuer.js"
import { type CustomerRef, CustomerStore } from "./store.js"

const ListCustomers = Schema.Struct({
  ...pageFields,
  external_id: Schema.optional(Text.name(255)),
  billing_entity_id: Schema.optional(BillingEntityId)
})

/** What `Customers.list` takes: a page and its filters. Sorted by `created_at`, `name` or `external_id`. */
export type ListCustomersInput = typeof ListCustomers.Encoded

const decodeCreate = decodeInput(CreateCustomer)
const decodeUpdate = decodeInput(UpdateCustomer)
const decodeList = decodeInput(ListCustomers)

export interface CustomersShape {
  /**
   * Makes a customer. Currency and zone are the issuer's unless given.
   *
   * Fails with `InvalidInput`, `UnknownCurrency`, `ExternalIdTaken`, `BillingEntityNotFound`, `OrganizationNotFound`.
   */
  readonly create: (
    input: CreateCustomerInput
  ) => Effect.Effect<
    Customer,
    InvalidInput | UnknownCurrency | ExternalIdTaken | BillingEntityNotFound | OrganizationNotFound | StorageError,
    CurrentOrganization
  >
  /** By id or external id. Fails with `CustomerNotFound`. */
  readonly get: (ref: CustomerRef) => Effect.Effect<Customer, CustomerNotFound | StorageError, CurrentOrganization>
  readonly list: (input?: ListCustomersInput) => Effect.Effect<Page<Customer>, InvalidInput | StorageError, CurrentOrganization>
  /**
   * Changes a customer. A new currency is for later documents, a new zone moves boundaries from the next period on; the
   * external id is fixed once events or subscriptions name it.
   *
   * Fails with `InvalidInput`, `UnknownCurrency`, `CustomerNotFound`, `BillingEntityNotFound`, `ExternalIdTaken`, `Immutable`.
   */
  readonly update: (
    ref: CustomerRef,
    input: UpdateCustomerInput
  ) => Effect.Effect<
    Customer,
    | InvalidInput
    | UnknownCurrency
    | CustomerNotFound
    | BillingEntityNotFound
    | OrganizationNotFound
    | ExternalIdTaken
    | Immutable
    | StorageError,
    CurrentOrganization
  >
  /**
   * Deletes a customer that nothing was ever billed to. What it said about mails and its links to outside systems go with it; its events stay,
   * as they may come before their customer.
   *
   * Fails with `CustomerNotFound`, `StillReferenced` by `subscriptions`, `invoices`, `wallets`, `applied_coupons` and whatever else names it.
   *
   * @see spec billing 4, 25
   */
  readonly delete: (ref: CustomerRef) => Effect.Effect<void, CustomerNotFound | StillReferenced | StorageError, CurrentOrganization>
  /** Many customers by id, in one statement; ids without a customer are left out. */
  readonly load: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyMap<string, Customer>, StorageError, CurrentOrganization>
  /** The same by external id. */
  readonly loadExternal: (
    external_ids: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyMap<string, Customer>, StorageError, CurrentOrganization>
}

const requireEntity = ({ billing_entities }: Issuers, id: string | null | undefined) =>
  id == null || billing_entities.some((entity) => entity.id === id) ? Effect.void : new BillingEntityNotFound({ id })

export class Customers extends Context.Tag("billwright/Customers")<Customers, CustomersShape>() {
  static readonly layer: Layer.Layer<Customers, never, CustomerStore | BillingEntities | CustomerMoves | Transactor | Ids> = Layer.effect(
    Customers,
    Effect.gen(function* () {
      const store = yield* CustomerStore
      const entities = yield* BillingEntities
      const moves = yield* CustomerMoves
      const transactor = yield* Transactor
      const ids = yield* Ids

      const find = Effect.fnUntraced(function* (ref: CustomerRef) {
        // What is no id at all names nobody, like the id of another organization.
        const found = canName(ref, "external_id") ? yield* store.find(ref) : undefined
        return found ?? (yield* new CustomerNotFound({ id: "id" in ref ? ref.id : ref.external_id }))
      })

      return Customers.of({
        create: Effect.fn("Customers.create")(function* (input) {
          const given = yield* decodeCreate(input)
          const currency = yield* currencyIfGiven(given.currency)
          return yield* transactor.transaction(
            Effect.gen(function* () {
              const issuers = yield* entities.issuers()
              yield* requireEntity(issuers, given.billing_entity_id)
              const issuer = issuerOf(issuers, { customer: given.billing_entity_id })
              const now = yield* DateTime.now
              const customer: Customer = {
                ...given,
                id: CustomerId.make(yield* ids.next),
                organization_id: issuers.organization.id,
                currency: currency ?? issuer.currency,
                timezone: given.timezone ?? issuer.timezone,
                created_at: now,
                updated_at: now
              }
              yield* store.insert(customer)
              return customer
            })
          )
        }),

        get: Effect.fn("Customers.get")(find),

        list: Effect.fn("Customers.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at", "name", "external_id"])
          return pageOf(request, yield* store.page(given, request))
        }),

        update: Effect.fn("Customers.update")(function* (ref, input) {
          const given = yield* decodeUpdate(input)
          const currency = yield* currencyIfGiven(given.currency)
          return yield* transactor.transaction(
            Effect.gen(function* () {
              const { id } = yield* find(ref)
              const before = (yield* store.lock(id)) ?? (yield* new CustomerNotFound({ id }))
              if (given.billing_entity_id != null) yield* requireEntity(yield* entities.issuers(), given.billing_entity_id)
              const renamed = given.external_id !== undefined && given.external_id !== before.external_id
              if (renamed && (yield* store.isInUse(before))) return yield* new Immutable({ field: "external_id" })
              const after: Customer = {
                ...before,
                ...named({ ...given, currency }),
                updated_at: yield* DateTime.now
              }
              yield* store.save(after)
              if (after.timezone !== before.timezone) yield* moves.moved(after, before.timezone)
              return after
            })
          )
        }),

        delete: Effect.fn("Customers.delete")(function* (ref) {
          yield* transactor.transaction(
            Effect.gen(function* () {
              const { id } = yield* find(ref)
              const customer = (yield* store.lock(id)) ?? (yield* new CustomerNotFound({ id }))
              for (const [by, count] of Object.entries(yield* store.references(customer))) {
                if (count > 0) return yield* new StillReferenced({ by, count })
              }
              yield* store.delete(customer)
            })
          )
        }),

        load: Effect.fn("Customers.load")(function* (wanted) {
          const customers = yield* store.load([...new Set(wanted)].filter(isUuid))
          return new Map(customers.map((customer) => [customer.id, customer]))
        }),

        loadExternal: Effect.fn("Customers.loadExternal")(function* (wanted) {
          const customers = yield* store.loadExternal([...new Set(wanted)].filter(isStorable))
          return new Map(customers.map((customer) => [customer.external_id, customer]))
        })
      })
    })
  )
}
