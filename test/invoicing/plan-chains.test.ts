/**
 * Any chain of changes of plan within a period: what a unit of a recurring metric and a day of base fee come to in all is that of a
 * recount which knows neither lines nor windows, nothing twice and nothing lost (invoicing 4, 5, 8, 9.5).
 */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import fc from "fast-check"
import { expect, it } from "vitest"
import { Events } from "../../src/metering/index.js"
import { Subscriptions } from "../../src/subscriptions/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"

type Kind = "advance" | "arrears" | "none"

interface Offer {
  readonly code: string
  readonly kind: Kind
  /** Minor units: of a period, and of a unit without filter; one with the filter costs double. */
  readonly base: bigint
  readonly unit: bigint
}

const OFFERS: ReadonlyArray<Offer> = (
  [
    ["advance", 3100n, 1200n],
    ["advance", 700n, 500n],
    ["arrears", 1000n, 1000n],
    ["arrears", 6333n, 300n],
    ["none", 50n, 0n]
  ] as const
).map(([kind, base, unit], index) => ({ code: `${kind}${index}`, kind, base, unit }))

const REGIONS = ["eu", "us"] as const
type Region = (typeof REGIONS)[number]

/** A change of plan, or an event, which may be dated on an earlier day. */
type Step =
  | { readonly day: number; readonly change: number }
  | { readonly day: number; readonly units: number; readonly region: Region; readonly dated?: number }

interface Chain {
  readonly first: number
  readonly pay_in_advance: boolean
  readonly steps: ReadonlyArray<Step>
}

const DAYS = 31
const lastDay = DAYS - 1

/** Events at nine o'clock, changes of plan at ten, several at the same instant. */
const HOURS = [9, 10]
const momentOf = (one: Step): number => one.day * HOURS.length + ("change" in one ? 1 : 0)

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ day: fc.integer({ min: 2, max: lastDay }), change: fc.nat({ max: OFFERS.length - 1 }) }),
  fc.record({
    day: fc.integer({ min: 2, max: lastDay }),
    units: fc.integer({ min: -4, max: 6 }).filter((units) => units !== 0),
    region: fc.constantFrom(...REGIONS)
  })
)

const chain: fc.Arbitrary<Chain> = fc.record({
  first: fc.nat({ max: OFFERS.length - 1 }),
  pay_in_advance: fc.boolean(),
  steps: fc.array(step, { minLength: 3, maxLength: 10 }).map((steps) => steps.toSorted((a, b) => momentOf(a) - momentOf(b)))
})

/** Only more and more seats, many of them late, some so late that their month is over; one change a day. */
const lateChain: fc.Arbitrary<Chain> = fc.record({
  first: fc.nat({ max: OFFERS.length - 1 }),
  pay_in_advance: fc.boolean(),
  steps: fc
    .array(
      fc.oneof(
        fc.record({ day: fc.integer({ min: 2, max: lastDay }), change: fc.nat({ max: OFFERS.length - 1 }) }),
        fc
          .record({
            day: fc.integer({ min: 2, max: DAYS + 10 }),
            dated: fc.integer({ min: 2, max: lastDay }),
            units: fc.integer({ min: 1, max: 6 }),
            region: fc.constantFrom(...REGIONS)
          })
          .map((event) => ({ ...event, dated: Math.min(event.day, event.dated) }))
      ),
      { minLength: 4, maxLength: 12 }
    )
    .map((steps) =>
      steps.filter((one, place) => !("change" in one) || steps.findIndex((other) => "change" in other && other.day === one.day) === place)
    )
    .map((steps) => steps.toSorted((a, b) => momentOf(a) - momentOf(b)))
})

