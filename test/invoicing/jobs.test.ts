/** Each thing that the clock does, done twice, and by several at the same time: it happens once. */
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { Plans } from "../../src/catalog/index.js"
import { Billing, Invoices } from "../../src/invoicing/index.js"
import { Doctor } from "../../src/operations/index.js"
import { Subscriptions } from "../../src/subscriptions/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"

const S = { external_id: "s" }
const bill = Effect.flatMap(Billing, (billing) => billing.billDue())
const finalize = Effect.flatMap(Billing, (billing) => billing.finalizeDue())
const refresh = Effect.gen(function* () {
  const invoices = yield* Invoices
  for (const { id } of (yield* invoices.list({ status: "draft" })).items) yield* invoices.refresh(id)
})

type Work = typeof bill | typeof finalize | typeof refresh

interface Job {
  readonly name: string
  readonly grace?: number
  /** Up to where the job has something to do. */
  readonly before: (tenant: Tenant) => Promise<unknown>
  readonly at: string
  readonly work: Work
  /** Invoices by their totals, notes, the subscription's status and plan, as they are then. */
  readonly after: { readonly invoices: ReadonlyArray<string>; readonly notes?: ReadonlyArray<bigint>; readonly s: string }
}

const change = (tenant: Tenant, plan_code: string) =>
  tenant.run(Effect.flatMap(Subscriptions, (service) => service.changePlan(S, { plan_code })))

const jobs: ReadonlyArray<Job> = [
  {
    name: "a start",
    before: (tenant) => tenant.subscribe("s", "p", { subscription_at: "2025-01-16T00:00:00Z", pay_in_advance: true }),
    at: "2025-01-20T00:00:00Z",
    work: bill,
    after: { invoices: ["finalized 1600"], s: "active p" }
  },
  {
    name: "a trial's end",
    before: (tenant) => tenant.subscribe("s", "p", { trial_period_days: 10, pay_in_advance: true }),
    at: "2025-01-12T00:00:00Z",
    work: bill,
    after: { invoices: ["finalized 2100"], s: "active p" }
  },
  {
    name: "a period's end",
    before: (tenant) => tenant.subscribe("s", "p"),
    at: "2025-02-01T00:00:00Z",
    work: bill,
    after: { invoices: ["finalized 3100"], s: "active p" }
  },
  {
    name: "periods that were missed",
    before: (tenant) => tenant.subscribe("s", "p"),
    at: "2025-04-01T00:00:00Z",
    work: bill,
    after: { invoices: ["finalized 3100", "finalized 3100", "finalized 3100"], s: "active p" }
  },
  {
    name: "a downgrade",
    before: async (tenant) => {
      await tenant.subscribe("s", "p", { pay_in_advance: true })
      await change(tenant, "cheap")
    },
    at: "2025-02-01T00:00:00Z",
    work: bill,
    after: { invoices: ["finalized 3100", "finalized 1000"], s: "active cheap" }
  },
  {
    name: "a planned end",
    before: (tenant) =>
      tenant.subscribe("s", "p", {
        pay_in_advance: true,
        ending_at: "2025-01-21T00:00:00Z",
        on_termination_action: "generate_credit_note"
      }),
    at: "2025-01-25T00:00:00Z",
    work: bill,
    after: { invoices: ["finalized 3100"], notes: [1100n], s: "terminated p" }
  },
  {
    name: "a correction after the end",
    before: async (tenant) => {
      await tenant.subscribe("s", "usage", { ending_at: "2025-01-21T00:00:00Z" })
      await tenant.bill("2025-01-22T00:00:00Z")
      await tenant.ingest("calls", "2025-01-20T00:00:00Z", { subscription: "s", count: 3 })
    },
    at: "2025-01-25T00:00:00Z",
    work: bill,
    after: { invoices: ["finalized 300"], s: "terminated usage" }
  },
  {
    name: "a draft",
    grace: 3,
    before: (tenant) => tenant.subscribe("s", "p"),
    at: "2025-02-01T00:00:00Z",
    work: bill,
    after: { invoices: ["draft 3100"], s: "active p" }
  },
  {
    name: "a draft calculated again",
    grace: 3,
    before: async (tenant) => {
      await tenant.subscribe("s", "usage")
      await tenant.ingest("calls", "2025-01-20T00:00:00Z", { subscription: "s" })
      await tenant.bill("2025-02-01T00:00:00Z")
      await tenant.ingest("calls", "2025-01-21T00:00:00Z", { subscription: "s" })
    },
    at: "2025-02-02T00:00:00Z",
    work: refresh,
    after: { invoices: ["draft 200"], s: "active usage" }
  },
  {
    name: "the end of a grace period",
    grace: 3,
    before: async (tenant) => {
      await tenant.subscribe("s", "p", { pay_in_advance: true })
      tenant.at("2025-01-02T00:00:00Z")
      await tenant.run(Effect.flatMap(Subscriptions, (service) => service.terminate(S, { on_termination_action: "generate_credit_note" })))
    },
    at: "2025-01-04T00:00:00Z",
    work: finalize,
    after: { invoices: ["finalized 3100"], notes: [3000n], s: "terminated p" }
  }
]

describeBilling("the clock's jobs", (host) => {
  const open = async (grace: number) => {
    const tenant = await host.tenant({ grace })
    tenant.at("2025-01-01T00:00:00Z")
    await tenant.metric("calls", { aggregation_type: "count" })
    const charges = [{ metric_code: "calls", charge_model: "standard" as const, properties: { amount: "1" } }]
    await tenant.plan({ code: "p", amount_cents: "3100" })
    await tenant.plan({ code: "cheap", amount_cents: "1000" })
    await tenant.plan({ code: "usage", charges })
    return tenant
  }
  const seen = async (tenant: Tenant) => {
    const row = await tenant.run(Effect.flatMap(Subscriptions, (service) => service.get(S)))
    const invoices = (await tenant.invoices()).map(({ invoice }) => invoice)
    return {
      invoices: invoices.map(({ status, total_cents }) => `${status} ${total_cents}`),
      notes: (await tenant.notes()).map(({ note }) => note.total_amount_cents),
      numbers: invoices.map(({ invoice_number }) => invoice_number),
      row
    }
  }

  describe.each(jobs)("$name", ({ after, at, before, grace = 0, work }) => {
    it.each([
      ["twice", 1],
      ["by three at once, and again", 3]
    ] as const)("%s", async (_, concurrently) => {
      const tenant = await open(grace)
      await before(tenant)
      tenant.at(at)
      const all = Effect.all(
        Array.from({ length: concurrently }, (): Effect.Effect<unknown, unknown, Effect.Effect.Context<Work>> => work),
        { concurrency: "unbounded" }
      )
      await tenant.run(all)
      const once = await seen(tenant)
      await tenant.run(all)
      expect(await seen(tenant)).toEqual(once)
      expect({ invoices: once.invoices, notes: once.notes }).toEqual({ invoices: after.invoices, notes: after.notes ?? [] })
      const [status, code] = after.s.split(" ")
      expect(once.row.status).toBe(status)
      expect(once.row.plan_id).toBe((await tenant.run(Effect.flatMap(Plans, (plans) => plans.get({ code: code! })))).id)
      expect((await tenant.run(Effect.flatMap(Doctor, (doctor) => doctor.check()))).violations).toEqual([])
    })
  })
})
