/** The queue of syncs in SQL: what changed is written with its transaction, workers claim what is due and book what came of it. */
import * as SqlClient from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import { DateTime, Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import {
  type ClaimedSync,
  type IntegrationMapping,
  type QueuedSync,
  type Resource,
  SyncQueueStore
} from "../../../src/integrations/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { statements } from "../statements.js"
import { type ColumnType, decodeRow, table } from "../table.js"
import { mappingsTable } from "./tables.js"

type Raw = Record<string, unknown>
type Columns = ReadonlyArray<readonly [string, ColumnType]>

const queuedTable = table("integration_syncs", {
  integration_id: "uuid",
  resource_type: "text",
  resource_id: "uuid",
  version: "integer",
  done_version: "integer",
  attempts: "integer",
  next_attempt_at: "instant"
})
const claimedTable = table("integration_syncs", {
  organization_id: "uuid",
  integration_id: "uuid",
  resource_type: "text",
  resource_id: "uuid",
  version: "integer",
  attempts: "integer",
  by_hand: "boolean",
  claim_id: "uuid",
  history_id: "uuid"
})

const queuedOf = decodeRow<QueuedSync>(queuedTable)
const claimedOf = decodeRow<ClaimedSync>(claimedTable)
const mappingOf = decodeRow<IntegrationMapping>(mappingsTable)

const RESOURCE: Columns = [
  ["resource_type", "text"],
  ["resource_id", "uuid"]
]
const CHANGE: Columns = [["organization_id", "uuid"], ["integration_type", "text"], ...RESOURCE]
const KEY: Columns = [["organization_id", "uuid"], ["integration_id", "uuid"], ...RESOURCE, ["claim_id", "uuid"]]
const NOTED: Columns = [...KEY, ["history_id", "uuid"]]
const BOOKED: Columns = [...KEY, ["outcome", "text"], ["next_attempt_at", "instant"]]

const keyOf = ({ claim_id, integration_id, organization_id, resource_id, resource_type }: ClaimedSync) => [
  organization_id,
  integration_id,
  resource_type,
  resource_id,
  claim_id
]

/** The same row of the queue as `items`. */
const SAME = `integration_syncs.organization_id = items.organization_id AND integration_syncs.integration_id = items.integration_id
  AND integration_syncs.resource_type = items.resource_type AND integration_syncs.resource_id = items.resource_id
  AND integration_syncs.claim_id = items.claim_id`

export const syncQueueStoreLayer: Layer.Layer<SyncQueueStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  SyncQueueStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, rows } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `integration_syncs.${operation}`)
    const postgres = dialect.engine === "postgres"
    const truth = (value: boolean) => sql.literal(postgres ? String(value) : value ? "1" : "0")
    const same = sql.literal(SAME)

    const values = (resources: ReadonlyArray<Resource>) => resources.map((one) => [one.resource_type, one.resource_id])

    /** A row that is under way stays its worker's: it is due again once it is booked. */
    const raised = sql.literal(`ON CONFLICT (organization_id, integration_id, resource_type, resource_id) DO UPDATE SET
      version = integration_syncs.version + 1, by_hand = excluded.by_hand, updated_at = excluded.updated_at,
      attempts = CASE WHEN integration_syncs.claim_id IS NULL THEN 0 ELSE integration_syncs.attempts END,
      next_attempt_at = CASE WHEN integration_syncs.claim_id IS NULL THEN excluded.next_attempt_at ELSE integration_syncs.next_attempt_at END`)
    const target =
      sql.literal(`INSERT INTO integration_syncs (organization_id, integration_id, resource_type, resource_id, version, done_version,
      attempts, by_hand, next_attempt_at, created_at, updated_at)`)

    const claimWhere = Effect.fnUntraced(function* (claim_id: string, now: DateTime.Utc, until: DateTime.Utc, due: Fragment) {
      const found = yield* sql`UPDATE integration_syncs SET claim_id = ${claim_id}, claimed_version = version, attempts = attempts + 1,
          next_attempt_at = ${DateTime.formatIso(until)}, updated_at = ${DateTime.formatIso(now)}
        WHERE (organization_id, integration_id, resource_type, resource_id) IN (${due})
        RETURNING ${columns(claimedTable, "integration_syncs")}`
      return found.map((row) => claimedOf(row as Raw))
    })

    return SyncQueueStore.of({
      enqueue: Effect.fnUntraced(function* (changes, now) {
        const at = DateTime.formatIso(now)
        const all = changes.map((one) => [one.organization_id, one.integration_type, one.resource_type, one.resource_id])
        // The row of the integration is held, so that nobody deletes it meanwhile.
        yield* sql`${target} SELECT i.organization_id, i.id, items.resource_type, items.resource_id, 1, 0, 0, ${truth(false)}, ${
          postgres ? sql`${at}::timestamptz` : at
        }, ${postgres ? sql`${at}::timestamptz` : at}, ${postgres ? sql`${at}::timestamptz` : at}
          FROM ${rows(CHANGE, all)} items
          JOIN integrations i ON i.organization_id = items.organization_id AND i.integration_type = items.integration_type
          WHERE i.status <> 'inactive' ORDER BY i.id, items.resource_type, items.resource_id ${raised}`
      }, storage("enqueue")),

      demand: Effect.fnUntraced(function* (integration_id, resources, by_hand, now) {
        if (resources.length === 0) return
        const organization = yield* CurrentOrganization
        const at = DateTime.formatIso(now)
        yield* sql`${target} SELECT i.organization_id, i.id, items.resource_type, items.resource_id, 1, 0, 0, ${truth(by_hand)}, ${
          postgres ? sql`${at}::timestamptz` : at
        }, ${postgres ? sql`${at}::timestamptz` : at}, ${postgres ? sql`${at}::timestamptz` : at}
          FROM ${rows(RESOURCE, values(resources))} items
          JOIN integrations i ON i.organization_id = ${organization} AND i.id = ${integration_id}
          WHERE true ORDER BY items.resource_type, items.resource_id ${raised}`
      }, storage("demand")),

      find: Effect.fnUntraced(function* (integration_id, { resource_id, resource_type }) {
        const organization = yield* CurrentOrganization
        const [found] = yield* sql`SELECT ${columns(queuedTable, "s")} FROM integration_syncs s
          WHERE s.organization_id = ${organization} AND s.integration_id = ${integration_id}
            AND s.resource_type = ${resource_type} AND s.resource_id = ${resource_id}`
        return found === undefined ? undefined : queuedOf(found as Raw)
      }, storage("find")),

      claim: ({ claim_id, limit, now, until }) =>
        claimWhere(
          claim_id,
          now,
          until,
          sql`SELECT s.organization_id, s.integration_id, s.resource_type, s.resource_id FROM integration_syncs s
            JOIN integrations i ON i.organization_id = s.organization_id AND i.id = s.integration_id
            WHERE s.next_attempt_at <= ${DateTime.formatIso(now)} AND i.status = 'active'
            ORDER BY s.next_attempt_at LIMIT ${limit}${sql.literal(postgres ? " FOR NO KEY UPDATE OF s SKIP LOCKED" : "")}`
        ).pipe(storage("claim")),

      claimThese: Effect.fnUntraced(function* (integration_id, resources, { claim_id, now, until }) {
        if (resources.length === 0) return []
        const organization = yield* CurrentOrganization
        return yield* claimWhere(
          claim_id,
          now,
          until,
          sql`SELECT s.organization_id, s.integration_id, s.resource_type, s.resource_id FROM integration_syncs s
            JOIN ${rows(RESOURCE, values(resources))} items ON items.resource_type = s.resource_type AND items.resource_id = s.resource_id
            WHERE s.organization_id = ${organization} AND s.integration_id = ${integration_id}
              AND (s.claim_id IS NULL OR s.next_attempt_at <= ${DateTime.formatIso(now)})${sql.literal(
                postgres ? " FOR NO KEY UPDATE OF s SKIP LOCKED" : ""
              )}`
        )
      }, storage("claimThese")),

      noteHistory: Effect.fnUntraced(function* (claims) {
        if (claims.length === 0) return
        yield* sql`UPDATE integration_syncs SET history_id = items.history_id FROM ${rows(
          NOTED,
          claims.map((claimed) => [...keyOf(claimed), claimed.history_id])
        )} items WHERE ${same}`
      }, storage("noteHistory")),

      book: Effect.fnUntraced(function* (booked, now) {
        if (booked.length === 0) return []
        const at = DateTime.formatIso(now)
        const found = yield* sql`UPDATE integration_syncs SET
            done_version = CASE WHEN items.outcome = 'done' THEN claimed_version ELSE done_version END,
            next_attempt_at = CASE WHEN version > claimed_version THEN ${postgres ? sql`${at}::timestamptz` : at} ELSE items.next_attempt_at END,
            attempts = CASE WHEN items.outcome = 'done' OR version > claimed_version THEN 0
              WHEN items.outcome = 'waits' THEN attempts - 1 ELSE attempts END,
            by_hand = CASE WHEN items.outcome = 'done' AND version = claimed_version THEN ${truth(false)} ELSE by_hand END,
            claim_id = NULL, claimed_version = NULL, history_id = NULL, updated_at = ${at}
          FROM ${rows(
            BOOKED,
            booked.map(({ claimed, next_attempt_at, outcome }) => [...keyOf(claimed), outcome, next_attempt_at])
          )} items WHERE ${same}
          RETURNING integration_syncs.integration_id, integration_syncs.resource_type, integration_syncs.resource_id`
        const own = new Set(found.map((row) => `${(row as Raw).integration_id} ${(row as Raw).resource_type} ${(row as Raw).resource_id}`))
        return booked.flatMap(({ claimed }) =>
          own.has(`${claimed.integration_id} ${claimed.resource_type} ${claimed.resource_id}`) ? [claimed] : []
        )
      }, storage("book")),

      revive: Effect.fnUntraced(function* (integration_id, now) {
        const organization = yield* CurrentOrganization
        const at = DateTime.formatIso(now)
        yield* sql`UPDATE integration_syncs SET next_attempt_at = ${at}, attempts = 0, updated_at = ${at}
          WHERE organization_id = ${organization} AND integration_id = ${integration_id} AND next_attempt_at IS NULL AND done_version < version`
      }, storage("revive")),

      twins: Effect.fnUntraced(function* (integration_id, resources) {
        if (resources.length === 0) return []
        const organization = yield* CurrentOrganization
        const found = yield* sql`SELECT ${columns(mappingsTable, "m")} FROM integration_mappings m
          JOIN ${rows(RESOURCE, values(resources))} items ON items.resource_type = m.mappable_type AND items.resource_id = m.mappable_id
          WHERE m.organization_id = ${organization} AND m.integration_id = ${integration_id}`
        return found.map((row) => mappingOf(row as Raw))
      }, storage("twins")),

      saveTwins: (mappings) =>
        insert(
          mappingsTable,
          mappings,
          `ON CONFLICT (organization_id, integration_id, mappable_type, mappable_id) DO UPDATE SET external_id = excluded.external_id,
            external_data = excluded.external_data, last_synced_at = excluded.last_synced_at, updated_at = excluded.updated_at`
        ).pipe(storage("saveTwins"))
    })
  })
)
