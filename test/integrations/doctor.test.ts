/** What the doctor says of integrations whose rows somebody has changed. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { expect, it } from "vitest"
import { scriptedConnector } from "../../adapters/testing/index.js"
import { describeEngines } from "../support/describe-engines.js"
import { integrationHost } from "../support/integrations.js"

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
})
