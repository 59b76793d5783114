/**
 * However the clock is run, the same is billed: hourly, daily, once a month, several at once, in batches of any size.
 * A few random lives each time; `CLOCK_LAWS=all` takes many, and long ones.
 */
import { setImmediate } from "node:timers/promises"
import { Effect } from "effect"
import fc from "fast-check"
import { expect, it } from "vitest"
import { Billing } from "../../src/invoicing/index.js"
import { Doctor } from "../../src/operations/index.js"
import { Subscriptions } from "../../src/subscriptions/index.js"
import { type BillingHost, describeBilling, type Tenant } from "../support/billing.js"

const HOUR = 3_600_000
const START = Date.UTC(2025, 1, 20)
const LONG = process.env.CLOCK_LAWS === "all"
/** Over two month's ends, a leap of the clocks in Los Angeles (9 March), and some weeks. */
const SIX_WEEKS = 42 * 24
/** Over one month's end and two weeks' ends. */
const TEN_DAYS = LONG ? SIX_WEEKS : 10 * 24
const iso = (hours: number) => new Date(START + hours * HOUR).toISOString()

const PLANS = ["small", "large", "weekly", "yearly"] as const
const ZONES = ["UTC", "America/Los_Angeles", "Asia/Kathmandu"] as const

const standard = (metric_code: string, amount: string) => ({ metric_code, charge_model: "standard" as const, properties: { amount } })

const makeCatalogue = async (tenant: Tenant) => {
  tenant.at(iso(0))
  await tenant.metric("calls", { aggregation_type: "count" })
  await tenant.metric("seats", { aggregation_type: "sum", field_name: "n", recurring: true })
  await tenant.plan({
    code: "small",
    amount_cents: "1000",
    charges: [standard("calls", "0.07"), { ...standard("seats", "3"), prorated: true }]
  })
  await tenant.plan({ code: "large", amount_cents: "5000", charges: [standard("calls", "0.05")], commitment: { amount_cents: "9000" } })
  await tenant.plan({ code: "weekly", amount_cents: "299", interval: "weekly", charges: [standard("seats", "1")] })
  await tenant.plan({ code: "yearly", amount_cents: "36500", interval: "yearly", charges: [standard("calls", "0.01")] })
}

const anyStory = (hours: number) => {
  const hour = fc.integer({ min: 1, max: hours - 1 })
  const which = fc.nat(2)
  const act = fc.constantFrom("call", "call", "seat", "pause", "resume", "cancel", "terminate", ...PLANS)
  return fc.record({
    hours: fc.constant(hours),
    subscriptions: fc.array(
      fc.record({
        plan_code: fc.constantFrom(...PLANS),
        timezone: fc.constantFrom(...ZONES),
        billing_time: fc.constantFrom("calendar" as const, "anniversary" as const),
        pay_in_advance: fc.boolean(),
        trial_period_days: fc.constantFrom(0, 0, 9),
        starts: fc.oneof(fc.constant(0), hour),
        ends: fc.option(hour, { nil: null })
      }),
      { minLength: 3, maxLength: 3 }
    ),
    acts: fc.array(fc.record({ act, at: hour, which }), { minLength: 5, maxLength: 25 }).map((acts) => acts.toSorted((a, b) => a.at - b.at))
  })
}
type Story = ReturnType<typeof anyStory> extends fc.Arbitrary<infer S> ? S : never
type Act = Story["acts"][number]["act"]

/** How the clock is run: every so many hours, by how many at once, with which batches. */
interface Clock {
  readonly every: number
  readonly runs?: number
  readonly batch_size?: number
}

const subscribe = async (tenant: Tenant, { subscriptions }: Story) => {
  for (const [index, { ends, plan_code, starts, timezone, ...input }] of subscriptions.entries()) {
    await tenant.customer({ external_id: `c${index}`, name: "C", timezone, currency: "EUR" })
    await tenant.subscribe(`s${index}`, plan_code, {
      ...input,
      external_customer_id: `c${index}`,
      subscription_at: iso(starts),
      ...(ends === null || ends <= starts ? {} : { ending_at: iso(ends) })
    })
  }
}

const asked = (service: typeof Subscriptions.Service, act: Exclude<Act, "call" | "seat">, external_id: string) => {
  const ref = { external_id }
  switch (act) {
    case "pause":
    case "resume":
      return service[act](ref)
    case "cancel":
      return service.cancel(ref)
    case "terminate":
      return service.terminate(ref, { on_termination_action: "generate_credit_note" })
    default:
      return service.changePlan(ref, { plan_code: act })
  }
}

