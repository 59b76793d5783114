/** The service of billing entities: the legal issuers of an organization's invoices. */
import { Context, DateTime, Effect, Layer, Schema } from "effect"
import {
  type CodeTaken,
  CurrentOrganization,
  canName,
  currencyIfGiven,
  decodeInput,
  Ids,
  InvalidInput,
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
} from "../core/index.js"
import {
  type BillingEntity,
  BillingEntityId,
  CreateBillingEntity,
  type CreateBillingEntityInput,
  isPrefix,
  prefixOf,
  UpdateBillingEntity,
  type UpdateBillingEntityInput
} from "./billing-entity.js"
import { BillingEntityNotFound, DefaultBillingEntity, type InvoicePrefixTaken, OrganizationNotFound } from "./errors.js"
import type { Issuers } from "./issuer.js"
import { type BillingEntityCount, BillingEntityStore, OrganizationStore } from "./store.js"

const decodeCreate = decodeInput(CreateBillingEntity)
const decodeUpdate = decodeInput(UpdateBillingEntity)
const decodeList = decodeInput(Schema.Struct(pageFields))

/** A billing entity by its id or its code. */
export type BillingEntityRef = { readonly id: string } | { readonly code: string }

type Taken = CodeTaken | InvoicePrefixTaken

export interface BillingEntitiesShape {
  /**
   * Makes an issuer; the first one of an organization is its default.
   *
   * Fails with `InvalidInput`, `UnknownCurrency`, `CodeTaken`, `InvoicePrefixTaken`, `OrganizationNotFound`.
   */
  readonly create: (
    input: CreateBillingEntityInput
  ) => Effect.Effect<BillingEntity, InvalidInput | UnknownCurrency | Taken | OrganizationNotFound | StorageError, CurrentOrganization>
  /** Fails with `BillingEntityNotFound`. */
  readonly get: (ref: BillingEntityRef) => Effect.Effect<BillingEntity, BillingEntityNotFound | StorageError, CurrentOrganization>
  /** Sorted by `created_at`, `code` or `name`. Fails with `InvalidInput`. */
  readonly list: (input?: PageInput) => Effect.Effect<Page<BillingEntity>, InvalidInput | StorageError, CurrentOrganization>
  /**
   * Changes an issuer. A new prefix holds for later numbers; the counter can be raised, not lowered.
   *
   * Fails with `InvalidInput`, `UnknownCurrency`, `BillingEntityNotFound`, `CodeTaken`, `InvoicePrefixTaken`.
   */
  readonly update: (
    ref: BillingEntityRef,
    input: UpdateBillingEntityInput
  ) => Effect.Effect<BillingEntity, InvalidInput | UnknownCurrency | Taken | BillingEntityNotFound | StorageError, CurrentOrganization>
  /** Makes one the default, in the same write no longer the former. Fails with `BillingEntityNotFound`. */
  readonly setDefault: (ref: BillingEntityRef) => Effect.Effect<BillingEntity, BillingEntityNotFound | StorageError, CurrentOrganization>
  /**
   * Deletes an issuer that has issued nothing; customers, subscriptions and drafts that name it go on with the default.
   *
   * Fails with `BillingEntityNotFound`, `DefaultBillingEntity` while there are others, `StillReferenced` by `invoices` or `applied_taxes`.
   *
   * @see spec billing 3, 25
   */
  readonly delete: (
    ref: BillingEntityRef
  ) => Effect.Effect<void, BillingEntityNotFound | DefaultBillingEntity | StillReferenced | StorageError, CurrentOrganization>
  /** How many customers name each, oldest first. */
  readonly customerCounts: () => Effect.Effect<ReadonlyArray<BillingEntityCount>, StorageError, CurrentOrganization>
  /** The organization and all of its issuers, for `issuerOf`; two statements. Fails with `OrganizationNotFound`. */
  readonly issuers: () => Effect.Effect<Issuers, OrganizationNotFound | StorageError, CurrentOrganization>
}

const nameOf = (ref: BillingEntityRef): string => ("id" in ref ? ref.id : ref.code)

const pick = (entities: ReadonlyArray<BillingEntity>, ref: BillingEntityRef) =>
  Effect.suspend(() =>
    Effect.fromNullable(
      canName(ref, "code") ? entities.find((entity) => ("id" in ref ? entity.id === ref.id : entity.code === ref.code)) : null
    )
  ).pipe(Effect.mapError(() => new BillingEntityNotFound({ id: nameOf(ref) })))

const lowered = () => new InvalidInput({ field: "next_invoice_number", reason: "the counter can be raised, not lowered" })

