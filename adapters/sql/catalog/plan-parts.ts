/** Charges, filters and commitments of plans in SQL: written, read and taken off with a constant number of statements. */
import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import { Array as Arr, type DateTime, Effect } from "effect"
import type { Charge, ChargeFilter, Commitment, FullPlan, Plan } from "../../../src/catalog/index.js"
import { CurrentOrganization, type IdSource } from "../../../src/core/index.js"
import type { DialectShape } from "../dialect.js"
import { statements } from "../statements.js"
import { decodeRow, type Table, writeValue } from "../table.js"
import { chargeFiltersTable, chargesTable, commitmentsTable } from "./tables.js"
import { valuesOf, valueText } from "./terms-json.js"

type Raw = Readonly<Record<string, unknown>>

const chargeOf = decodeRow<Omit<Charge, "filters">>(chargesTable)
const filterOf = decodeRow<Omit<ChargeFilter, "values">>(chargeFiltersTable)
const commitmentOf = decodeRow<Commitment & { readonly retired_at?: null }>(commitmentsTable)

/** `ON CONFLICT … DO UPDATE` of everything but the keys. */
const upsert = ({ columns }: Table): string =>
  `ON CONFLICT (organization_id, id) DO UPDATE SET ${Object.keys(columns)
    .filter((column) => !["id", "organization_id", "created_at"].includes(column))
    .map((column) => `${column} = excluded.${column}`)
    .join(", ")}`