/** A command; what the state of the subscription does not allow changes nothing. */
const command = (act: Exclude<Act, "call" | "seat">, external_id: string) =>
  Effect.flatMap(Subscriptions, (service) =>
    Effect.catchTags(asked(service, act, external_id), { InvalidTransition: () => Effect.void, SamePlan: () => Effect.void })
  )

/** Lives through a story; what was billed, without what depends on when the clock came: numbers and dates of issue. */
const live = async (host: BillingHost, story: Story, { batch_size, every, runs = 1 }: Clock) => {
  const tenant = await host.tenant()
  await makeCatalogue(tenant)
  await subscribe(tenant, story)
  const bill = Effect.flatMap(Billing, (billing) => billing.billDue(batch_size === undefined ? {} : { batch_size }))
  const tick = async (at: number) => {
    // The runner wants to hear of its worker now and then.
    await setImmediate()
    tenant.at(iso(at))
    for (const { failures } of await tenant.run(
      Effect.all(
        Array.from({ length: runs }, () => bill),
        { concurrency: "unbounded" }
      )
    ))
      expect(failures).toEqual([])
  }
  let ticked = 0
  for (const { act, at, which } of story.acts) {
    // A command comes before what is due at its own instant (spec invoicing 1, rule 4), so the clock comes after it.
    for (; ticked + every < at; ticked += every) await tick(ticked + every)
    tenant.at(iso(at))
    const options = { subscription: `s${which}` }
    if (act === "call") await tenant.ingest("calls", iso(at), options)
    else if (act === "seat") await tenant.ingest("seats", iso(at), { ...options, properties: { n: "1" } })
    else await tenant.run(command(act, options.subscription))
  }
  for (; ticked + every < story.hours; ticked += every) await tick(ticked + every)
  await tick(story.hours)
  await tick(story.hours)
  expect((await tenant.run(Effect.flatMap(Doctor, (doctor) => doctor.check()))).violations).toEqual([])
  const names = new Map(
    (await tenant.run(Effect.flatMap(Subscriptions, (service) => service.list({ limit: 1000 })))).items.map((row) => [
      row.id as string,
      row
    ])
  )
  const invoices = (await tenant.invoices()).map(({ fees, invoice, settlements }) => ({
    subscription: names.get(invoice.subscription_id!)!.external_id,
    billed_at: invoice.billed_at.epochMillis,
    total_cents: invoice.total_cents,
    settled: settlements.map(({ amount_cents }) => amount_cents),
    fees: fees.map(({ amount_cents, fee_type, metric_code, period_end, period_start, properties, units }) => [
      fee_type,
      metric_code,
      period_start?.epochMillis,
      period_end?.epochMillis,
      properties.days,
      units,
      amount_cents
    ])
  }))
  const notes = (await tenant.notes()).map(({ note }) => [note.reason, note.total_amount_cents, note.balance_amount_cents])
  const order = (a: (typeof invoices)[number]) => `${a.subscription} ${a.billed_at}`
  return {
    invoices: invoices.toSorted((a, b) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0)),
    notes: notes.map(String).toSorted(),
    rows: [...names.values()].map(({ external_id, status }) => `${external_id} ${status}`).toSorted()
  }
}

describeBilling("the clock", (host) => {
  const sameBilled = (hours: number, one: Clock, others: ReadonlyArray<Clock>, numRuns: number) =>
    fc.assert(
      fc.asyncProperty(anyStory(hours), async (story) => {
        const expected = await live(host, story, one)
        for (const other of others) expect(await live(host, story, other)).toEqual(expected)
      }),
      { numRuns: LONG ? 50 : numRuns, endOnFailure: true }
    )
  const timeout = LONG ? 3_600_000 : 120_000

  it("run daily, monthly or once in all, the same is billed", { timeout }, () =>
    sameBilled(SIX_WEEKS, { every: 24 }, [{ every: SIX_WEEKS }, { every: 24 * 28 }], 2)
  )

  it("run hourly, the same is billed as daily", { timeout }, () => sameBilled(TEN_DAYS, { every: 24 }, [{ every: 1 }], 1))

  it("run by three at once, in batches of one, the same is billed as by one", { timeout }, () =>
    sameBilled(SIX_WEEKS, { every: 24 * 7 }, [{ every: 24 * 7, runs: 3, batch_size: 1 }], 2)
  )
})
