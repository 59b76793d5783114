/** What the doctor says of integrations whose rows somebody has changed. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { expect, it } from "vitest"
import { storesLayer } from "../../adapters/sql/stores.js"
import { scriptedConnector } from "../../adapters/testing/index.js"
import type { SuppliedTax } from "../../src/catalog/index.js"
import { rehearse, Transactor } from "../../src/core/index.js"
import { type ConnectorFailure, failureOf, Integrations } from "../../src/integrations/index.js"
import { Invoices } from "../../src/invoicing/index.js"
import { DoctorStore } from "../../src/operations/index.js"
import { describeEngines } from "../support/describe-engines.js"
import { integrationHost } from "../support/integrations.js"

const RATE: SuppliedTax = { code: "avalara:US/CA/STA/06/CA STATE TAX/0.06", name: "CA STATE TAX", rate: "0.06" }

/** What is done by hand to the taxes of an invoice and of a draft, and the rows that the doctor names for it. */
const FAULTS: ReadonlyArray<readonly [title: string, statement: string, ...named: ReadonlyArray<string>]> = [
  ["rates of another system", "UPDATE taxes SET provider_type = 'anrok' WHERE $o AND provider_type = 'avalara'", "M2 invoice_taxations"],
  ["taxes of its own", "UPDATE taxes SET provider_type = NULL WHERE $o AND provider_type = 'avalara'", "M2 invoice_taxations"],
  [
    "a rate that was not given",
    "UPDATE taxes SET rate = '0.05' WHERE $o AND provider_type = 'avalara'",
    "M2 applied_taxes",
    "M2 applied_taxes"
  ],
  ["an answer that is gone", "DELETE FROM invoice_taxations WHERE $o", "M2 applied_taxes"],
  [
    "rates, and a word that there are none",
    "UPDATE invoice_taxations SET status = 'failed', error_code = 'timeout' WHERE $o",
    "M2 applied_taxes"
  ],
  [
    "an integration of another system",
    "UPDATE invoice_taxations SET provider_type = 'anrok' WHERE $o AND status = 'succeeded'",
    "M2 invoice_taxations",
    "M2 invoice_taxations"
  ],
  [
    "rates that made nothing final",
    "UPDATE invoice_taxations SET status = 'succeeded', error_code = NULL WHERE $o AND status = 'failed'",
    "S1 invoice_taxations"
  ]
]

describeEngines("the doctor of integrations", (engine) => {
  it("finds credentials in clear, mappings without a sync, and calls that nobody is at", async () => {
    const host = await integrationHost(engine, [scriptedConnector("xero")])
    const settings = { client_id: "c", client_secret: "secret-4711" }
    const { id } = await host.integration({ integration_type: "accounting", provider_type: "xero", settings })
    await host.customer("c")
    await host.sync()
    expect(await host.violations()).toEqual([])
    const change = (statement: string) => host.run(Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(statement)))
    const mine = `organization_id = '${host.organization}'`
    await change(`UPDATE integration_sync_histories SET status = 'started', completed_at = NULL WHERE ${mine}`)
    await change(`UPDATE integrations SET settings = '${JSON.stringify(settings)}' WHERE ${mine}`)
    host.at("2025-01-01T03:00:00Z")
    const found = (await host.violations()).filter(({ table }) => table === "integrations")
    expect(found.map(({ code, id: row }) => [code, row])).toEqual([
      ["X5", id],
      ["S2", id],
      ["S3", id]
    ])
    expect(JSON.stringify(found)).not.toContain("4711")
  })
  it("finds taxes that are not those of the recorded answer", async () => {
    let down: ConnectorFailure | undefined
    const host = await integrationHost(engine, [scriptedConnector("avalara", { rates: () => down ?? (() => [RATE]) })])
    await host.customer("c")
    const { id } = await host.integration({ integration_type: "tax", provider_type: "avalara" })
    const sale = { external_customer_id: "c", currency: "USD", lines: [{ description: "a", units: "1", unit_amount_cents: "1000" }] }
    const sell = () => host.run(Effect.flatMap(Invoices, (invoices) => invoices.oneOff(sale)))
    await sell()
    down = failureOf("timeout", "no answer in time")
    await sell()
    expect(await host.violations()).toEqual([])
    const planted = FAULTS.map(([title, statement]) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql.unsafe(statement.replace("$o", `organization_id = '${host.organization}'`))
        const found = yield* (yield* DoctorStore).taxations
        return [title, ...found.map(({ code, table }) => `${code} ${table}`)]
      })
    )
    const found = await host.run(
      Effect.flatMap(Transactor, (unit) => Effect.forEach(planted, (fault) => rehearse(unit, fault))).pipe(Effect.provide(storesLayer))
    )
    expect(found).toEqual(FAULTS.map(([title, , ...named]) => [title, ...named]))
    // Rates that a draft was shown with are no answer about the invoice that it becomes.
    down = undefined
    const refreshed = Effect.gen(function* () {
      const invoices = yield* Invoices
      const { invoice } = yield* invoices.oneOff({ ...sale, draft: true })
      const { tax_amount_cents } = (yield* invoices.refresh(invoice.id)).invoice
      yield* (yield* Integrations).update(id, { status: "inactive" })
      return [tax_amount_cents, (yield* invoices.finalize(invoice.id)).invoice.tax_amount_cents]
    })
    expect(await host.run(refreshed)).toEqual([60n, 0n])
    expect(await host.violations()).toEqual([])
  })
})
