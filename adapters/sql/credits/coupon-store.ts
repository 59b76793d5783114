/** Coupons, their applications and their uses in SQL. */
import * as SqlClient from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import { DateTime, Effect, Layer } from "effect"
import { CodeTaken, CurrentOrganization, type StorageError } from "../../../src/core/index.js"
import { type AppliedCoupon, type Coupon, type CouponName, CouponStore, type CouponUse } from "../../../src/credits/index.js"
import { Dialect } from "../dialect.js"
import { asStorage, isTaken } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow, table } from "../table.js"

export const couponsTable = table("coupons", {
  id: "uuid",
  organization_id: "uuid",
  code: "text",
  name: "text",
  description: "text",
  coupon_type: "text",
  amount_cents: "money",
  amount_currency: "text",
  percentage_rate: "decimal",
  frequency: "text",
  frequency_duration: "integer",
  reusable: "boolean",
  expiration: "text",
  expiration_at: "instant",
  status: "text",
  created_at: "instant",
  updated_at: "instant"
})

export const appliedCouponsTable = table("applied_coupons", {
  id: "uuid",
  organization_id: "uuid",
  coupon_id: "uuid",
  customer_id: "uuid",
  amount_cents: "money",
  amount_currency: "text",
  percentage_rate: "decimal",
  frequency: "text",
  frequency_duration: "integer",
  frequency_duration_remaining: "integer",
  status: "text",
  terminated_at: "instant",
  created_at: "instant",
  updated_at: "instant"
})

export const couponUsesTable = table("applied_coupon_uses", {
  id: "uuid",
  organization_id: "uuid",
  applied_coupon_id: "uuid",
  invoice_id: "uuid",
  amount_cents: "money",
  returned_at: "instant",
  created_at: "instant",
  updated_at: "instant"
})

const FIXED = ["id", "organization_id", "created_at"]
const CHANGING = Object.keys(couponsTable.columns).filter((column) => !FIXED.includes(column))

/** What uses make of an application. */
const STATE = ["status", "frequency_duration_remaining", "terminated_at", "updated_at"]

type Raw = Readonly<Record<string, unknown>>
const couponOf = decodeRow<Coupon>(couponsTable)
const appliedOf = decodeRow<AppliedCoupon>(appliedCouponsTable)

const taken = (code: string) => (error: StorageError) =>
  isTaken(error, "coupons", "code") ? new CodeTaken({ entity: "coupon", code }) : error

