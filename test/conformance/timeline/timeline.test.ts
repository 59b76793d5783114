import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Difference } from "../compare.js"
import { type Engine, type EngineName, engines } from "./engines.js"
import { timelineOn } from "./index.js"

const setup = {
  taxes: [{ code: "vat", rate: "0.20" }],
  organization: { taxes: ["vat"] },
  metrics: [{ code: "calls", aggregation_type: "count" }],
  plans: [
    {
      code: "p",
      interval: "monthly",
      amount_cents: "3100",
      charges: [{ code: "per-call", metric: "calls", charge_model: "standard", properties: { amount: "0.05" } }]
    }
  ]
}
const subscribe = { at: "2025-03-15T10:00:00Z", op: "subscribe", subscription: "s", plan: "p" }
const ingest = { at: "2025-03-20T00:00:00Z", op: "ingest", metric: "calls", count: 3 }
const bill = { at: "2025-04-02T08:00:00Z", op: "run_billing" }
const fees = [
  { fee_type: "subscription", days: "17", amount_cents: "1700" },
  { charge: "per-call", units: "3", amount_cents: "15", from: subscribe.at, to: "2025-04-01T00:00:00Z" }
]
const invoice = { pick: 0, customer: "c", subscription: "s", issue_date: "2025-04-02", total_cents: "2058", fees }

describe.each(Object.keys(engines) as ReadonlyArray<EngineName>)("timelines on %s", (name) => {
  let engine: Engine
  beforeAll(async () => {
    engine = await engines[name]()
  })
  afterAll(() => engine.stop())
  const run = (steps: ReadonlyArray<object>, more: object = {}): Promise<Difference | undefined> =>
    timelineOn(engine)({ id: "t", operation: "timeline", setup: { ...setup, ...more }, steps } as never)

  it("passes where everything is as expected, at the times of the steps", async () => {
    const expected = { invoice_count: 1, invoices: [{ ...invoice, taxes: [{ code: "vat", amount_cents: "343" }] }] }
    const s = { status: "active", plan: "p", pending_plan: null, started_at: subscribe.at, ended_at: null }
    expect(await run([{ ...subscribe, expect: { subscriptions: { s } } }, ingest, { ...bill, expect: expected }])).toBeUndefined()
  })

  it("tells at which step and where it is not", async () => {
    const wrong = { ...invoice, fees: [fees[0], { ...fees[1], amount_cents: "16" }] }
    expect(await run([subscribe, ingest, { ...bill, expect: { invoices: [wrong] } }])).toEqual({
      where: "step 2 run_billing invoices[0].fees[1].amount_cents",
      expected: "16",
      got: "15"
    })
  })

  it("each case has a database of its own", async () => {
    expect(await run([subscribe])).toBeUndefined()
    expect(await run([subscribe])).toBeUndefined()
  })

  it("wants the tag of a refusal, and refusals only where they are wanted", async () => {
    const again = { ...subscribe, at: ingest.at }
    expect(await run([subscribe, { ...again, error: "ExternalIdTaken" }])).toBeUndefined()
    expect(await run([subscribe, { ...again, error: "PlanNotFound" }])).toMatchObject({
      where: "step 1 subscribe error",
      expected: "PlanNotFound",
      got: "ExternalIdTaken: subscription external id s is taken"
    })
    expect(await run([subscribe, again])).toMatchObject({ where: "step 1 subscribe error", expected: "no refusal" })
    expect(await run([{ ...subscribe, error: "PlanNotFound" }])).toMatchObject({ expected: "PlanNotFound", got: "no refusal" })
  })

  it("fails what the library has no way to do yet, and what cannot be set up", async () => {
    expect(await run([{ ...bill, op: "send_flowers" }])).toMatchObject({ got: "NotThereYet: not there yet: send_flowers" })
    expect(await run([{ ...bill, op: "constructor" }])).toMatchObject({ got: "NotThereYet: not there yet: constructor" })
    expect(await run([bill], { taxes: [{ code: "vat", rate: "eleven" }] })).toMatchObject({ where: "setup", expected: "no failure" })
    expect(await run([])).toMatchObject({ where: "steps" })
  })
})
