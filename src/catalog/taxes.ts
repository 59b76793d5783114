/** The service of taxes: definitions, and where they are applied. */
import { Context, DateTime, Effect, Layer, Schema } from "effect"
import { BillingEntityNotFound, CustomerNotFound } from "../accounts/index.js"
import {
  byName,
  type CodeTaken,
  CurrentOrganization,
  decodeInput,
  Exact,
  Ids,
  type InvalidInput,
  isUuid,
  named,
  type Page,
  type PageInput,
  pageFields,
  pageOf,
  pageRequest,
  StillReferenced,
  type StorageError,
  Text,
  Transactor
} from "../core/index.js"
import {
  AddOnNotFound,
  type AlreadyApplied,
  AppliedTaxNotFound,
  ChargeNotFound,
  CommitmentNotFound,
  PlanNotFound,
  TaxNotFound
} from "./errors.js"
import { type TaxCount, type TaxName, TaxStore } from "./store.js"
import {
  type AppliedTax,
  AppliedTaxId,
  CreateTax,
  type CreateTaxInput,
  type Tax,
  TaxableType,
  TaxId,
  UpdateTax,
  type UpdateTaxInput
} from "./tax.js"

/** What a tax is applied to, and which one. */
const ApplyTax = Schema.Struct({
  tax_code: Text.atMost(255),
  taxable_type: TaxableType,
  taxable_id: Schema.String
})
export type ApplyTaxInput = typeof ApplyTax.Encoded

/** Of one thing its taxes, or of one tax what it is applied to. */
const AppliedTo = Schema.Union(ApplyTax.omit("tax_code"), ApplyTax.pick("tax_code"))
export type AppliedToInput = typeof AppliedTo.Encoded

const decodeCreate = decodeInput(CreateTax)
const decodeUpdate = decodeInput(UpdateTax)
const decodeApply = decodeInput(ApplyTax)
const decodeApplied = decodeInput(AppliedTo)
const decodeList = decodeInput(Schema.Struct(pageFields))

const notThere = {
  billing_entity: (id: string) => new BillingEntityNotFound({ id }),
  customer: (id: string) => new CustomerNotFound({ id }),
  plan: (id: string) => new PlanNotFound({ id }),
  charge: (id: string) => new ChargeNotFound({ id }),
  commitment: (id: string) => new CommitmentNotFound({ id }),
  add_on: (id: string) => new AddOnNotFound({ id })
}

export type TaxableNotFound = BillingEntityNotFound | CustomerNotFound | PlanNotFound | ChargeNotFound | CommitmentNotFound | AddOnNotFound

export interface TaxesShape {
  /** `rate` is a fraction as text: `"0.0875"` is 8.75 %. Fails with `InvalidInput`, `CodeTaken`. */
  readonly create: (input: CreateTaxInput) => Effect.Effect<Tax, InvalidInput | CodeTaken | StorageError, CurrentOrganization>
  /** By id or code. Fails with `TaxNotFound`. */
  readonly get: (name: TaxName) => Effect.Effect<Tax, TaxNotFound | StorageError, CurrentOrganization>
  /** Sorted by `created_at`, `code` or `name`. */
  readonly list: (input?: PageInput) => Effect.Effect<Page<Tax>, InvalidInput | StorageError, CurrentOrganization>
  /** A new rate holds for what is calculated from then on; no finalized document changes. Fails with `TaxNotFound`, `InvalidInput`, `CodeTaken`. */
  readonly update: (
    name: TaxName,
    input: UpdateTaxInput
  ) => Effect.Effect<Tax, TaxNotFound | InvalidInput | CodeTaken | StorageError, CurrentOrganization>
  /**
   * Deletes a tax that is applied to nothing, not even to a document. What documents have is retired by taking it off its levels.
   *
   * Fails with `TaxNotFound`, `StillReferenced` by `applied_taxes`.
   */
  readonly delete: (name: TaxName) => Effect.Effect<void, TaxNotFound | StillReferenced | StorageError, CurrentOrganization>
  /**
   * Puts a tax on a level of its own, once each.
   *
   * Fails with `InvalidInput`, `TaxNotFound`, `AlreadyApplied`, or the missing thing's tag.
   *
   * @see decisions I5
   */
  readonly apply: (
    input: ApplyTaxInput
  ) => Effect.Effect<AppliedTax, InvalidInput | TaxNotFound | TaxableNotFound | AlreadyApplied | StorageError, CurrentOrganization>
  /** Takes it off again. Fails with `AppliedTaxNotFound` where it is not applied. */
  readonly remove: (
    input: ApplyTaxInput
  ) => Effect.Effect<void, InvalidInput | TaxNotFound | AppliedTaxNotFound | StorageError, CurrentOrganization>
  /** The taxes on one thing, or what one tax is applied to by hand; oldest first. Fails with `TaxNotFound` where it names no tax. */
  readonly applied: (
    input: AppliedToInput
  ) => Effect.Effect<ReadonlyArray<AppliedTax>, InvalidInput | TaxNotFound | StorageError, CurrentOrganization>
  /** How often each tax is applied by hand, oldest tax first. */
  readonly applicationCounts: () => Effect.Effect<ReadonlyArray<TaxCount>, StorageError, CurrentOrganization>
}

