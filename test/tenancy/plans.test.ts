/**
 * How the statements of every public method find their rows, as SQLite plans them with the statistics that a migration writes: by something narrower
 * than the tenant wherever a table grows with it. The indexes are the same on PostgreSQL, which is asked whether each statement can do with them.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import { type Context, Effect } from "effect"
import { beforeAll, expect, it } from "vitest"
import { Dialect } from "../../adapters/sql/dialect.js"
import { byCodePoint } from "../../adapters/sql/migration.js"
import type { Services } from "../../src/client/index.js"
import { rehearse, Transactor } from "../../src/core/index.js"
import { describeEngines } from "../support/describe-engines.js"
import { users } from "../support/field.js"
import { noteStatements } from "../support/note-statements.js"
import { calls } from "./calls.js"
import { furnish } from "./given.js"
import { acting, methodsOf, NOT_CALLED, open } from "./open.js"

/** Tables of which a tenant has few rows: what it sells, to whom it reports, its keys and counters. */
const FEW = new Set(
  `organizations billing_entities invoice_number_raises members api_keys billable_metrics billable_metric_filters plans plan_versions charges
  charge_filters charge_filter_values commitments taxes coupons add_ons features entitlements usage_thresholds webhook_endpoints integrations
  integration_mappings dunning_campaigns dunning_campaign_thresholds oem_profiles notification_templates notification_template_ids audit_chains
  document_counters installation_counters data_exports billwright_changes weekly_reports monthly_reports`.split(/\s+/)
)

const SUMS = "adds up a tenant's rows, for a person who looks at a chart"

/** What reads a tenant's rows of a growing table nevertheless: `Service.method table`, or the service's or method's name alone, and why. */
const READS_ALL: Readonly<Record<string, string>> = {
  Doctor: "checks everything there is, page by page",
  Analytics: SUMS,
  "Invoices.totals": SUMS,
  "Ledger.trialBalance": SUMS,
  "Submissions.dashboard": SUMS,
  "Search.find": "a part of a text stands in no index",
  "Billing.billDue late_usage": "usage that came late and is not billed yet; a row goes when it is",
  "BillingEntities.delete invoices": "rare, and by hand",
  "Customers.delete": "rare, and by hand",
  "Plans.delete advance_lines": "rare, and by hand: of a plan that nobody has",
  "Users.remove": "rare, and by hand",
  "Calls.missing field_transitions": "every closed installation waits for its call",
  "DailyUsages.aggregate subscriptions": "visits every subscription",
  // SQLite takes no index for a pair of columns that is in a list made of two parts.
  "Events.ingest usage_alerts": "those of the metrics that came",
  "Events.ingestOne usage_alerts": "those of the metrics that came",
  "Events.ingestStream usage_alerts": "those of the metrics that came",
  "Events.reprocess usage_alerts": "those of the metrics that came",
  "WalletHolds.list wallet_holds": "each hold would pay for the index twice, and few look at the list"
}

/** Lists that are always of one thing, or whose order nobody's index pays for. */
const PARTS: Readonly<Record<string, string>> = {
  "DunningCampaigns.timeline": "of a campaign",
  "Integrations.syncHistory": "of an integration",
  "UsageAlerts.history": "of an alert",
  "Webhooks.attempts": "of a webhook",
  "Wallets.transactions": "each movement would pay for the index",
  "WalletHolds.list": "each hold would pay for the index twice"
}

/** What lists of growing tables can be sorted by besides their time. */
const SORTED = [
  ["customers", "name"],
  ["customers", "external_id"],
  ["subscriptions", "external_id"]
] as const

interface Sent {
  readonly text: string
  readonly methods: Set<string>
}

interface Step {
  readonly detail: string
}

const PLANNED = /^\s*(?:\/\*.*?\*\/\s*)?(?:SELECT|WITH|UPDATE|DELETE)\b/

/** A list's page, and the same page of the whole list. */
const PAGE = /WHERE .*(ORDER BY t\.\w+ (?:asc|desc), t\.id (?:asc|desc) LIMIT \?)$/s

