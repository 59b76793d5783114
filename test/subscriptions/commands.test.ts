import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { Customers } from "../../src/accounts/index.js"
import { Plans } from "../../src/catalog/index.js"
import { Subscriptions, type SubscriptionsShape } from "../../src/subscriptions/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"

const S = { external_id: "s" }

/** One call of the service. */
const call = <A, E, R>(tenant: Tenant, use: (service: SubscriptionsShape) => Effect.Effect<A, E, R>) =>
  tenant.run(Effect.flatMap(Subscriptions, use) as never) as Promise<A>
const refused = <A, E, R>(tenant: Tenant, use: (service: SubscriptionsShape) => Effect.Effect<A, E, R>) =>
  tenant.fail(Effect.flatMap(Subscriptions, use) as never) as Promise<E>

describeBilling("commands of subscriptions", (host) => {
  /** Plans of 30, 60 and 15 euros a month, one of 240 a year; a count of calls on the first at 0.10. */
  const open = async (options: Parameters<typeof host.tenant>[0] = {}) => {
    const tenant = await host.tenant(options)
    tenant.at("2025-01-01T00:00:00Z")
    await tenant.metric("calls", { aggregation_type: "count" })
    await tenant.plan({
      code: "p",
      amount_cents: "3000",
      charges: [{ charge_model: "standard", properties: { amount: "0.10" }, metric_code: "calls" }]
    })
    await tenant.plan({ code: "big", amount_cents: "6000" })
    await tenant.plan({ code: "small", amount_cents: "1500" })
    await tenant.plan({ code: "year", interval: "yearly", amount_cents: "24000" })
    await tenant.plan({ code: "dollars", amount_cents: "3000", currency: "USD" })
    return tenant
  }

  const totals = async (tenant: Tenant) => (await tenant.invoices()).map(({ invoice }) => invoice.total_cents)

  it("plans tell how many subscriptions have them, and how many of these run", async () => {
    const tenant = await open()
    for (const name of ["runs", "paused", "canceled", "over"]) await tenant.subscribe(name, "p")
    await tenant.subscribe("waits", "big", { subscription_at: "2025-03-01T00:00:00Z" })
    await call(tenant, (service) => service.pause({ external_id: "paused" }))
    await call(tenant, (service) => service.cancel({ external_id: "canceled" }))
    await call(tenant, (service) => service.terminate({ external_id: "over" }))
    const counts = await tenant.run(Effect.flatMap(Plans, (plans) => plans.subscriptionCounts()))
    expect(counts.map(({ code, running, subscriptions }) => [code, subscriptions, running])).toEqual([
      ["p", 4, 3],
      ["big", 1, 0],
      ["small", 0, 0],
      ["year", 0, 0],
      ["dollars", 0, 0]
    ])
  })

  it("an end at the last instant that is taken never comes, and is read in every zone of the database", async () => {
    const tenant = await open()
    const ending_at = "9999-12-31T23:59:59.999Z"
    await tenant.subscribe("s", "p", { ending_at })
    await tenant.bill("2025-02-01T00:00:00Z")
    expect(await totals(tenant)).toEqual([3000n])
    expect((await call(tenant, (service) => service.get(S))).ending_at!.epochMillis).toBe(Date.parse(ending_at))
  })

  describe("refuses, and changes nothing", () => {
    it.each([
      ["resume", "active"],
      ["activate", "active"]
    ] as const)("%s while %s", async (action, from) => {
      const tenant = await open()
      await tenant.subscribe("s", "p")
      const before = await call(tenant, (service) => service.get(S))
      expect(await refused(tenant, (service) => service[action](S))).toMatchObject({ _tag: "InvalidTransition", from, action })
      expect(await call(tenant, (service) => service.get(S))).toEqual(before)
    })

    it("anything after the end", async () => {
      const tenant = await open()
      await tenant.subscribe("s", "p")
      tenant.at("2025-01-10T00:00:00Z")
      await call(tenant, (service) => service.terminate(S))
      for (const action of ["pause", "resume", "cancel", "terminate", "activate", "cancelPlanChange", "nextBilling"] as const) {
        expect(await refused(tenant, (service) => service[action](S) as Effect.Effect<unknown, unknown>), action).toMatchObject({
          _tag: "InvalidTransition",
          from: "terminated"
        })
      }
      expect(await refused(tenant, (service) => service.changePlan(S, { plan_code: "big" }))).toMatchObject({ _tag: "InvalidTransition" })
      expect(await refused(tenant, (service) => service.update(S, { ending_at: null }))).toMatchObject({ _tag: "InvalidTransition" })
    })

    it("a change to the same plan, to another currency, to a plan that is not there", async () => {
      const tenant = await open()
      await tenant.subscribe("s", "p")
      expect(await refused(tenant, (service) => service.changePlan(S, { plan_code: "p" }))).toMatchObject({ _tag: "SamePlan" })
      expect(await refused(tenant, (service) => service.changePlan(S, { plan_code: "dollars" }))).toMatchObject({
        _tag: "CurrencyMismatch",
        expected: "EUR",
        given: "USD"
      })
      expect(await refused(tenant, (service) => service.changePlan(S, { plan_code: "none" }))).toMatchObject({
        _tag: "PlanNotFound",
        id: "none"
      })
      expect(await refused(tenant, (service) => service.cancelPlanChange(S))).toMatchObject({
        _tag: "InvalidTransition",
        action: "cancel_plan_change"
      })
    })

    it("undoes what was due too, which the run then does", async () => {
      const tenant = await open()
      await tenant.subscribe("s", "p")
      tenant.at("2025-02-10T00:00:00Z")
      expect(await refused(tenant, (service) => service.resume(S))).toMatchObject({ _tag: "InvalidTransition" })
      expect(await totals(tenant)).toEqual([])
      await tenant.bill("2025-02-10T00:00:00Z")
      expect(await totals(tenant)).toEqual([3000n])
    })
  })

  describe("first does what was due", () => {
    it("an upgrade bills the month that no run had billed, at the old plan", async () => {
      const tenant = await open()
      await tenant.subscribe("s", "p")
      tenant.at("2025-02-15T10:00:00Z")
      const row = await call(tenant, (service) => service.changePlan(S, { plan_code: "big" }))
      expect(await totals(tenant)).toEqual([3000n, 1500n])
      await tenant.bill("2025-03-01T00:00:00Z")
      expect(await totals(tenant)).toEqual([3000n, 1500n, 3000n])
      expect(row.previous_plan_id).toBeNull()
    })

    it("an end that was planned for before wins over a late terminate, and stays done", async () => {
      const tenant = await open()
      await tenant.subscribe("s", "p", { ending_at: "2025-01-15T12:00:00Z" })
      tenant.at("2025-01-20T00:00:00Z")
      const row = await call(tenant, (service) => service.terminate(S, { on_termination_action: "skip" }))
      expect(row).toMatchObject({ status: "terminated", ending_at: { epochMillis: Date.parse("2025-01-15T12:00:00Z") } })
      expect(await totals(tenant)).toEqual([1452n])
    })

    it("a pending subscription whose start was missed is started at its own instant", async () => {
      const tenant = await open()
      await tenant.subscribe("s", "p", { subscription_at: "2025-01-10T00:00:00Z", pay_in_advance: true })
      tenant.at("2025-01-20T00:00:00Z")
      const row = await call(tenant, (service) => service.pause(S))
      expect(row).toMatchObject({ status: "paused", started_at: { epochMillis: Date.parse("2025-01-10T00:00:00Z") } })
      expect(await totals(tenant)).toEqual([2129n])
    })
  })

  describe("changes of plan", () => {
    it("in the instant of the start: all of the fee is given back, and the new one billed, as often as one likes", async () => {
      const tenant = await open()
      await tenant.subscribe("s", "p", { pay_in_advance: true })
      await call(tenant, (service) => service.changePlan(S, { plan_code: "big" }))
      await call(tenant, (service) => service.changePlan(S, { plan_code: "p", when: "now" }))
      expect((await tenant.notes()).map(({ note }) => [note.total_amount_cents, note.reason])).toEqual([
        [3000n, "order_change"],
        [6000n, "order_change"]
      ])
      await tenant.bill("2025-02-01T00:00:00Z")
      const documents = await tenant.invoices()
      expect(documents.map(({ invoice, settlements }) => [invoice.total_cents, settlements.map((one) => one.amount_cents)])).toEqual([
        [3000n, []],
        [6000n, [3000n]],
        [3000n, [3000n]],
        [3000n, [3000n]]
      ])
    })

    it("at the boundary itself, not yet billed: the old period is whole and the new plan begins with the next", async () => {
      const tenant = await open()
      await tenant.subscribe("s", "p", { pay_in_advance: true })
      tenant.at("2025-02-01T00:00:00Z")
      await call(tenant, (service) => service.changePlan(S, { plan_code: "big" }))
      expect(await totals(tenant)).toEqual([3000n, 6000n])
      expect(await tenant.notes()).toEqual([])
      expect(await tenant.bill("2025-02-01T00:00:00Z")).toMatchObject({ pieces: 0 })
      await tenant.bill("2025-03-01T00:00:00Z")
      expect(await totals(tenant)).toEqual([3000n, 6000n, 6000n])
    })

    it("a downgrade keeps the version that was asked for", async () => {
      const tenant = await open()
      await tenant.subscribe("s", "p")
      tenant.at("2025-01-10T00:00:00Z")
      await call(tenant, (service) => service.changePlan(S, { plan_code: "small" }))
      await tenant.run(Effect.flatMap(Plans, (plans) => plans.update({ code: "small" }, { amount_cents: "2000" })))
      await tenant.bill("2025-03-01T00:00:00Z")
      expect(await totals(tenant)).toEqual([3000n, 1500n])
    })

    it("a downgrade that waits takes the next period from its own interval", async () => {
      const tenant = await open()
      await tenant.subscribe("s", "p", { billing_time: "anniversary" })
      tenant.at("2025-01-10T00:00:00Z")
      await call(tenant, (service) => service.changePlan(S, { plan_code: "year" }))
      await tenant.bill("2025-02-01T00:00:00Z")
      const next = await call(tenant, (service) => service.nextBilling(S))
      expect(next).toMatchObject({ date: "2026-01-01", days_remaining: 334, reason: "period_end" })
      await tenant.bill("2026-01-01T00:00:00Z")
      expect(await totals(tenant)).toEqual([3000n, 21962n])
    })

    it("a waiting downgrade is called off once", async () => {
      const tenant = await open()
      await tenant.subscribe("s", "p")
      await call(tenant, (service) => service.changePlan(S, { plan_code: "small" }))
      const row = await call(tenant, (service) => service.cancelPlanChange(S))
      expect(row).toMatchObject({ previous_plan_id: null, previous_plan_version: null, downgraded_at: null })
      expect(await refused(tenant, (service) => service.cancelPlanChange(S))).toMatchObject({ _tag: "InvalidTransition" })
      await tenant.bill("2025-03-01T00:00:00Z")
      expect(await totals(tenant)).toEqual([3000n, 3000n])
    })

    it.each([
      [
        "in advance, an upgrade",
        true,
        "big",
        { change_type: "upgrade", credit_cents: 1645n, charge_cents: 3290n, net_cents: 1645n, days_remaining: 17 }
      ],
      [
        "in arrears, an upgrade",
        false,
        "big",
        { change_type: "upgrade", credit_cents: 1645n, charge_cents: 3290n, net_cents: 1645n, days_remaining: 17 }
      ],
      [
        "a downgrade",
        true,
        "small",
        { change_type: "downgrade", credit_cents: 0n, charge_cents: 0n, net_cents: 0n, days_remaining: 0, effective_date: "2025-02-01" }
      ]
    ] as const)("a preview of %s says what then happens, and stores nothing", async (_, pay_in_advance, plan_code, expected) => {
      const tenant = await open()
      await tenant.subscribe("s", "p", { pay_in_advance })
      tenant.at("2025-01-15T10:00:00Z")
      const before = [await call(tenant, (service) => service.get(S)), await tenant.invoices()]
      const preview = await call(tenant, (service) => service.previewPlanChange(S, { plan_code }))
      expect(preview).toMatchObject({ ...expected, total_days: 31, currency: "EUR", current_per_day: "96.774193548387097" })
      expect([await call(tenant, (service) => service.get(S)), await tenant.invoices()]).toEqual(before)
      if (!pay_in_advance || plan_code !== "big") return
      await call(tenant, (service) => service.changePlan(S, { plan_code }))
      expect((await tenant.notes())[0]!.note.sub_total_cents).toBe(preview.credit_cents)
      expect((await tenant.invoices())[1]!.invoice.subtotal_cents).toBe(preview.charge_cents)
    })

    it("a preview takes an instant of the running period, and no other", async () => {
      const tenant = await open()
      await tenant.subscribe("s", "p", { pay_in_advance: true })
      const at = (time: string) => ({ plan_code: "big", at: time })
      expect(await call(tenant, (service) => service.previewPlanChange(S, at("2025-01-31T00:00:00Z")))).toMatchObject({
        days_remaining: 1,
        credit_cents: 97n,
        charge_cents: 194n
      })
      expect(await refused(tenant, (service) => service.previewPlanChange(S, at("2025-02-02T00:00:00Z")))).toMatchObject({
        _tag: "InvalidInput",
        field: "at"
      })
    })
  })

  describe("pauses", () => {
    it("a pause in the instant of the start and its end give back what was billed, once", async () => {
      const tenant = await open()
      await tenant.subscribe("s", "p", { pay_in_advance: true })
      await call(tenant, (service) => service.pause(S))
      tenant.at("2025-01-11T00:00:00Z")
      await call(tenant, (service) => service.resume(S))
      expect((await tenant.notes()).map(({ note }) => note.total_amount_cents)).toEqual([968n])
      await call(tenant, (service) => service.pause(S))
      await call(tenant, (service) => service.resume(S))
      expect(await tenant.notes()).toHaveLength(1)
      expect(await totals(tenant)).toEqual([3000n])
    })

    it("a period that begins paused is billed from the first resuming on; a second pause gives days of that back", async () => {
      const tenant = await open()
      await tenant.subscribe("s", "p", { pay_in_advance: true })
      tenant.at("2025-01-31T12:00:00Z")
      await call(tenant, (service) => service.pause(S))
      tenant.at("2025-02-08T12:00:00Z")
      await call(tenant, (service) => service.resume(S))
      expect(await totals(tenant)).toEqual([3000n, 2250n])
      tenant.at("2025-02-10T12:00:00Z")
      await call(tenant, (service) => service.pause(S))
      tenant.at("2025-02-12T12:00:00Z")
      await call(tenant, (service) => service.resume(S))
      expect((await tenant.notes()).map(({ note }) => note.total_amount_cents)).toEqual([97n, 214n])
    })
  })

  describe("ends", () => {
    it("a cancel in the trial ends with the trial; the usage is billed, no base fee", async () => {
      const tenant = await open()
      await tenant.subscribe("s", "p", { trial_period_days: 40 })
      await tenant.ingest("calls", "2025-01-15T00:00:00Z", { count: 5 })
      tenant.at("2025-01-20T00:00:00Z")
      const row = await call(tenant, (service) => service.cancel(S))
      expect(row).toMatchObject({ status: "canceled", ending_at: { epochMillis: Date.parse("2025-02-10T00:00:00Z") } })
      await tenant.bill("2025-03-05T00:00:00Z")
      expect(await totals(tenant)).toEqual([50n])
      expect(await call(tenant, (service) => service.get(S))).toMatchObject({ status: "terminated" })
    })

    it("a cancel at once keeps both instants", async () => {
      const tenant = await open()
      await tenant.subscribe("s", "p")
      tenant.at("2025-01-10T12:00:00Z")
      const row = await call(tenant, (service) => service.cancel(S, { when: "now" }))
      const now = { epochMillis: Date.parse("2025-01-10T12:00:00Z") }
      expect(row).toMatchObject({ status: "terminated", canceled_at: now, ending_at: now })
      expect(await totals(tenant)).toEqual([968n])
    })

    it("in the instant of the start nothing has passed, and nothing is billed", async () => {
      const tenant = await open()
      await tenant.subscribe("s", "p")
      await call(tenant, (service) => service.terminate(S))
      expect(await totals(tenant)).toEqual([])
    })

    it("given back of a draft is a draft, which becomes final with it and pays the next invoice", async () => {
      const tenant = await open({ grace: 3 })
      await tenant.tax("vat", "0.20")
      await tenant.subscribe("s", "p", { pay_in_advance: true })
      await tenant.ingest("calls", "2025-01-02T00:00:00Z", { count: 100 })
      tenant.at("2025-01-03T12:00:00Z")
      await call(tenant, (service) => service.terminate(S, { on_termination_action: "generate_credit_note" }))
      const [draft] = await tenant.notes()
      expect(draft).toMatchObject({ note: { status: "draft", number: null, total_amount_cents: 3252n, balance_amount_cents: 0n } })
      await tenant.finalizeDue("2025-01-04T00:00:00Z")
      expect((await tenant.notes())[0]!.note).toMatchObject({
        status: "finalized",
        credit_status: "available",
        balance_amount_cents: 3252n
      })
      await tenant.finalizeDue("2025-01-06T00:00:00Z")
      const [, closing] = await tenant.invoices()
      expect(closing).toMatchObject({ invoice: { status: "paid", total_cents: 1200n }, settlements: [{ amount_cents: 1200n }] })
      expect((await tenant.notes())[0]!.note).toMatchObject({ balance_amount_cents: 2052n, number: "CN-20250104-0001" })
    })

    it("credit notes settle later invoices of the same currency, the oldest first, unless the customer has them switched off", async () => {
      const tenant = await open()
      for (const id of ["a", "b"]) await tenant.subscribe(id, "p", { pay_in_advance: true })
      for (const id of ["a", "b"]) {
        tenant.at(id === "a" ? "2025-01-10T12:00:00Z" : "2025-01-12T12:00:00Z")
        await call(tenant, (service) => service.terminate({ external_id: id }, { on_termination_action: "generate_credit_note" }))
      }
      tenant.at("2025-01-15T00:00:00Z")
      await tenant.subscribe("usd", "dollars", { pay_in_advance: true, billing_time: "anniversary" })
      await tenant.subscribe("s", "p", { pay_in_advance: true, billing_time: "anniversary" })
      const [usd, eur] = (await tenant.invoices()).slice(-2)
      expect(usd!.settlements).toEqual([])
      expect(eur!.settlements.map((one) => one.amount_cents)).toEqual([2032n, 968n])
      await tenant.run(
        Effect.flatMap(Customers, (customers) => customers.update({ external_id: "c" }, { apply_credit_notes_automatically: false }))
      )
      await tenant.bill("2025-02-15T00:00:00Z")
      expect((await tenant.invoices()).at(-1)!.settlements).toEqual([])
    })
  })

  describe("updates", () => {
    it("before the start: anchor, billing time, trial and mode; later they are fixed", async () => {
      const tenant = await open()
      await tenant.subscribe("s", "p", { subscription_at: "2025-01-20T00:00:00Z" })
      const row = await call(tenant, (service) =>
        service.update(S, {
          subscription_at: "2025-01-25T10:00:00Z",
          billing_time: "anniversary",
          trial_period_days: 2,
          pay_in_advance: true
        })
      )
      const moved = { epochMillis: Date.parse("2025-01-25T10:00:00Z") }
      expect(row).toMatchObject({ anchor_date: "2025-01-25", starts_at: moved, next_due_at: moved, trial_period_days: 2 })
      await tenant.bill("2025-01-26T00:00:00Z")
      expect(await refused(tenant, (service) => service.update(S, { pay_in_advance: false }))).toMatchObject({
        _tag: "Immutable",
        field: "pay_in_advance"
      })
      expect(
        await call(tenant, (service) => service.update(S, { billing_time: "anniversary", on_termination_action: "skip" }))
      ).toMatchObject({
        on_termination_action: "skip"
      })
      await tenant.bill("2025-01-27T10:00:00Z")
      expect(await totals(tenant)).toEqual([2806n])
    })

    it("a planned end is set, moved and taken back", async () => {
      const tenant = await open()
      await tenant.subscribe("s", "p")
      const end = (ending_at: string | null) => call(tenant, (service) => service.update(S, { ending_at }))
      expect((await end("2025-01-10T00:00:00Z")).next_due_at).toMatchObject({ epochMillis: Date.parse("2025-01-10T00:00:00Z") })
      expect((await end(null)).next_due_at).toMatchObject({ epochMillis: Date.parse("2025-02-01T00:00:00Z") })
      tenant.at("2025-01-12T00:00:00Z")
      expect(await refused(tenant, (service) => service.update(S, { ending_at: "2025-01-11T00:00:00Z" }))).toMatchObject({
        _tag: "InvalidInput",
        field: "ending_at"
      })
      await call(tenant, (service) => service.cancel(S))
      expect(await refused(tenant, (service) => service.update(S, { ending_at: null }))).toMatchObject({ _tag: "InvalidInput" })
    })

    it("a billing entity that is not there", async () => {
      const tenant = await open()
      await tenant.subscribe("s", "p")
      const missing = "00000000-0000-7000-8000-000000000000"
      expect(await refused(tenant, (service) => service.update(S, { billing_entity_id: missing }))).toMatchObject({
        _tag: "BillingEntityNotFound",
        id: missing
      })
    })
  })

  describe("a customer who moves", () => {
    const move = (tenant: Tenant, timezone: string) =>
      tenant.run(Effect.flatMap(Customers, (customers) => customers.update({ external_id: "c" }, { timezone })))

    it("east: the boundary comes earlier, and the run at its instant bills it", async () => {
      const tenant = await open()
      await tenant.subscribe("s", "p")
      await move(tenant, "Asia/Tokyo")
      expect(await tenant.bill("2025-01-31T14:59:59Z")).toMatchObject({ pieces: 0 })
      expect(await tenant.bill("2025-01-31T15:00:00Z")).toMatchObject({ pieces: 1 })
    })

    it("takes a cancel's end along", async () => {
      const tenant = await open()
      await tenant.subscribe("s", "p")
      await call(tenant, (service) => service.cancel(S))
      await move(tenant, "America/New_York")
      expect((await call(tenant, (service) => service.get(S))).ending_at).toMatchObject({
        epochMillis: Date.parse("2025-02-01T05:00:00Z")
      })
      await tenant.bill("2025-02-01T05:00:00Z")
      expect(await totals(tenant)).toEqual([3000n])
    })
  })

  describe("many at once", () => {
    it("each id once, in a transaction of its own; what fails of one is in its item", async () => {
      const tenant = await open()
      const rows = [await tenant.subscribe("a", "p"), await tenant.subscribe("b", "p")]
      const ids = [rows[0]!.id, "no id", rows[1]!.id, rows[0]!.id]
      const paused = await call(tenant, (service) => service.bulkPause({ ids }))
      expect(paused).toMatchObject({
        succeeded: 2,
        failed: 1,
        items: [
          { id: rows[0]!.id, ok: true, subscription: { status: "paused" } },
          { id: "no id", ok: false, error: { _tag: "SubscriptionNotFound" } },
          { id: rows[1]!.id, ok: true }
        ]
      })
      expect(await call(tenant, (service) => service.bulkResume({ ids: [rows[0]!.id] }))).toMatchObject({ succeeded: 1 })
      tenant.at("2025-01-10T00:00:00Z")
      const ended = await call(tenant, (service) =>
        service.bulkTerminate({ ids: [rows[0]!.id, rows[1]!.id], on_termination_action: "skip" })
      )
      expect(ended).toMatchObject({ succeeded: 2, failed: 0 })
      expect(await totals(tenant)).toEqual([])
    })

    it.each([[[]], [Array.from({ length: 101 }, (_, index) => `${index}`)]])("1 to 100 of them: not %#", async (ids) => {
      const tenant = await open()
      expect(await refused(tenant, (service) => service.bulkPause({ ids }))).toMatchObject({ _tag: "InvalidInput", field: "ids" })
    })
  })

  it("its life is told, documents too, oldest first", async () => {
    const tenant = await open()
    await tenant.subscribe("s", "p", { trial_period_days: 3 })
    tenant.at("2025-01-10T00:00:00Z")
    await call(tenant, (service) => service.pause(S))
    tenant.at("2025-01-12T00:00:00Z")
    await call(tenant, (service) => service.resume(S))
    tenant.at("2025-01-20T00:00:00Z")
    await call(tenant, (service) => service.changePlan(S, { plan_code: "big" }))
    tenant.at("2025-01-25T00:00:00Z")
    await call(tenant, (service) => service.terminate(S))
    const life = await call(tenant, (service) => service.lifecycle(S))
    expect(life.map(({ at, status, title }) => [new Date(at.epochMillis).toISOString().slice(5, 10), title, status])).toEqual([
      ["01-01", "created", null],
      ["01-01", "started", "active"],
      ["01-04", "trial ended", null],
      ["01-10", "paused", "paused"],
      ["01-12", "resumed", "active"],
      ["01-20", "plan changed", null],
      ["01-20", "invoice INV-0001 issued", "finalized"],
      ["01-25", "terminated", "terminated"],
      ["01-25", "invoice INV-0002 issued", "finalized"]
    ])
  })
})