/** `0.2000` and `0.2` are one rate. */
const shortest = (rate: string): string => Exact.toText(Exact.unsafeFromText(rate))

export class Taxes extends Context.Tag("billwright/Taxes")<Taxes, TaxesShape>() {
  static readonly layer: Layer.Layer<Taxes, never, TaxStore | Transactor | Ids> = Layer.effect(
    Taxes,
    Effect.gen(function* () {
      const store = yield* TaxStore
      const transactor = yield* Transactor
      const ids = yield* Ids

      const by = byName((id) => new TaxNotFound({ id }))

      const apply: TaxesShape["apply"] = Effect.fn("Taxes.apply")(function* (input) {
        const { tax_code, ...taxable } = yield* decodeApply(input)
        return yield* transactor.transaction(
          Effect.gen(function* () {
            const tax = yield* by(store.lock)({ code: tax_code })
            const there = isUuid(taxable.taxable_id) && (yield* store.exists(taxable))
            if (!there) return yield* notThere[taxable.taxable_type](taxable.taxable_id) as TaxableNotFound
            const now = yield* DateTime.now
            const applied: AppliedTax = {
              ...taxable,
              id: AppliedTaxId.make(yield* ids.next),
              tax_id: tax.id,
              tax_rate: tax.rate,
              created_at: now,
              updated_at: now
            }
            yield* store.apply(applied)
            return applied
          })
        )
      })

      return Taxes.of({
        apply,

        create: Effect.fn("Taxes.create")(function* (input) {
          const given = yield* decodeCreate(input)
          const organization_id = yield* CurrentOrganization
          const now = yield* DateTime.now
          const id = TaxId.make(yield* ids.next)
          const tax: Tax = {
            ...given,
            id,
            organization_id,
            rate: shortest(given.rate),
            provider_type: null,
            created_at: now,
            updated_at: now
          }
          yield* transactor.transaction(store.insert(tax))
          return tax
        }),

        get: Effect.fn("Taxes.get")(by(store.find)),

        list: Effect.fn("Taxes.list")(function* (input = {}) {
          const request = yield* pageRequest(yield* decodeList(input), ["created_at", "code", "name"])
          return pageOf(request, yield* store.page(request))
        }),

        update: Effect.fn("Taxes.update")(function* (name, input) {
          const { rate, ...given } = yield* decodeUpdate(input)
          return yield* transactor.transaction(
            Effect.gen(function* () {
              const before = yield* by(store.lock)(name)
              const changes = named({ ...given, rate: rate === undefined ? undefined : shortest(rate) })
              const after: Tax = { ...before, ...changes, updated_at: yield* DateTime.now }
              yield* store.save(after)
              return after
            })
          )
        }),

        delete: Effect.fn("Taxes.delete")(function* (name) {
          yield* transactor.transaction(
            Effect.gen(function* () {
              const tax = yield* by(store.lock)(name)
              const count = yield* store.applications(tax)
              if (count > 0) return yield* new StillReferenced({ by: "applied_taxes", count })
              yield* store.delete(tax)
            })
          )
        }),

        remove: Effect.fn("Taxes.remove")(function* (input) {
          const { tax_code, ...taxable } = yield* decodeApply(input)
          yield* transactor.transaction(
            Effect.gen(function* () {
              const tax = yield* by(store.lock)({ code: tax_code })
              const removed = isUuid(taxable.taxable_id) && (yield* store.remove(tax.id, taxable))
              if (!removed) return yield* new AppliedTaxNotFound({ id: tax_code })
            })
          )
        }),

        applied: Effect.fn("Taxes.applied")(function* (input) {
          const of = yield* decodeApplied(input)
          if ("tax_code" in of) return yield* store.applied({ tax_id: (yield* by(store.find)({ code: of.tax_code })).id })
          return isUuid(of.taxable_id) ? yield* store.applied(of) : []
        }),

        applicationCounts: Effect.fn("Taxes.applicationCounts")(() => store.counts)
      })
    })
  )
}
