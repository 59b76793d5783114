/** What the doctor reads of integrations, in SQL: each with what its mappings and its history say. */
import type { SqlClient } from "@effect/sql/SqlClient"
import { DateTime, Effect } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import type { RawIntegration } from "../../../src/operations/index.js"

const OWN = (alias: string): string => `${alias}.organization_id = i.organization_id AND ${alias}.integration_id = i.id`

const UNFOUNDED = `(SELECT COUNT(*) FROM integration_mappings m WHERE ${OWN("m")} AND NOT EXISTS (
  SELECT 1 FROM integration_sync_histories h WHERE ${OWN("h")} AND h.resource_id = m.mappable_id AND h.resource_type = m.mappable_type
    AND h.status IN ('succeeded', 'partial')))`

export const readIntegrations = (sql: SqlClient) =>
  Effect.fnUntraced(function* (before: DateTime.Utc) {
    const organization = yield* CurrentOrganization
    const found =
      yield* sql<RawIntegration>`SELECT CAST(i.id AS TEXT) AS id, i.provider_type, i.settings, ${sql.literal(UNFOUNDED)} AS unfounded,
        (SELECT COUNT(*) FROM integration_sync_histories h WHERE ${sql.literal(OWN("h"))} AND h.status = 'started'
          AND h.started_at < ${DateTime.formatIso(before)} AND NOT EXISTS (
            SELECT 1 FROM integration_syncs s WHERE ${sql.literal(OWN("s"))} AND s.history_id = h.id)) AS forgotten
      FROM integrations i WHERE i.organization_id = ${organization} ORDER BY i.id`
    return found.map(
      (row): RawIntegration => ({
        ...row,
        settings: typeof row.settings === "string" ? JSON.parse(row.settings) : row.settings,
        unfounded: Number(row.unfounded),
        forgotten: Number(row.forgotten)
      })
    )
  })
