/** The service of coupons: definitions, and their applications to customers. Discounts come with an invoice's finalization. */
import { Context, DateTime, Effect, Layer } from "effect"
import { CustomerNotFound, CustomerStore } from "../accounts/index.js"
import {
  byName,
  type CodeTaken,
  CurrentOrganization,
  decodeInput,
  Ids,
  Immutable,
  InvalidInput,
  InvalidTransition,
  isUuid,
  type Page,
  pageOf,
  pageRequest,
  StillReferenced,
  type StorageError,
  Transactor,
  type UnknownCurrency
} from "../core/index.js"
import { type AppliedCoupon, AppliedCouponId, type Coupon, CouponId } from "./coupon.js"
import {
  ApplyCoupon,
  type ApplyCouponInput,
  CreateCoupon,
  type CreateCouponInput,
  editedCoupon,
  ListAppliedCoupons,
  type ListAppliedCouponsInput,
  ListCoupons,
  type ListCouponsInput,
  overridesOf,
  UpdateCoupon,
  type UpdateCouponInput,
  wholeCoupon
} from "./coupon-input.js"
import { type CouponCounts, type CouponName, CouponStore } from "./coupon-store.js"
import { AppliedCouponNotFound, CouponAlreadyApplied, CouponAlreadyUsed, CouponExpired, CouponNotFound } from "./errors.js"

const decodeCreate = decodeInput(CreateCoupon)
const decodeUpdate = decodeInput(UpdateCoupon)
const decodeApply = decodeInput(ApplyCoupon)
const decodeList = decodeInput(ListCoupons)
const decodeListApplied = decodeInput(ListAppliedCoupons)

type Call<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

export interface CouponsShape {
  /** `amount_cents` in minor units of `amount_currency`, or `percentage_rate` in percent as text. Fails with `InvalidInput`, `UnknownCurrency`, `CodeTaken`. */
  readonly create: (input: CreateCouponInput) => Call<Coupon, InvalidInput | UnknownCurrency | CodeTaken>
  /** By id or code. Fails with `CouponNotFound`. */
  readonly get: (name: CouponName) => Call<Coupon, CouponNotFound>
  /** Sorted by `created_at`, `code` or `name`. */
  readonly list: (input?: ListCouponsInput) => Call<Page<Coupon>, InvalidInput>
  /**
   * A new amount or rate holds for what is finalized from then on, but where an application has its own.
   *
   * Fails with `CouponNotFound`, `InvalidInput`, `UnknownCurrency`, `CodeTaken`, and `Immutable` for type, frequency and
   * duration once it was applied.
   */
  readonly update: (
    name: CouponName,
    input: UpdateCouponInput
  ) => Call<Coupon, CouponNotFound | InvalidInput | UnknownCurrency | CodeTaken | Immutable>
  /** Only one that was never applied. Fails with `CouponNotFound`, `StillReferenced`. */
  readonly delete: (name: CouponName) => Call<void, CouponNotFound | StillReferenced>
  /** Blocks new applications; what is applied goes on. Fails with `CouponNotFound`, `InvalidTransition` the second time. @see decisions I9 */
  readonly terminate: (name: CouponName) => Call<Coupon, CouponNotFound | InvalidTransition>
  /** A copy with code `<code>_copy`, active, applied to nobody. Fails with `CouponNotFound`, `CodeTaken`, `InvalidInput` where that code is too long. */
  readonly duplicate: (name: CouponName) => Call<Coupon, CouponNotFound | CodeTaken | InvalidInput>
  /** Applications, uses that are left, and what was given per currency. Fails with `CouponNotFound`. */
  readonly analytics: (name: CouponName) => Call<CouponCounts & { readonly coupon: Coupon }, CouponNotFound>
  /**
   * Applies a coupon to a customer, perhaps with an amount, currency or rate of its own; invoices that are finalized from
   * then on are reduced by it, in order of application.
   *
   * Fails with `CouponNotFound`, `CustomerNotFound`, `InvalidInput`, `UnknownCurrency`, `InvalidTransition` where it was
   * terminated, `CouponExpired`, `CouponAlreadyUsed`, `CouponAlreadyApplied`.
   *
   * @see decisions I9
   */
  readonly apply: (
    input: ApplyCouponInput
  ) => Call<
    AppliedCoupon,
    | CouponNotFound
    | CustomerNotFound
    | InvalidInput
    | UnknownCurrency
    | InvalidTransition
    | CouponExpired
    | CouponAlreadyUsed
    | CouponAlreadyApplied
  >
  /** Applications, of a customer or a coupon. */
  readonly applied: (input?: ListAppliedCouponsInput) => Call<Page<AppliedCoupon>, InvalidInput>
  /** Ends an application; what it gave stays. Fails with `AppliedCouponNotFound`, `InvalidTransition` where it has ended. */
  readonly removeApplied: (id: string) => Call<AppliedCoupon, AppliedCouponNotFound | InvalidTransition>
}

/** Fields that are fixed once a coupon was applied. */
const FIXED = ["coupon_type", "frequency", "frequency_duration"] as const