/** Where every plan asks the same price: all that there was when the last plan with the metric ended, each unit once. */
const unitsOf = ({ first, steps }: Chain): bigint => {
  const changes = [{ day: 1, change: first }, ...steps.flatMap((one) => ("change" in one ? [one] : []))]
  const last = changes.findLastIndex(({ change }) => OFFERS[change]!.kind !== "none")
  if (last < 0) return 0n
  const end = changes.slice(last).find(({ change }) => OFFERS[change]!.kind === "none")?.day ?? DAYS
  return steps.reduce(
    (sum, one) => sum + ("units" in one && (one.dated ?? one.day) <= end ? BigInt(one.units) * (one.region === "eu" ? 2n : 1n) : 0n),
    0n
  )
}

/** Half up, of whole positive numbers. */
const rounded = (amount: bigint, of: bigint): bigint => (2n * amount + of) / (2n * of)

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b)

/** January's seats, and February's beginning, by the height that was paid for: every unit above it is billed once. */
const seatsOf = ({ first, steps }: Chain) => {
  const billed = { january: 0n, february: 0n }
  for (const region of REGIONS) {
    let [offer, level, height] = [OFFERS[first]!, 0n, 0n]
    const bill = (by: Offer, month: "january" | "february") => {
      billed[month] += max(level - height, 0n) * by.unit * (region === "eu" ? 2n : 1n)
      height = max(level, height)
    }
    for (const one of steps) {
      if ("change" in one) {
        const next = OFFERS[one.change]!
        if (next.kind === "advance") bill(next, "january")
        else if (next.kind === "none" && offer.kind === "arrears") bill(offer, "january")
        offer = next
      } else if (one.region === region) {
        level += BigInt(one.units)
        if (offer.kind === "advance") bill(offer, "january")
      }
    }
    if (offer.kind === "arrears") bill(offer, "january")
    height = 0n
    if (offer.kind === "advance") bill(offer, "february")
  }
  return billed
}

/** January's base fees, less what was given back: each plan for its days, the day of a change being the new plan's. */
const baseOf = ({ first, pay_in_advance, steps }: Chain): bigint => {
  const changes = steps.flatMap((one) => ("change" in one ? [one] : []))
  const plans = [{ day: 1, change: first }, ...changes].filter(({ change }, index, all) => change !== all[index - 1]?.change)
  return plans.reduce((sum, { change, day }, index) => {
    const days = BigInt((plans[index + 1]?.day ?? DAYS + 1) - day)
    const left = BigInt(DAYS + 1 - day)
    const { base } = OFFERS[change]!
    return sum + (pay_in_advance ? rounded(rounded(base * left, BigInt(DAYS)) * days, left) : rounded(base * days, BigInt(DAYS)))
  }, 0n)
}

/** What was billed, by subscription. */
const billedOf = async (tenant: Tenant) => {
  const rows = await tenant.run(
    Effect.flatMap(SqlClient.SqlClient, (sql) =>
      sql.unsafe<{ external_id: string; fee_type: string; at: string | Date; amount: unknown; back: unknown }>(`
        SELECT s.external_id, f.fee_type, f.period_start AS at, f.amount_cents AS amount,
          (SELECT SUM(i.amount_cents) FROM credit_note_items i WHERE i.organization_id = f.organization_id AND i.fee_id = f.id) AS back
        FROM fees f JOIN subscriptions s ON s.organization_id = f.organization_id AND s.id = f.subscription_id
        WHERE s.organization_id = '${tenant.organization}'`)
    )
  )
  const cents = (value: unknown): bigint => (value === null ? 0n : BigInt(String(value).replace(/\..*$/, "")))
  return (external_id: string, fee_type: string, month: number): bigint =>
    rows
      .filter((row) => row.external_id === external_id && row.fee_type === fee_type && new Date(row.at).getUTCMonth() === month)
      .reduce((sum, { amount, back }) => sum + cents(amount) - cents(back), 0n)
}