describeEngines("the plan of every statement", (engine) => {
  it("comes in the order of an index where a list is sorted by a name", async () => {
    const found = await engine.run(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const dialect = yield* Dialect
        const postgres = dialect.engine === "postgres"
        const sorted: Array<string> = []
        for (const [table, column] of SORTED) {
          const by = `${column}${byCodePoint(dialect)}`
          const page = `SELECT id FROM ${table} WHERE organization_id = '${engine.organization}' ORDER BY ${by} DESC, id DESC LIMIT 100`
          const steps = yield* sql.withTransaction(
            Effect.gen(function* () {
              // A table without rows would be sorted in no time.
              if (postgres) yield* sql`SET LOCAL enable_sort = off`
              return yield* sql.unsafe(`EXPLAIN ${postgres ? "" : "QUERY PLAN"} ${page}`)
            })
          )
          if (/Sort|TEMP B-TREE/.test(JSON.stringify(steps))) sorted.push(`${table} ${column}: ${JSON.stringify(steps)}`)
        }
        return sorted
      })
    )
    expect(found).toEqual([])
  })

  const { clock, on } = open(engine)
  const sent = new Map<string, Sent>()
  const indexes = new Map<string, { readonly table: string; readonly partial: boolean }>()

  beforeAll(async () => {
    const mine = await engine.newOrganization()
    const given = await on(
      mine,
      furnish("a", users.oem, (time) => clock.set(time))
    )
    await on(
      mine,
      Effect.gen(function* () {
        const methods = methodsOf((yield* Effect.context<Services>()) as Context.Context<Services>)
        const unit = yield* Transactor
        for (const [name, variants] of Object.entries(calls)) {
          if (NOT_CALLED.has(name)) continue
          const note = (text: string) => {
            const known = sent.get(text) ?? { text, methods: new Set() }
            known.methods.add(name)
            if (PLANNED.test(text)) sent.set(text, known)
          }
          for (const call of variants)
            yield* rehearse(
              unit,
              Effect.exit(
                noteStatements(
                  acting(call, () => methods.get(name)!(...call.args(given))),
                  note
                )
              )
            )
        }
        if (engine.name === "Postgres") return
        const sql = yield* SqlClient.SqlClient
        const found = yield* sql<{ name: string; tbl_name: string; partial: number }>`SELECT i.name, t.name AS tbl_name, i.partial
          FROM sqlite_schema t JOIN pragma_index_list(t.name) i WHERE t.type = 'table'`
        for (const { name, partial, tbl_name } of found) indexes.set(name, { table: tbl_name, partial: partial === 1 })
      })
    )
  }, 60_000)

  if (engine.name === "Postgres") {
    it("needs no scan of a whole table but of one with few rows", async () => {
      const found = await engine.asOwner(
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const scanned = new Set<string>()
          yield* sql`SET LOCAL enable_seqscan = off`
          for (const { methods, text } of sent.values()) {
            const steps = JSON.stringify(yield* sql.unsafe(`EXPLAIN (GENERIC_PLAN) ${text}`))
            for (const [, table] of steps.matchAll(/Seq Scan on (\w+)/g))
              if (!FEW.has(table!)) scanned.add(`${[...methods].join(", ")} ${table}`)
          }
          return [...scanned].toSorted()
        }).pipe((read) => Effect.flatMap(SqlClient.SqlClient, (sql) => sql.withTransaction(read)))
      )
      expect(found).toEqual([])
    })
    // What it picks is only told by the statistics of a server that is filled.
    return
  }

  const plan = (text: string) =>
    engine.run(
      Effect.flatMap(SqlClient.SqlClient, (sql) =>
        sql.unsafe<Step>(
          `EXPLAIN QUERY PLAN ${text}`,
          [...text.replaceAll(/'[^']*'/g, "").matchAll(/\?/g)].map(() => null)
        )
      )
    )

  /** Growing tables of which a statement reads all rows of a tenant, or of everybody. */
  const readsAll = async (text: string): Promise<ReadonlyArray<string>> => {
    const steps = (await plan(text)).map(({ detail }) => detail)
    const sorted = steps.some((step) => /TEMP B-TREE FOR (?:LAST \w+ )?(?:\w+ TERMS? )?(?:OF )?ORDER BY/.test(step))
    const tables = steps.flatMap((step) => {
      const [, how, alias, index, given] = /^(SCAN|SEARCH) (\w+)(?:.* USING (?:COVERING )?INDEX (\w+))?(?:.*\((.*)\))?$/.exec(step) ?? []
      const used = indexes.get(index ?? "")
      const table = used?.table ?? new RegExp(`(?:FROM|JOIN|UPDATE|INTO)\\s+(\\w+)\\s+(?:AS\\s+)?${alias}\\b`).exec(text)?.[1] ?? ""
      const all = how === "SCAN" || (how === "SEARCH" && given === "organization_id=?")
      // Another part of the statement, which is known by the same alias.
      const isPart = how === "SCAN" && used === undefined && steps.some((step) => step.startsWith(`SEARCH ${alias} `))
      const isTable = !isPart && [...indexes.values()].some((other) => other.table === table)
      // Of a page that comes in the order of the index no more is read than is answered; a partial index has what is under way.
      const narrow = used?.partial === true || (PAGE.test(text) && !sorted)
      return all && isTable && !FEW.has(table) && !narrow ? [table] : []
    })
    return [...new Set(tables)]
  }

  it("finds rows of a growing table by more than their tenant", async () => {
    const found: Array<string> = []
    for (const { methods, text } of sent.values()) {
      const tables = await readsAll(text)
      for (const method of methods)
        for (const table of tables)
          if (![method.split(".")[0]!, method, `${method} ${table}`].some((key) => key in READS_ALL)) found.push(`${method} ${table}`)
    }
    expect([...new Set(found)].toSorted()).toEqual([])
  })

  it("reads a page of a whole list in the order of an index", async () => {
    const found: Array<string> = []
    for (const { methods, text } of sent.values()) {
      if (!PAGE.test(text) || text.includes("FROM organizations t") || [...methods].every((method) => method in PARTS)) continue
      const tables = await readsAll(text.replace(PAGE, "WHERE t.organization_id = ? $1"))
      found.push(...tables.map((table) => `${[...methods].join(", ")} ${table}`))
    }
    expect(found.toSorted()).toEqual([])
  })
})