export class Coupons extends Context.Tag("billwright/Coupons")<Coupons, CouponsShape>() {
  static readonly layer: Layer.Layer<Coupons, never, CouponStore | CustomerStore | Transactor | Ids> = Layer.effect(
    Coupons,
    Effect.gen(function* () {
      const store = yield* CouponStore
      const customers = yield* CustomerStore
      const { snapshot, transaction } = yield* Transactor
      const ids = yield* Ids

      const by = byName((id) => new CouponNotFound({ id }))
      const find = by(store.find)
      const lock = by(store.lock)

      const update: CouponsShape["update"] = Effect.fn("Coupons.update")(function* (name, input) {
        const given = yield* decodeUpdate(input)
        return yield* transaction(
          Effect.gen(function* () {
            const before = yield* lock(name)
            const after = yield* editedCoupon(before, given, yield* DateTime.now)
            const fixed = FIXED.find((field) => after[field] !== before[field])
            if (fixed !== undefined && (yield* store.applications(before.id, null)).all > 0) return yield* new Immutable({ field: fixed })
            yield* store.save(after)
            return after
          })
        )
      })

      const apply: CouponsShape["apply"] = Effect.fn("Coupons.apply")(function* (input) {
        const given = yield* decodeApply(input)
        return yield* transaction(
          Effect.gen(function* () {
            // Under the coupon's lock, so that two who apply it at once see each other.
            const coupon = yield* lock({ code: given.coupon_code })
            const { code, id: coupon_id, organization_id } = coupon
            const external_id = given.external_customer_id
            const customer = (yield* customers.find({ external_id })) ?? (yield* new CustomerNotFound({ id: external_id }))
            const overrides = yield* overridesOf(given, coupon)
            if (coupon.status !== "active") {
              return yield* new InvalidTransition({ entity: "Coupon", id: coupon_id, from: coupon.status, action: "apply" })
            }
            const now = yield* DateTime.now
            if (coupon.expiration_at !== null && DateTime.lessThanOrEqualTo(coupon.expiration_at, now)) {
              return yield* new CouponExpired({ code })
            }
            const before = yield* store.applications(coupon_id, customer.id)
            if (!coupon.reusable && before.all > 0) return yield* new CouponAlreadyUsed({ code })
            if (before.active_of_customer > 0) return yield* new CouponAlreadyApplied({ code, customer_id: customer.id })
            const applied: AppliedCoupon = {
              ...overrides,
              id: AppliedCouponId.make(yield* ids.next),
              organization_id,
              coupon_id,
              customer_id: customer.id,
              frequency: coupon.frequency,
              frequency_duration: coupon.frequency_duration,
              frequency_duration_remaining: coupon.frequency_duration,
              status: "active",
              terminated_at: null,
              created_at: now,
              updated_at: now
            }
            yield* store.apply(applied)
            return applied
          })
        )
      })

      return Coupons.of({
        apply,
        update,

        create: Effect.fn("Coupons.create")(function* (input) {
          const given = yield* decodeCreate(input)
          const organization_id = yield* CurrentOrganization
          const now = yield* DateTime.now
          const id = CouponId.make(yield* ids.next)
          const row: Coupon = { ...given, id, organization_id, status: "active", created_at: now, updated_at: now }
          const coupon = yield* wholeCoupon(row, now, true)
          yield* transaction(store.insert(coupon))
          return coupon
        }),

        get: Effect.fn("Coupons.get")(find),

        list: Effect.fn("Coupons.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at", "code", "name"])
          return pageOf(request, yield* store.page(given, request))
        }),

        delete: Effect.fn("Coupons.delete")(function* (name) {
          yield* transaction(
            Effect.gen(function* () {
              const { id } = yield* lock(name)
              const { all } = yield* store.applications(id, null)
              if (all > 0) return yield* new StillReferenced({ by: "applied_coupons", count: all })
              yield* store.remove(id)
            })
          )
        }),

        terminate: Effect.fn("Coupons.terminate")(function* (name) {
          return yield* transaction(
            Effect.gen(function* () {
              const before = yield* lock(name)
              if (before.status !== "active") {
                return yield* new InvalidTransition({ entity: "Coupon", id: before.id, from: before.status, action: "terminate" })
              }
              const after: Coupon = { ...before, status: "terminated", updated_at: yield* DateTime.now }
              yield* Effect.catchTag(store.save(after), "CodeTaken", Effect.die)
              return after
            })
          )
        }),

        duplicate: Effect.fn("Coupons.duplicate")(function* (name) {
          const original = yield* find(name)
          const code = `${original.code}_copy`
          if ([...code].length > 255) return yield* new InvalidInput({ field: "code", reason: `${code} is longer than 255 characters` })
          const now = yield* DateTime.now
          const id = CouponId.make(yield* ids.next)
          const copy: Coupon = { ...original, id, code, status: "active", created_at: now, updated_at: now }
          yield* transaction(store.insert(copy))
          return copy
        }),

        analytics: Effect.fn("Coupons.analytics")((name) =>
          snapshot(Effect.flatMap(find(name), (coupon) => Effect.map(store.counts(coupon.id), (counts) => ({ coupon, ...counts }))))
        ),

        applied: Effect.fn("Coupons.applied")(function* (input = {}) {
          const given = yield* decodeListApplied(input)
          const request = yield* pageRequest(given, ["created_at"])
          return pageOf(request, yield* store.pageApplied(given, request))
        }),

        removeApplied: Effect.fn("Coupons.removeApplied")(function* (id) {
          return yield* transaction(
            Effect.gen(function* () {
              const before = isUuid(id) ? yield* store.lockApplied(id) : undefined
              if (before === undefined) return yield* new AppliedCouponNotFound({ id })
              if (before.status !== "active") {
                return yield* new InvalidTransition({ entity: "AppliedCoupon", id, from: before.status, action: "remove" })
              }
              const now = yield* DateTime.now
              const after: AppliedCoupon = { ...before, status: "terminated", terminated_at: now, updated_at: now }
              yield* store.saveApplied([after])
              return after
            })
          )
        })
      })
    })
  )
}
