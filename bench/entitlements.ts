/**
 * Checks of entitlements: how long one takes that was asked within the last second, and how long the first of a customer, by one statement
 * or with the usage of its running period.
 */
import { testClock } from "../adapters/testing/index.js"
import { createBilling, type OrganizationBilling } from "../src/client/index.js"
import { atRest, CUSTOMER, copy, type Engine, SUBSCRIPTION } from "./databases.js"
import type { BenchLine } from "./line.js"
import { onEngines, whereAsked } from "./on-engines.js"

const CUSTOMERS = 4000
const EVENTS = 40_000
const BATCH = 5000
const WARM = 2000
/** Before it is measured, so that the code is compiled, as it is in a host that is asked on every page. */
const RUN_IN = 2000

/** Milliseconds that 99 of 100 checks stay below, and half of them. */
const times = async (checks: number, check: (n: number) => Promise<unknown>) => {
  const took: Array<number> = []
  for (let n = 0; n < checks; n++) {
    const before = performance.now()
    await check(n)
    if (n >= RUN_IN) took.push(performance.now() - before)
  }
  took.sort((a, b) => a - b)
  return { p99: took[Math.floor(took.length * 0.99)]!, median: took[Math.floor(took.length / 2)]! }
}

const filled = async (engine: Engine, acme: OrganizationBilling) => {
  await acme.metrics.create({ code: "calls", name: "Calls", aggregation_type: "sum", field_name: "n" })
  await acme.plans.create({
    code: "plan",
    name: "Plan",
    interval: "monthly",
    amount_cents: 0n,
    currency: "EUR",
    charges: [{ metric_code: "calls", charge_model: "standard", properties: { amount: "0.25" } }]
  })
  await acme.features.create({ code: "sso", name: "SSO", feature_type: "boolean" })
  await acme.features.create({ code: "calls", name: "Calls", feature_type: "quantity" })
  await acme.entitlements.create({ plan_code: "plan", feature_code: "sso", value: true })
  await acme.entitlements.create({ plan_code: "plan", feature_code: "calls", value: "1000", limit_type: "hard" })
  await acme.customers.create({ external_id: "c0", name: "Customer", currency: "EUR" })
  await acme.subscriptions.create({ external_id: "s0", external_customer_id: "c0", plan_code: "plan", started_at: "2026-01-01T00:00:00Z" })
  await copy(engine, "customers", CUSTOMER, { id: engine.id("01"), external_id: engine.text("c") }, CUSTOMERS - 1)
  const anew = { id: engine.id("02"), external_id: engine.text("s"), customer_id: engine.id("01") }
  await copy(engine, "subscriptions", SUBSCRIPTION, anew, CUSTOMERS - 1)
  for (let from = 0; from < EVENTS; from += BATCH) {
    await acme.events.ingest(
      Array.from({ length: BATCH }, (_, index) => ({
        transaction_id: `t${from + index}`,
        external_customer_id: `c${(from + index) % CUSTOMERS}`,
        code: "calls",
        timestamp: "2026-01-10T00:00:00Z",
        properties: { n: "3" }
      }))
    )
  }
}

const checks = async (engine: Engine): Promise<ReadonlyArray<BenchLine>> => {
  // A clock that stands: what is in memory stays in memory.
  const billing = await createBilling({ database: engine.database, migrate: true, clock: testClock("2026-01-20T00:00:00Z") })
  try {
    const acme = billing.organization((await billing.organizations.create({ name: "Acme" })).id)
    await filled(engine, acme)
    await atRest(engine)
    const check = (feature_code: string, n: number) => acme.entitlements.check({ feature_code, external_customer_id: `c${n}` })
    const one = await times(CUSTOMERS, (n) => check("sso", n))
    const counted = await times(CUSTOMERS, (n) => check("calls", n))
    const warm = await times(WARM + RUN_IN, () => check("calls", 7))
    const { remaining, used } = await check("calls", 7)
    if (used !== "30" || remaining !== "970") throw new Error(`${used} used and ${remaining} left of 1000, not 30`)
    const line = (name: string, { median, p99 }: typeof one, most: number): BenchLine => ({
      name: `${name}, p99, ${engine.name}`,
      value: p99,
      unit: "ms",
      baseline: { name: "median", value: median },
      target: `< ${most} ms`,
      ok: p99 < most
    })
    return [
      line("check of an entitlement, asked before", warm, 1),
      line("check of an entitlement, not asked before", one, 5),
      line("check of a quantity against usage, not asked before", counted, 5)
    ]
  } finally {
    await billing.close()
    await engine.drop()
  }
}

export const entitlementsBench = (): Promise<ReadonlyArray<BenchLine>> => onEngines(import.meta.url, "checks")

await whereAsked("checks", checks)
