/** The service of organizations: made and listed by the operator, read and changed by themselves. */
import { Context, DateTime, Effect, Layer, Schema } from "effect"
import {
  CurrentOrganization,
  currencyIfGiven,
  currencyOf,
  decodeInput,
  Ids,
  type InvalidInput,
  isUuid,
  named,
  OrganizationId,
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
import { ApiKeyId, type CreatedApiKey, newApiKey } from "./api-key.js"
import { OrganizationNotFound } from "./errors.js"
import { MemberId } from "./member.js"
import {
  CreateOrganization,
  type CreateOrganizationInput,
  type Organization,
  UpdateOrganization,
  type UpdateOrganizationInput
} from "./organization.js"
import { ApiKeyStore, MemberStore, OrganizationStore } from "./store.js"

const decodeCreate = decodeInput(CreateOrganization)
const decodeUpdate = decodeInput(UpdateOrganization)
const decodeList = decodeInput(Schema.Struct(pageFields))

/** A new organization with its first key, whose text is told this once. */
export interface CreatedOrganization extends Organization {
  readonly api_key: CreatedApiKey
}

const FIRST_KEY = "Initial key"

export interface OrganizationsShape {
  /**
   * Makes an organization with a first API key, whose text it answers this once, and with an owner where one is named. The operator's: it needs no current one.
   *
   * Fails with `InvalidInput`, `UnknownCurrency`, `StorageError`.
   */
  readonly create: (input: CreateOrganizationInput) => Effect.Effect<CreatedOrganization, InvalidInput | UnknownCurrency | StorageError>
  /** A page of all organizations. The operator's. Sorted by `created_at` or `name`. */
  readonly list: (input?: PageInput) => Effect.Effect<Page<Organization>, InvalidInput | StorageError>
  /**
   * Deletes an organization that bills nobody, with its catalogue, keys and settings. The operator's.
   *
   * Fails with `OrganizationNotFound`, `StillReferenced` by `customers` or `events`: every document is of a customer.
   */
  readonly delete: (id: string) => Effect.Effect<void, OrganizationNotFound | StillReferenced | StorageError>
  /** The current organization. Fails with `OrganizationNotFound`. */
  readonly get: () => Effect.Effect<Organization, OrganizationNotFound | StorageError, CurrentOrganization>
  /** Changes the current organization; its defaults hold for what is made later. */
  readonly update: (
    input: UpdateOrganizationInput
  ) => Effect.Effect<Organization, InvalidInput | UnknownCurrency | OrganizationNotFound | StorageError, CurrentOrganization>
}

export class Organizations extends Context.Tag("billwright/Organizations")<Organizations, OrganizationsShape>() {
  static readonly layer: Layer.Layer<Organizations, never, OrganizationStore | ApiKeyStore | MemberStore | Transactor | Ids> = Layer.effect(
    Organizations,
    Effect.gen(function* () {
      const store = yield* OrganizationStore
      const keys = yield* ApiKeyStore
      const members = yield* MemberStore
      const transactor = yield* Transactor
      const ids = yield* Ids

      const missing = Effect.flatMap(CurrentOrganization, (id) => new OrganizationNotFound({ id }))

      return Organizations.of({
        create: Effect.fn("Organizations.create")(function* (input) {
          const { owner, ...given } = yield* decodeCreate(input)
          const currency = yield* currencyOf(given.default_currency)
          const now = yield* DateTime.now
          const organization: Organization = {
            ...given,
            default_currency: currency.code,
            id: OrganizationId.make(yield* ids.next),
            created_at: now,
            updated_at: now
          }
          const of = { organization_id: organization.id, name: FIRST_KEY, expires_at: null }
          const { created, stored } = yield* newApiKey({ ...of, id: ApiKeyId.make(yield* ids.next) }, now)
          const made = { organization_id: organization.id, created_at: now, updated_at: now }
          const first = owner === null ? null : { ...made, id: MemberId.make(yield* ids.next), user_id: owner, role: "owner" as const }
          yield* transactor
            .transaction(
              Effect.gen(function* () {
                yield* store.insert(organization)
                yield* keys.insert(stored)
                if (first !== null) yield* Effect.catchTag(members.insert(first), "ExternalIdTaken", Effect.die)
              })
            )
            .pipe(Effect.provideService(CurrentOrganization, organization.id))
          return { ...organization, api_key: created }
        }),

        list: Effect.fn("Organizations.list")(function* (input = {}) {
          const request = yield* pageRequest(yield* decodeList(input), ["created_at", "name"])
          return pageOf(request, yield* store.page(request))
        }),

        delete: Effect.fn("Organizations.delete")(function* (id) {
          if (!isUuid(id)) return yield* new OrganizationNotFound({ id })
          yield* transactor
            .transaction(
              Effect.gen(function* () {
                if ((yield* store.lock) === undefined) return yield* new OrganizationNotFound({ id })
                for (const [by, count] of Object.entries(yield* store.belongings)) {
                  if (count > 0) return yield* new StillReferenced({ by, count })
                }
                yield* store.delete
              })
            )
            .pipe(Effect.provideService(CurrentOrganization, OrganizationId.make(id)))
        }),

        get: Effect.fn("Organizations.get")(function* () {
          return (yield* store.current) ?? (yield* missing)
        }),

        update: Effect.fn("Organizations.update")(function* (input) {
          const { default_currency, ...given } = yield* decodeUpdate(input)
          const currency = yield* currencyIfGiven(default_currency)
          return yield* transactor.transaction(
            Effect.gen(function* () {
              const before = (yield* store.lock) ?? (yield* missing)
              const after: Organization = {
                ...before,
                ...named({ ...given, default_currency: currency }),
                updated_at: yield* DateTime.now
              }
              yield* store.save(after)
              return after
            })
          )
        })
      })
    })
  )
}