export class BillingEntities extends Context.Tag("billwright/BillingEntities")<BillingEntities, BillingEntitiesShape>() {
  static readonly layer: Layer.Layer<BillingEntities, never, OrganizationStore | BillingEntityStore | Transactor | Ids> = Layer.effect(
    BillingEntities,
    Effect.gen(function* () {
      const organizations = yield* OrganizationStore
      const store = yield* BillingEntityStore
      const transactor = yield* Transactor
      const ids = yield* Ids

      const raised = Effect.fnUntraced(function* (entity: BillingEntity, from_number: bigint) {
        const { id: billing_entity_id, next_invoice_number: to_number, organization_id, updated_at } = entity
        if (to_number === from_number) return
        const id = yield* ids.next
        yield* store.raise({ id, organization_id, billing_entity_id, from_number, to_number, created_at: updated_at, updated_at })
      })

      const missing = Effect.flatMap(CurrentOrganization, (id) => new OrganizationNotFound({ id }))

      return BillingEntities.of({
        create: Effect.fn("BillingEntities.create")(function* (input) {
          const given = yield* decodeCreate(input)
          const invoice_prefix = given.invoice_prefix ?? prefixOf(given.code)
          if (!isPrefix(invoice_prefix))
            return yield* new InvalidInput({ field: "invoice_prefix", reason: "reads like an organization's own numbers" })
          const currency = yield* currencyIfGiven(given.currency)
          return yield* transactor.transaction(
            Effect.gen(function* () {
              // The organization's lock: of two first entities one is the default.
              const organization = (yield* organizations.lock) ?? (yield* missing)
              const others = yield* store.all
              const now = yield* DateTime.now
              const entity: BillingEntity = {
                ...given,
                id: BillingEntityId.make(yield* ids.next),
                organization_id: organization.id,
                invoice_prefix,
                currency: currency ?? organization.default_currency,
                timezone: given.timezone ?? organization.timezone,
                is_default: others.length === 0,
                created_at: now,
                updated_at: now
              }
              yield* store.insert(entity)
              yield* raised(entity, 1n)
              return entity
            })
          )
        }),

        get: Effect.fn("BillingEntities.get")(function* (ref) {
          return yield* pick(yield* store.all, ref)
        }),

        list: Effect.fn("BillingEntities.list")(function* (input = {}) {
          const request = yield* pageRequest(yield* decodeList(input), ["created_at", "code", "name"])
          return pageOf(request, yield* store.page(request))
        }),

        update: Effect.fn("BillingEntities.update")(function* (ref, input) {
          const given = yield* decodeUpdate(input)
          const currency = yield* currencyIfGiven(given.currency)
          return yield* transactor.transaction(
            Effect.gen(function* () {
              const before = yield* pick(yield* store.lockAll, ref)
              const after: BillingEntity = {
                ...before,
                ...named({ ...given, currency }),
                updated_at: yield* DateTime.now
              }
              if (after.next_invoice_number < before.next_invoice_number) return yield* lowered()
              yield* store.save(after)
              yield* raised(after, before.next_invoice_number)
              return after
            })
          )
        }),

        setDefault: Effect.fn("BillingEntities.setDefault")(function* (ref) {
          return yield* transactor
            .transaction(
              Effect.gen(function* () {
                const entities = yield* store.lockAll
                const chosen = yield* pick(entities, ref)
                if (chosen.is_default) return chosen
                const updated_at = yield* DateTime.now
                const former = entities.filter((entity) => entity.is_default)
                // The mark is unique: it is taken off before it is put on.
                for (const entity of former) yield* store.save({ ...entity, is_default: false, updated_at })
                const entity: BillingEntity = { ...chosen, is_default: true, updated_at }
                yield* store.save(entity)
                return entity
              })
            )
            .pipe(Effect.catchTags({ CodeTaken: Effect.die, InvoicePrefixTaken: Effect.die }))
        }),

        delete: Effect.fn("BillingEntities.delete")(function* (ref) {
          yield* transactor.transaction(
            Effect.gen(function* () {
              const entities = yield* store.lockAll
              const entity = yield* pick(entities, ref)
              if (entity.is_default && entities.length > 1) return yield* new DefaultBillingEntity({ id: entity.id })
              for (const [by, count] of Object.entries(yield* store.references(entity))) {
                if (count > 0) return yield* new StillReferenced({ by, count })
              }
              yield* store.delete(entity, yield* DateTime.now)
            })
          )
        }),

        customerCounts: Effect.fn("BillingEntities.customerCounts")(() => store.customerCounts),

        issuers: Effect.fn("BillingEntities.issuers")(function* () {
          const organization = (yield* organizations.current) ?? (yield* missing)
          return { organization, billing_entities: yield* store.all }
        })
      })
    })
  )
}
