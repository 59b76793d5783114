/** Dunning campaigns in SQL, and what is overdue. */
import * as SqlClient from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import { Array as Arr, DateTime, Effect, Layer } from "effect"
import { CodeTaken, CurrentOrganization, type StorageError } from "../../../src/core/index.js"
import { type CampaignThreshold, type DunningCampaign, DunningCampaignStore, type RequestSums } from "../../../src/payments/index.js"
import { Dialect } from "../dialect.js"
import { asStorage, isTaken } from "../failure.js"
import { equalTo, readPage } from "../page.js"
import { statements } from "../statements.js"
import { decodeRow } from "../table.js"
import { campaignsTable, campaignThresholdsTable } from "./tables.js"

type Raw = Record<string, unknown>
type CampaignRow = Omit<DunningCampaign, "thresholds">

const CHANGING = ["code", "name", "description", "max_attempts", "days_between_attempts", "bcc_emails", "status", "updated_at"]

const campaignOf = decodeRow<CampaignRow>(campaignsTable)
const thresholdOf = decodeRow<CampaignThreshold & { readonly dunning_campaign_id: string }>(campaignThresholdsTable)

const taken = (code: string) => (error: StorageError) =>
  isTaken(error, "dunning_campaigns", "code") ? new CodeTaken({ entity: "dunning campaign", code }) : error

export const dunningCampaignStoreLayer: Layer.Layer<DunningCampaignStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  DunningCampaignStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const { columns, insert, list, update } = statements(sql, dialect)
    const storage = (operation: string) => asStorage(dialect, `dunning_campaigns.${operation}`)
    const page = readPage(sql, dialect)

    const complete = Effect.fnUntraced(function* (campaigns: ReadonlyArray<CampaignRow>) {
      if (campaigns.length === 0) return []
      const organization = yield* CurrentOrganization
      const thresholds = (yield* sql`SELECT ${columns(campaignThresholdsTable, "h")} FROM dunning_campaign_thresholds h
        WHERE h.organization_id = ${organization} AND h.dunning_campaign_id IN ${list(
          "uuid",
          campaigns.map(({ id }) => id)
        )} ORDER BY h.id`).map((row) => thresholdOf(row as Raw))
      const byCampaign = Arr.groupBy(thresholds, (threshold) => threshold.dunning_campaign_id)
      return campaigns.map(
        (campaign): DunningCampaign => ({
          ...campaign,
          thresholds: (byCampaign[campaign.id] ?? []).map(({ amount_cents, currency, id }) => ({ id, currency, amount_cents }))
        })
      )
    })

    const select = (condition: Fragment, lock = "") =>
      Effect.flatMap(
        CurrentOrganization,
        (organization) => sql`SELECT ${columns(campaignsTable, "c")} FROM dunning_campaigns c
          WHERE c.organization_id = ${organization} AND ${condition} ORDER BY c.created_at, c.id${sql.literal(lock)}`
      ).pipe(Effect.flatMap((rows) => complete(rows.map((row) => campaignOf(row as Raw)))))

    const one = (id: string, lock = "") => Effect.map(select(sql`c.id = ${id}`, lock), ([campaign]) => campaign)

    const insertThresholds = (campaign: DunningCampaign) =>
      insert(
        campaignThresholdsTable,
        campaign.thresholds.map((threshold) => ({
          ...threshold,
          organization_id: campaign.organization_id,
          dunning_campaign_id: campaign.id,
          created_at: campaign.updated_at,
          updated_at: campaign.updated_at
        }))
      )

    const removeThresholds = (organization: string, id: string) =>
      sql`DELETE FROM dunning_campaign_thresholds WHERE organization_id = ${organization} AND dunning_campaign_id = ${id}`

    const requested = sql.literal(`EXISTS (SELECT 1 FROM payment_request_invoices l
      WHERE l.organization_id = i.organization_id AND l.invoice_id = i.id)`)

    return DunningCampaignStore.of({
      insert: (campaign) =>
        insert(campaignsTable, [campaign]).pipe(
          Effect.zipRight(insertThresholds(campaign)),
          storage("insert"),
          Effect.mapError(taken(campaign.code))
        ),

      save: (campaign) =>
        update(campaignsTable, CHANGING, [campaign]).pipe(
          Effect.zipRight(removeThresholds(campaign.organization_id, campaign.id)),
          Effect.zipRight(insertThresholds(campaign)),
          storage("save"),
          Effect.mapError(taken(campaign.code))
        ),

      find: (id) => one(id).pipe(storage("find")),
      lock: (id) => one(id, dialect.forUpdate).pipe(storage("lock")),
      all: select(sql.literal("1 = 1")).pipe(storage("all")),

      remove: Effect.fnUntraced(function* (id) {
        const organization = yield* CurrentOrganization
        yield* sql`DELETE FROM dunning_campaigns WHERE organization_id = ${organization} AND id = ${id}`
      }, storage("remove")),

      page: Effect.fnUntraced(function* (filter, request) {
        const organization = yield* CurrentOrganization
        const conditions = [sql`t.organization_id = ${organization}`, ...equalTo(sql, campaignsTable, filter, ["status"])]
        const found = yield* page(campaignsTable, campaignOf, conditions, request)
        return { ...found, rows: yield* complete(found.rows) }
      }, storage("page")),

      customersInArrears: Effect.fnUntraced(function* (now, after, limit) {
        const organization = yield* CurrentOrganization
        const beyond = after === null ? sql.literal("") : sql`AND i.customer_id > ${after}`
        const found = yield* sql<{ customer_id: string }>`SELECT DISTINCT i.customer_id FROM invoices i
          WHERE i.organization_id = ${organization} AND i.status = 'finalized' AND i.due_date <= ${DateTime.formatIso(now)} ${beyond}
          ORDER BY i.customer_id LIMIT ${limit}`
        return found.map(({ customer_id }) => customer_id)
      }, storage("customersInArrears")),

      invoicesInArrears: Effect.fnUntraced(function* (customer_ids, now, wanted) {
        if (customer_ids.length === 0) return []
        const organization = yield* CurrentOrganization
        const fresh = wanted === "never" ? sql`AND NOT ${requested}` : sql.literal("")
        const found = yield* sql<{ id: string }>`SELECT i.id FROM invoices i
          WHERE i.organization_id = ${organization} AND i.status = 'finalized' AND i.due_date <= ${DateTime.formatIso(now)}
          AND i.customer_id IN ${list("uuid", customer_ids)} ${fresh} ORDER BY i.id`
        return found.map(({ id }) => id)
      }, storage("invoicesInArrears")),

      sums: Effect.fnUntraced(function* (campaign_id) {
        const organization = yield* CurrentOrganization
        const of = campaign_id === null ? sql`r.dunning_campaign_id IS NOT NULL` : sql`r.dunning_campaign_id = ${campaign_id}`
        const found = yield* sql<{ payment_status: RequestSums["payment_status"]; currency: string; requests: number; amount: string }>`
          SELECT r.payment_status, r.amount_currency AS currency, COUNT(*) AS requests,
            ${sql.literal(dialect.sumMoney("r.amount_cents"))} AS amount FROM payment_requests r
          WHERE r.organization_id = ${organization} AND ${of} GROUP BY r.payment_status, r.amount_currency ORDER BY 1, 2`
        return found.map(({ amount, requests, ...row }) => ({ ...row, requests: Number(requests), amount_cents: BigInt(amount) }))
      }, storage("sums"))
    })
  })
)
