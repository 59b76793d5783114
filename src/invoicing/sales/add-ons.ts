/** The service of add-ons: definitions, and their applications, each with its invoice (I6). */
import { Context, DateTime, Effect, Layer, Schema } from "effect"
import { CustomerNotFound, CustomerStore, OrganizationNotFound, OrganizationStore } from "../../accounts/index.js"
import {
  type AddOn,
  type AddOnCount,
  AddOnId,
  type AddOnName,
  AddOnNotFound,
  type AddOnOnCustomer,
  AddOnStore,
  type AppliedAddOn,
  AppliedAddOnId,
  ApplyAddOn,
  type ApplyAddOnInput,
  CreateAddOn,
  type CreateAddOnInput,
  ListAppliedAddOns,
  type ListAppliedAddOnsInput,
  UpdateAddOn,
  type UpdateAddOnInput
} from "../../catalog/index.js"
import {
  byName,
  type CodeTaken,
  CurrentOrganization,
  currencyIfGiven,
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
import type { InvoiceDocument } from "../store.js"
import { Sales } from "./sales.js"

const decodeCreate = decodeInput(CreateAddOn)
const decodeUpdate = decodeInput(UpdateAddOn)
const decodeApply = decodeInput(ApplyAddOn)
const decodeList = decodeInput(Schema.Struct(pageFields))
const decodeApplications = decodeInput(ListAppliedAddOns)

type Call<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

/** An application with its invoice. */
export interface AddOnSold {
  readonly applied: AppliedAddOn
  readonly invoice: InvoiceDocument
}

export interface AddOnsShape {
  /** `amount_cents` in minor units of `amount_currency`, the organization's unless given. Fails with `InvalidInput`, `UnknownCurrency`, `CodeTaken`. */
  readonly create: (input: CreateAddOnInput) => Call<AddOn, InvalidInput | UnknownCurrency | CodeTaken | OrganizationNotFound>
  /** By id or code. Fails with `AddOnNotFound`. */
  readonly get: (name: AddOnName) => Call<AddOn, AddOnNotFound>
  /** Sorted by `created_at`, `code` or `name`. */
  readonly list: (input?: PageInput) => Call<Page<AddOn>, InvalidInput>
  /** For later applications. Fails with `AddOnNotFound`, `InvalidInput`, `UnknownCurrency`, `CodeTaken`. */
  readonly update: (name: AddOnName, input: UpdateAddOnInput) => Call<AddOn, AddOnNotFound | InvalidInput | UnknownCurrency | CodeTaken>
  /** Only one that was never applied; the taxes on it go too. Fails with `AddOnNotFound`, `StillReferenced`. */
  readonly delete: (name: AddOnName) => Call<void, AddOnNotFound | StillReferenced>
  /**
   * Sells an add-on to a customer, perhaps at an amount and in a currency of its own: an invoice of type add_on, taxed and
   * final at once.
   *
   * Fails with `AddOnNotFound`, `CustomerNotFound`, `InvalidInput`, `UnknownCurrency`.
   *
   * @see decisions I6
   */
  readonly apply: (input: ApplyAddOnInput) => Call<AddOnSold, AddOnNotFound | CustomerNotFound | InvalidInput | UnknownCurrency>
  /** With the customers' names. */
  readonly applications: (input?: ListAppliedAddOnsInput) => Call<Page<AddOnOnCustomer>, InvalidInput>
  /** How often each add-on was applied, oldest add-on first. */
  readonly applicationCounts: () => Call<ReadonlyArray<AddOnCount>>
}

export class AddOns extends Context.Tag("billwright/AddOns")<AddOns, AddOnsShape>() {
  static readonly layer: Layer.Layer<AddOns, never, AddOnStore | CustomerStore | OrganizationStore | Sales | Transactor | Ids> =
    Layer.effect(
      AddOns,
      Effect.gen(function* () {
        const store = yield* AddOnStore
        const customers = yield* CustomerStore
        const organizations = yield* OrganizationStore
        const sales = yield* Sales
        const { transaction } = yield* Transactor
        const ids = yield* Ids

        const by = byName((id) => new AddOnNotFound({ id }))

        const ownCurrency = Effect.gen(function* () {
          const organization = (yield* organizations.current) ?? (yield* new OrganizationNotFound({ id: yield* CurrentOrganization }))
          return organization.default_currency
        })

        const apply: AddOnsShape["apply"] = Effect.fn("AddOns.apply")(function* (input) {
          const given = yield* decodeApply(input)
          return yield* transaction(
            Effect.gen(function* () {
              // Under the add-on's lock, so that it is not deleted meanwhile.
              const add_on = yield* by(store.lock)({ code: given.add_on_code })
              const external_id = given.external_customer_id
              const customer = (yield* customers.find({ external_id })) ?? (yield* new CustomerNotFound({ id: external_id }))
              const { code: currency } = yield* currencyOf(given.amount_currency ?? add_on.amount_currency)
              const amount_cents = given.amount_cents ?? add_on.amount_cents
              const now = yield* DateTime.now
              const id = AppliedAddOnId.make(yield* ids.next)
              const line = {
                description: add_on.invoice_display_name ?? add_on.name,
                units: "1",
                unit_amount_cents: amount_cents.toString(),
                taxes: [],
                applied_add_on_id: id,
                add_on_id: add_on.id,
                item_code: add_on.code
              }
              const invoice = yield* Effect.catchTag(
                sales.sell(
                  { invoice_type: "add_on", customer, currency, billing_entity_id: null, lines: [line], due_date: null, draft: false },
                  now
                ),
                "TaxNotFound",
                Effect.die
              )
              const applied: AppliedAddOn = {
                id,
                organization_id: add_on.organization_id,
                add_on_id: add_on.id,
                customer_id: customer.id,
                amount_cents,
                amount_currency: currency,
                invoice_id: invoice.invoice.id,
                created_at: now,
                updated_at: now
              }
              yield* store.apply(applied)
              return { applied, invoice }
            })
          )
        })

        return AddOns.of({
          apply,

          create: Effect.fn("AddOns.create")(function* (input) {
            const given = yield* decodeCreate(input)
            const organization_id = yield* CurrentOrganization
            const amount_currency = (yield* currencyIfGiven(given.amount_currency)) ?? (yield* ownCurrency)
            const now = yield* DateTime.now
            const id = AddOnId.make(yield* ids.next)
            const add_on: AddOn = { ...given, id, organization_id, amount_currency, created_at: now, updated_at: now }
            yield* transaction(store.insert(add_on))
            return add_on
          }),

          get: Effect.fn("AddOns.get")(by(store.find)),

          list: Effect.fn("AddOns.list")(function* (input = {}) {
            const request = yield* pageRequest(yield* decodeList(input), ["created_at", "code", "name"])
            return pageOf(request, yield* store.page(request))
          }),

          update: Effect.fn("AddOns.update")(function* (name, input) {
            const given = yield* decodeUpdate(input)
            yield* currencyIfGiven(given.amount_currency)
            return yield* transaction(
              Effect.gen(function* () {
                const before = yield* by(store.lock)(name)
                const after: AddOn = { ...before, ...named(given), updated_at: yield* DateTime.now }
                yield* store.save(after)
                return after
              })
            )
          }),

          delete: Effect.fn("AddOns.delete")(function* (name) {
            yield* transaction(
              Effect.gen(function* () {
                const { id } = yield* by(store.lock)(name)
                for (const [by, count] of Object.entries(yield* store.references(id))) {
                  if (count > 0) return yield* new StillReferenced({ by, count })
                }
                yield* store.remove(id)
              })
            )
          }),

          applications: Effect.fn("AddOns.applications")(function* (input = {}) {
            const given = yield* decodeApplications(input)
            const request = yield* pageRequest(given, ["created_at"])
            return pageOf(request, yield* store.applications(given, request))
          }),

          applicationCounts: Effect.fn("AddOns.applicationCounts")(() => store.counts)
        })
      })
    )
}
