/** The connectors of tax systems, over real HTTP against servers that speak the documented APIs. */
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { OrganizationId } from "../../src/core/index.js"
import { IntegrationId, type TaxCall, type TaxConnector } from "../../src/integrations/index.js"
import { ANROK_KEY, ANROK_SETTINGS, anrokServer } from "./servers/anrok.js"
import { AVALARA_KEY, AVALARA_SETTINGS, avalaraServer } from "./servers/avalara.js"
import type { TaxServer } from "./servers/tax-server.js"

const systems = [
  {
    name: "anrok",
    serve: anrokServer,
    settings: ANROK_SETTINGS,
    secret: { name: "api_key", value: ANROK_KEY },
    state: ["anrok:California/California Tax/0.06", "California Tax", "0.06"],
    district: ["anrok:Special District/Special District Tax/0.00375", "Special District Tax", "0.00375"],
    partly: ["anrok:Texas/Texas Tax/0.05", "Texas Tax", "0.05"]
  },
  {
    name: "avalara",
    serve: avalaraServer,
    settings: AVALARA_SETTINGS,
    secret: { name: "license_key", value: AVALARA_KEY },
    state: ["avalara:US/CA/STA/06/CA STATE TAX/0.06", "CA STATE TAX", "0.06"],
    district: ["avalara:US/CA/STJ/EMTV/CA SPECIAL TAX/0.00375", "CA SPECIAL TAX", "0.00375"],
    partly: ["avalara:US/TX/STA/48/TX STATE TAX/0.05", "TX STATE TAX", "0.05"]
  }
]

describe.each(systems)("the connector of $name", ({ district, partly, secret, serve, settings, state }) => {
  let server: TaxServer
  let connector: TaxConnector
  beforeAll(async () => {
    server = await serve()
    connector = server.connector as TaxConnector
  })
  afterAll(() => server.close())

  const connectionOf = (given: object) => ({
    organization_id: OrganizationId.make("01900000-0000-7000-8000-000000000001"),
    integration_id: IntegrationId.make("01900000-0000-7000-8000-000000000002"),
    settings: given as Readonly<Record<string, unknown>>
  })
  const address = { line1: "2000 Main Street", city: "Irvine", region: "CA", postal_code: "92614", country: "US" }
  const nowhere = { line1: null, city: null, region: null, postal_code: null, country: null }
  const fee = (fee_id: string, amount_cents: bigint, item_code: string | null = null) => ({
    fee_id,
    fee_type: "charge",
    description: `Fee ${fee_id}`,
    item_code,
    units: "1",
    amount_cents
  })
  const callOf = (document: Partial<TaxCall["document"]> = {}, given: object = settings): TaxCall => ({
    connection: connectionOf(given),
    document: {
      id: "i",
      currency: "USD",
      issued_on: "2025-02-01",
      seller: { name: "Acme", address: nowhere, tax_id: null },
      customer: { id: "c", external_id: "c-1", name: "Customer", email: null, currency: "USD", billing_metadata: {}, link: null },
      address,
      tax_id: "DE123456789",
      fees: [fee("1", 1010n, "calls"), fee("2", 500n, "exempt"), fee("3", 1n)],
      ...document
    },
    key: "k"
  })
  const rates = (call: TaxCall) => Effect.runPromise(connector.rates(call))
  const tax = ([code, name, rate]: ReadonlyArray<string>) => ({ code, name, rate })

  it("gives several taxes of a fee, none of an exempt one, and of one that is taxed in part the rate on the whole", async () => {
    const answer = await rates(callOf())
    expect(answer).toMatchObject({
      success: true,
      fees: [
        { fee_id: "1", taxes: [tax(state), tax(district)] },
        { fee_id: "2", taxes: [] },
        { fee_id: "3", taxes: [tax(state), tax(district)] }
      ]
    })
    const texas = await rates(callOf({ address: { ...address, region: "TX" }, fees: [fee("1", 1000n, "calls")] }))
    expect(texas).toMatchObject({ fees: [{ taxes: [tax(partly)] }] })
  })

  it("counts amounts by the currency's exponent", async () => {
    expect(await rates(callOf({ currency: "JPY", fees: [fee("1", 3100n, "calls")] }))).toMatchObject({ success: true })
    const { amount } = (server.questions().at(-1)!.body.lineItems ?? server.questions().at(-1)!.body.lines)[0]
    expect(amount).toBe(3100)
    expect(await rates(callOf({ currency: "KWD", fees: [fee("1", 1235n, "calls")] }))).toMatchObject({
      success: false,
      details: { code: "invalid" }
    })
  })

  it("says why there are no rates: refused, too often, out of order, no answer, no address", async () => {
    const codes: Array<unknown> = []
    for (const kind of ["rate_limited", "unavailable", "invalid", "hang"] as const) {
      server.trouble(kind)
      const answer = await rates(callOf())
      codes.push(answer.details.code, answer.details.retry_after_seconds)
    }
    expect(codes).toEqual(["rate_limited", 7, "unavailable", undefined, "invalid", undefined, "timeout", undefined])
    const before = server.questions().length
    expect(await rates(callOf({ address: nowhere }))).toMatchObject({
      success: false,
      error: "customer c-1 has no address in billing_metadata"
    })
    expect(server.questions().length).toBe(before)
    expect(await rates(callOf({}, { ...settings, [secret.name]: "wrong-0123456789" }))).toMatchObject({ details: { code: "unauthorized" } })
    expect(await rates(callOf())).toMatchObject({ success: true })
  })
})