describeBilling("chains of changes of plan within a period", (host) => {
  const open = async (unitOf = (offer: Offer): bigint => offer.unit) => {
    const tenant = await host.tenant()
    tenant.at("2025-01-01T00:00:00Z")
    await tenant.metric("seats", {
      aggregation_type: "sum",
      field_name: "n",
      recurring: true,
      filters: [{ key: "region", values: [...REGIONS] }]
    })
    for (const offer of OFFERS) {
      const { base, code, kind } = offer
      const unit = unitOf(offer)
      const price = (cents: bigint) => ({ amount: `${cents / 100n}` })
      await tenant.plan({
        code,
        amount_cents: `${base}`,
        charges:
          kind === "none"
            ? []
            : [
                {
                  metric_code: "seats",
                  charge_model: "standard",
                  properties: price(unit),
                  pay_in_advance: kind === "advance",
                  filters: [{ values: { region: ["eu"] }, properties: price(unit * 2n) }]
                }
              ]
      })
    }
    return tenant
  }

  const live = async (tenant: Tenant, chains: ReadonlyArray<Chain>) => {
    const name = (index: number): string => `s${index}`
    let transactions = 0
    tenant.at("2025-01-01T00:00:00Z")
    const plans = chains.map(({ first }) => first)
    for (const [index, { first, pay_in_advance }] of chains.entries()) {
      await tenant.subscribe(name(index), OFFERS[first]!.code, { pay_in_advance })
    }
    const at = (day: number, hour: number) => new Date(Date.UTC(2025, 0, day, hour)).toISOString()
    const days = Math.max(lastDay, ...chains.flatMap(({ steps }) => steps.map(({ day }) => day)))
    for (let moment = 2 * HOURS.length; moment < (days + 1) * HOURS.length; moment++) {
      const [day, hour] = [Math.floor(moment / HOURS.length), HOURS[moment % HOURS.length]!]
      const now = at(day, hour)
      if (moment === (DAYS + 1) * HOURS.length) await tenant.bill("2025-02-01T00:00:00Z")
      const steps = chains.flatMap(({ steps: all }, index) => all.filter((one) => momentOf(one) === moment).map((one) => ({ index, one })))
      if (steps.length === 0) continue
      tenant.at(now)
      for (const { index, one } of steps) {
        if ("change" in one) {
          if (plans[index] === one.change) continue
          plans[index] = one.change
          const plan_code = OFFERS[one.change]!.code
          await tenant.run(
            Effect.flatMap(Subscriptions, (service) => service.changePlan({ external_id: name(index) }, { plan_code, when: "now" }))
          )
        } else {
          const event = {
            transaction_id: `${++transactions}`,
            external_customer_id: "c",
            external_subscription_id: name(index),
            code: "seats",
            timestamp: at(one.dated ?? day, hour),
            properties: { n: one.units, region: one.region }
          }
          await tenant.run(Effect.flatMap(Events, (service) => service.ingest([event])))
        }
      }
    }
    await tenant.bill("2025-02-01T00:00:00Z")
    if (days > DAYS) await tenant.bill("2025-03-01T00:00:00Z")
    const billed = await billedOf(tenant)
    return chains.map((_, index) => ({
      january: billed(name(index), "charge", 0),
      february: billed(name(index), "charge", 1),
      base: billed(name(index), "subscription", 0)
    }))
  }

  it("bills each unit and each day once, whatever plans follow each other", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(chain, { minLength: 8, maxLength: 8 }), async (chains) => {
        const tenant = await open()
        expect(await live(tenant, chains)).toEqual(chains.map((one) => ({ ...seatsOf(one), base: baseOf(one) })))
        expect(await tenant.violations()).toEqual([])
      }),
      { numRuns: 2, endOnFailure: true }
    )
  })

  it("bills each unit once, however late it comes, whatever plans were in force then and after", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(lateChain, { minLength: 8, maxLength: 8 }), async (chains) => {
        const tenant = await open(() => 100n)
        const found = (await live(tenant, chains)).map(({ january }) => january)
        expect(found).toEqual(chains.map((one) => 100n * unitsOf(one)))
        expect(await tenant.violations()).toEqual([])
      }),
      { numRuns: 1, endOnFailure: true }
    )
  })
})
