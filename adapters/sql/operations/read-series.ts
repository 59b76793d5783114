/** What the doctor reads of invoice numbers, in SQL: every series with its numbers, raises and counter. */
import type { SqlClient } from "@effect/sql/SqlClient"
import { Array as Arr, Effect } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import type { Raise, RawNumber, RawSeries } from "../../../src/operations/index.js"
import { millis } from "./reading.js"

export const readSeries = (sql: SqlClient) =>
  Effect.gen(function* () {
    const organization = yield* CurrentOrganization
    const issued = yield* sql<{ id: string; billing_entity_id: string | null; invoice_number: string; issued_at: unknown }>`
      SELECT i.id, i.billing_entity_id, i.invoice_number, i.issued_at FROM invoices i
      WHERE i.organization_id = ${organization} AND i.invoice_number IS NOT NULL`
    const entities = yield* sql<{ id: string; next: string }>`
      SELECT id, CAST(next_invoice_number AS TEXT) AS next FROM billing_entities WHERE organization_id = ${organization} ORDER BY id`
    const raises = yield* sql<{ billing_entity_id: string; low: string; high: string }>`
      SELECT billing_entity_id, CAST(from_number AS TEXT) AS low, CAST(to_number AS TEXT) AS high
      FROM invoice_number_raises WHERE organization_id = ${organization}`
    const days = yield* sql<{ day: string; next: string }>`
      SELECT CAST(day AS TEXT) AS day, CAST(next_value AS TEXT) AS next FROM document_counters
      WHERE organization_id = ${organization} AND kind = 'INV' ORDER BY day`
    // An organization that issues by itself has a series a day: the part of its numbers before the counter.
    const keyed = Arr.groupBy(
      issued,
      ({ billing_entity_id, invoice_number }) => billing_entity_id ?? invoice_number.slice(0, invoice_number.lastIndexOf("-"))
    )
    const raisesOf = Arr.groupBy(raises, (raise) => raise.billing_entity_id)
    const numbers = (key: string): ReadonlyArray<RawNumber> =>
      (keyed[key] ?? []).map(({ id, invoice_number, issued_at }) => ({ id, invoice_number, issued_at: millis(issued_at)! }))
    const ofEntities = entities.map(
      ({ id, next }): RawSeries => ({
        numbers: numbers(id),
        raises: (raisesOf[id] ?? []).map(({ high, low }): Raise => ({ from: BigInt(low), to: BigInt(high) })),
        counter: { table: "billing_entities", id, next: BigInt(next) }
      })
    )
    const counters = new Map(
      days.map(({ day, next }) => [`INV-${day.replaceAll("-", "")}`, { table: "document_counters", id: day, next: BigInt(next) }])
    )
    const entityIds = new Set(entities.map(({ id }) => id))
    const prefixes = new Set([...counters.keys(), ...Object.keys(keyed).filter((key) => !entityIds.has(key))])
    const ofDays = [...prefixes].sort().map((key): RawSeries => ({ numbers: numbers(key), raises: [], counter: counters.get(key) ?? null }))
    return [...ofEntities, ...ofDays]
  })