export const couponStoreLayer: Layer.Layer<CouponStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  CouponStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, list, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `coupons.${operation}`)
    const page = readPage(sql, dialect)

    const coupons = Effect.fnUntraced(function* (condition: Fragment, lock = "") {
      const organization = yield* CurrentOrganization
      const found = yield* sql`SELECT ${columns(couponsTable, "c")} FROM coupons c WHERE c.organization_id = ${organization}
        AND ${condition}${sql.literal(lock)}`
      return found.map((row) => couponOf(row as Raw))
    })

    const one = (name: CouponName, lock: string) =>
      Effect.map(coupons("id" in name ? sql`c.id = ${name.id}` : sql`c.code = ${name.code}`, lock), ([coupon]) => coupon)

    const applied = Effect.fnUntraced(function* (condition: Fragment, lock: string) {
      const organization = yield* CurrentOrganization
      const found = yield* sql`SELECT ${columns(appliedCouponsTable, "a")} FROM applied_coupons a WHERE a.organization_id = ${organization}
        AND ${condition} ORDER BY a.id${sql.literal(lock)}`
      return found.map((row) => appliedOf(row as Raw))
    })

    const oneApplied = (id: string, lock: string) => Effect.map(applied(sql`a.id = ${id}`, lock), ([found]) => found)

    return CouponStore.of({
      insert: (coupon) => insert(couponsTable, [coupon]).pipe(storage("insert"), Effect.mapError(taken(coupon.code))),
      save: (coupon) => update(couponsTable, CHANGING, [coupon]).pipe(storage("save"), Effect.mapError(taken(coupon.code))),
      find: (name) => one(name, "").pipe(storage("find")),
      lock: (name) => one(name, dialect.forUpdate).pipe(storage("lock")),

      remove: Effect.fnUntraced(function* (id) {
        const organization = yield* CurrentOrganization
        yield* sql`DELETE FROM coupons WHERE organization_id = ${organization} AND id = ${id}`
      }, storage("remove")),

      page: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        return yield* page(
          couponsTable,
          couponOf,
          [sql`t.organization_id = ${organization}`, ...equalTo(sql, couponsTable, filter, ["status"])],
          request
        )
      }, storage("page")),

      counts: Effect.fnUntraced(function* (coupon_id) {
        const organization = yield* CurrentOrganization
        const [found] = yield* sql<Record<"applied" | "active" | "once" | "forever" | "remaining", unknown>>`
          SELECT COUNT(*) AS applied, COUNT(CASE WHEN a.status = 'active' THEN 1 END) AS active,
            COUNT(CASE WHEN a.status = 'active' AND a.frequency = 'once' THEN 1 END) AS once,
            COUNT(CASE WHEN a.status = 'active' AND a.frequency = 'forever' THEN 1 END) AS forever,
            COALESCE(SUM(CASE WHEN a.status = 'active' THEN a.frequency_duration_remaining END), 0) AS remaining
          FROM applied_coupons a WHERE a.organization_id = ${organization} AND a.coupon_id = ${coupon_id}`
        const given = yield* sql<{ currency: string; amount_cents: string }>`
          SELECT i.currency AS currency, ${sql.literal(dialect.sumMoney("u.amount_cents"))} AS amount_cents FROM applied_coupons a
          JOIN applied_coupon_uses u ON u.organization_id = a.organization_id AND u.applied_coupon_id = a.id
          JOIN invoices i ON i.organization_id = u.organization_id AND i.id = u.invoice_id
          WHERE a.organization_id = ${organization} AND a.coupon_id = ${coupon_id} AND u.returned_at IS NULL
          GROUP BY i.currency ORDER BY i.currency`
        const [applied, active] = [Number(found!.applied), Number(found!.active)]
        return {
          applied,
          active,
          terminated: applied - active,
          uses_remaining: Number(found!.forever) > 0 ? null : Number(found!.once) + Number(found!.remaining),
          discounts: given.map(({ amount_cents, currency }) => ({ currency, amount_cents: BigInt(amount_cents) }))
        }
      }, storage("counts")),

      applications: Effect.fnUntraced(function* (coupon_id, customer_id) {
        const organization = yield* CurrentOrganization
        const [found] = yield* sql<{ every: unknown; active: unknown }>`
          SELECT COUNT(*) AS every, COUNT(CASE WHEN a.status = 'active' AND a.customer_id = ${customer_id} THEN 1 END) AS active
          FROM applied_coupons a WHERE a.organization_id = ${organization} AND a.coupon_id = ${coupon_id}`
        return { all: Number(found!.every), active_of_customer: Number(found!.active) }
      }, storage("applications")),

      apply: (row) => insert(appliedCouponsTable, [row]).pipe(storage("apply")),
      findApplied: (id) => oneApplied(id, "").pipe(storage("findApplied")),
      lockApplied: (id) => oneApplied(id, dialect.forUpdate).pipe(storage("lockApplied")),
      saveApplied: (states) => update(appliedCouponsTable, STATE, states).pipe(storage("saveApplied")),

      pageApplied: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const filtered = equalTo(sql, appliedCouponsTable, filter, ["customer_id", "coupon_id", "status"])
        return yield* page(appliedCouponsTable, appliedOf, [sql`t.organization_id = ${organization}`, ...filtered], request)
      }, storage("pageApplied")),

      lockActive: Effect.fnUntraced(function* (customer_ids) {
        if (customer_ids.length === 0) return []
        const active = yield* applied(sql`a.status = 'active' AND a.customer_id IN ${list("uuid", customer_ids)}`, dialect.forUpdate)
        if (active.length === 0) return []
        const known = new Map(
          (yield* coupons(sql`c.id IN ${list("uuid", [...new Set(active.map(({ coupon_id }) => coupon_id))])}`)).map((coupon) => [
            coupon.id,
            coupon
          ])
        )
        return active
          .toSorted((a, b) => a.created_at.epochMillis - b.created_at.epochMillis)
          .map((row) => ({ applied: row, coupon: known.get(row.coupon_id)! }))
      }, storage("lockActive")),

      insertUses: (uses: ReadonlyArray<CouponUse>) => insert(couponUsesTable, uses).pipe(storage("insertUses")),

      lockUsed: Effect.fnUntraced(function* (invoice_id) {
        const organization = yield* CurrentOrganization
        return yield* applied(
          sql`a.id IN (SELECT u.applied_coupon_id FROM applied_coupon_uses u WHERE u.organization_id = ${organization}
            AND u.invoice_id = ${invoice_id} AND u.returned_at IS NULL)`,
          dialect.forUpdate
        )
      }, storage("lockUsed")),

      returnUses: Effect.fnUntraced(function* (invoice_id, at) {
        const organization = yield* CurrentOrganization
        const now = DateTime.formatIso(at)
        yield* sql`UPDATE applied_coupon_uses SET returned_at = ${now}, updated_at = ${now}
          WHERE organization_id = ${organization} AND invoice_id = ${invoice_id} AND returned_at IS NULL`
      }, storage("returnUses"))
    })
  })
)