export const planParts = (sql: SqlClient, dialect: DialectShape, ids: IdSource) => {
  const { columns, insert, list, rows } = statements(sql, dialect)

  const filterRows = (plan: FullPlan) =>
    plan.charges.flatMap((charge) =>
      charge.filters.map((filter, position) => ({
        ...filter,
        organization_id: plan.organization_id,
        position,
        retired_at: null,
        created_at: plan.updated_at,
        updated_at: plan.updated_at
      }))
    )

  /** A row per filter and key. */
  const writeValues = Effect.fnUntraced(function* (plan: FullPlan) {
    const organization = plan.organization_id
    const filters = plan.charges.flatMap((charge) => charge.filters.map((filter) => ({ filter, metric_id: charge.billable_metric_id })))
    if (filters.length === 0) return
    const written = list(
      "uuid",
      filters.map(({ filter }) => filter.id)
    )
    yield* sql`DELETE FROM charge_filter_values WHERE organization_id = ${organization} AND charge_filter_id IN ${written}`
    const at = writeValue("instant", plan.updated_at) as string
    const values = filters.flatMap(({ filter, metric_id }) =>
      Object.entries(filter.values).map(([key, allowed]) => [filter.id, metric_id, key, valueText(allowed)])
    )
    const fresh = yield* ids.many(values.length)
    const given = rows(
      [
        ["id", "uuid"],
        ["charge_filter_id", "uuid"],
        ["billable_metric_id", "uuid"],
        ["key", "text"],
        ["value", "text"]
      ],
      values.map((value, index) => [fresh[index], ...value])
    )
    yield* sql`INSERT INTO charge_filter_values (id, organization_id, charge_filter_id, billable_metric_filter_id, value, created_at, updated_at)
      SELECT items.id, f.organization_id, items.charge_filter_id, f.id, items.value, ${at}, ${at}
      FROM ${given} items JOIN billable_metric_filters f
        ON f.billable_metric_id = items.billable_metric_id AND f.key = items.key
      WHERE f.organization_id = ${organization}`
  })

  /** Marks the metrics whose events are billed one by one, for good: older versions of the plan keep their charges (P17). */
  const markInAdvance = ({ charges, organization_id }: FullPlan): Effect.Effect<void, SqlError> => {
    const metrics = charges.filter((charge) => charge.pay_in_advance).map((charge) => charge.billable_metric_id)
    return metrics.length === 0
      ? Effect.void
      : Effect.asVoid(sql`UPDATE billable_metrics SET paid_in_advance = ${dialect.engine === "sqlite" ? 1 : true}
          WHERE organization_id = ${organization_id} AND id IN ${list("uuid", metrics)}`)
  }

  /** Writes the charges, filters and commitment of a plan, new or changed. */
  const write = (plan: FullPlan): Effect.Effect<void, SqlError> =>
    Effect.gen(function* () {
      yield* insert(chargesTable, plan.charges, upsert(chargesTable))
      yield* markInAdvance(plan)
      yield* insert(chargeFiltersTable, filterRows(plan), upsert(chargeFiltersTable))
      yield* writeValues(plan)
      if (plan.commitment !== null) {
        yield* insert(commitmentsTable, [{ ...plan.commitment, retired_at: null }], upsert(commitmentsTable))
      }
    })

  const retiredFilters = (organization: string, charges: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<string>, SqlError> =>
    charges.length === 0
      ? Effect.succeed([])
      : Effect.map(
          sql<{ id: string }>`SELECT f.id FROM charge_filters f WHERE f.organization_id = ${organization}
            AND f.charge_id IN ${list("uuid", charges)} AND f.retired_at IS NOT NULL`,
          (found) => found.map(({ id }) => id)
        )

  /** What a plan no longer has: retired at an instant, or, where nobody was ever billed by it, deleted. */
  const leave = (before: FullPlan, after: FullPlan, retired_at: DateTime.Utc | null): Effect.Effect<void, SqlError> =>
    Effect.gen(function* () {
      const organization = before.organization_id
      const kept = new Set<string>(after.charges.flatMap((charge) => [charge.id, ...charge.filters.map((filter) => filter.id)]))
      const charges = before.charges.filter((charge) => !kept.has(charge.id)).map((charge) => charge.id)
      const current = before.charges.flatMap((charge) => charge.filters.filter((filter) => !kept.has(filter.id)).map((filter) => filter.id))
      // A charge takes filters along that were retired while somebody had the plan.
      const filters = retired_at === null ? [...current, ...(yield* retiredFilters(organization, charges))] : current
      const commitments = before.commitment !== null && after.commitment === null ? [before.commitment.id] : []
      for (const [name, ids] of [
        ["charge_filters", filters],
        ["charges", charges],
        ["commitments", commitments]
      ] as const) {
        if (ids.length === 0) continue
        const those = sql`organization_id = ${organization} AND id IN ${list("uuid", ids)}`
        if (retired_at !== null) {
          const at = writeValue("instant", retired_at) as string
          yield* sql`UPDATE ${sql.literal(name)} SET retired_at = ${at}, updated_at = ${at} WHERE ${those}`
          continue
        }
        if (name === "charge_filters") {
          yield* sql`DELETE FROM charge_filter_values WHERE organization_id = ${organization} AND charge_filter_id IN ${list("uuid", ids)}`
        } else {
          yield* sql`DELETE FROM applied_taxes WHERE organization_id = ${organization} AND taxable_type = ${name.slice(0, -1)}
            AND taxable_id IN ${list("uuid", ids)}`
        }
        yield* sql`DELETE FROM ${sql.literal(name)} WHERE ${those}`
      }
    })

  /** Plans with their current charges, filters and commitment. */
  const read = (plans: ReadonlyArray<Plan>): Effect.Effect<ReadonlyArray<FullPlan>, SqlError, CurrentOrganization> =>
    Effect.gen(function* () {
      if (plans.length === 0) return []
      const organization = yield* CurrentOrganization
      const wanted = list(
        "uuid",
        plans.map((plan) => plan.id)
      )
      const charges = yield* sql`SELECT ${columns(chargesTable, "c")} FROM charges c
        WHERE c.organization_id = ${organization} AND c.plan_id IN ${wanted} AND c.retired_at IS NULL ORDER BY c.position, c.id`
      const filters = yield* sql`SELECT ${columns(chargeFiltersTable, "f")} FROM charge_filters f
        JOIN charges c ON c.organization_id = f.organization_id AND c.id = f.charge_id
        WHERE f.organization_id = ${organization} AND c.plan_id IN ${wanted} AND f.retired_at IS NULL ORDER BY f.position, f.id`
      const values = yield* sql`SELECT v.charge_filter_id, m.key, v.value FROM charge_filter_values v
        JOIN charge_filters f ON f.organization_id = v.organization_id AND f.id = v.charge_filter_id
        JOIN charges c ON c.organization_id = f.organization_id AND c.id = f.charge_id
        JOIN billable_metric_filters m ON m.organization_id = v.organization_id AND m.id = v.billable_metric_filter_id
        WHERE v.organization_id = ${organization} AND c.plan_id IN ${wanted} ORDER BY m.key`
      const commitments = yield* sql`SELECT ${columns(commitmentsTable, "m")} FROM commitments m
        WHERE m.organization_id = ${organization} AND m.plan_id IN ${wanted} AND m.retired_at IS NULL`

      const valuesByFilter = Arr.groupBy(
        values as ReadonlyArray<{ charge_filter_id: string; key: string; value: string }>,
        (row) => row.charge_filter_id
      )
      const filtersByCharge = Arr.groupBy(
        filters.map((row): ChargeFilter => {
          const { id, charge_id, properties, invoice_display_name } = filterOf(row as Raw)
          const keys = valuesByFilter[id] ?? []
          return {
            id,
            charge_id,
            properties,
            invoice_display_name,
            values: Object.fromEntries(keys.map((row) => [row.key, valuesOf(row.value)]))
          }
        }),
        (filter) => filter.charge_id
      )
      const chargesByPlan = Arr.groupBy(
        charges.map((row): Charge => {
          const charge = chargeOf(row as Raw)
          return { ...charge, filters: filtersByCharge[charge.id] ?? [] }
        }),
        (charge) => charge.plan_id
      )
      const byPlan = new Map(
        commitments.map((row) => {
          const { retired_at: _, ...commitment } = commitmentOf(row as Raw)
          return [commitment.plan_id as string, commitment as Commitment]
        })
      )
      return plans.map((plan) => ({ ...plan, charges: chargesByPlan[plan.id] ?? [], commitment: byPlan.get(plan.id) ?? null }))
    })

  /** Deletes a plan with everything that is its own; whoever waits for it waits no longer. */
  const remove = ({ id, organization_id }: Plan): Effect.Effect<void, SqlError> =>
    Effect.gen(function* () {
      const own = (of: string) => sql`SELECT id FROM ${sql.literal(of)} WHERE organization_id = ${organization_id} AND plan_id = ${id}`
      const filters = sql`SELECT id FROM charge_filters WHERE organization_id = ${organization_id} AND charge_id IN (${own("charges")})`
      yield* sql`DELETE FROM applied_taxes WHERE organization_id = ${organization_id} AND ((taxable_type = 'plan' AND taxable_id = ${id})
        OR (taxable_type = 'charge' AND taxable_id IN (${own("charges")}))
        OR (taxable_type = 'commitment' AND taxable_id IN (${own("commitments")})))`
      yield* sql`DELETE FROM charge_filter_values WHERE organization_id = ${organization_id} AND charge_filter_id IN (${filters})`
      yield* sql`DELETE FROM charge_filters WHERE organization_id = ${organization_id} AND charge_id IN (${own("charges")})`
      for (const of of ["charges", "commitments", "usage_thresholds", "entitlements", "plan_versions"]) {
        yield* sql`DELETE FROM ${sql.literal(of)} WHERE organization_id = ${organization_id} AND plan_id = ${id}`
      }
      yield* sql`UPDATE subscriptions SET previous_plan_id = NULL, previous_plan_version = NULL, downgraded_at = NULL
        WHERE organization_id = ${organization_id} AND previous_plan_id = ${id}`
      yield* sql`DELETE FROM plans WHERE organization_id = ${organization_id} AND id = ${id}`
    })

  return { write, leave, read, remove }
}
