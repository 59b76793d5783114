import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { Coupons, type CouponsShape, type CreateCouponInput } from "../../src/credits/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"

const call = <A, E, R>(use: (coupons: CouponsShape) => Effect.Effect<A, E, R>) => Effect.flatMap(Coupons, use)

const PERCENT = { code: "k", name: "K", coupon_type: "percentage", percentage_rate: "10" } as const
const FIXED = { code: "k", name: "K", coupon_type: "fixed_amount", amount_cents: "500", amount_currency: "EUR" } as const

describeBilling("coupons", (host) => {
  describe("are created", () => {
    it("with a rate in percent, kept short, for one invoice and any number of customers unless told otherwise", async () => {
      const tenant = await host.tenant()
      const made = await tenant.run(call((coupons) => coupons.create({ ...PERCENT, percentage_rate: "12.50" })))
      expect(made).toMatchObject({
        percentage_rate: "12.5",
        amount_cents: null,
        frequency: "once",
        frequency_duration: null,
        reusable: true,
        expiration: "no_expiration",
        status: "active"
      })
      expect(await tenant.run(call((coupons) => coupons.get({ code: "k" })))).toEqual(made)
      expect(await tenant.run(call((coupons) => coupons.get({ id: made.id })))).toEqual(made)
    })

    it.each<[string, CreateCouponInput, string]>([
      ["a fixed amount without amount", { ...FIXED, amount_cents: null }, "amount_cents"],
      ["a fixed amount of 0", { ...FIXED, amount_cents: "0" }, "amount_cents"],
      ["a fixed amount without currency", { ...FIXED, amount_currency: null }, "amount_currency"],
      ["a fixed amount with a rate", { ...FIXED, percentage_rate: "1" }, "percentage_rate"],
      ["a percentage without rate", { ...PERCENT, percentage_rate: null }, "percentage_rate"],
      ["a percentage of 0", { ...PERCENT, percentage_rate: "0.00" }, "percentage_rate"],
      ["a percentage above 100", { ...PERCENT, percentage_rate: "100.01" }, "percentage_rate"],
      ["a percentage with three decimals", { ...PERCENT, percentage_rate: "0.125" }, "percentage_rate"],
      ["a percentage with an amount", { ...PERCENT, amount_cents: "1" }, "amount_cents"],
      ["a recurring one without duration", { ...PERCENT, frequency: "recurring" }, "frequency_duration"],
      ["a recurring one of duration 0", { ...PERCENT, frequency: "recurring", frequency_duration: 0 }, "frequency_duration"],
      ["one forever with a duration", { ...PERCENT, frequency: "forever", frequency_duration: 3 }, "frequency_duration"],
      ["a time limit without instant", { ...PERCENT, expiration: "time_limit" }, "expiration_at"],
      ["a time limit that is over", { ...PERCENT, expiration: "time_limit", expiration_at: "2025-01-01T00:00:00Z" }, "expiration_at"],
      ["an instant without time limit", { ...PERCENT, expiration_at: "2026-01-01T00:00:00Z" }, "expiration_at"]
    ])("not as %s", async (_, input, field) => {
      const tenant = await host.tenant()
      tenant.at("2025-01-01T00:00:00Z")
      expect(await tenant.fail(call((coupons) => coupons.create(input)))).toMatchObject({ _tag: "InvalidInput", field })
    })

    it("in a currency that there is, under a code that nobody has", async () => {
      const tenant = await host.tenant()
      const create = (input: CreateCouponInput) => call((coupons) => coupons.create(input))
      expect(await tenant.fail(create({ ...FIXED, amount_currency: "ZZZ" }))).toMatchObject({ _tag: "UnknownCurrency", code: "ZZZ" })
      await tenant.run(create(FIXED))
      expect(await tenant.fail(create(PERCENT))).toMatchObject({ _tag: "CodeTaken", code: "k" })
    })
  })

  describe("are applied", () => {
    const apply = (coupon_code: string, external_customer_id = "c") =>
      call((coupons) => coupons.apply({ coupon_code, external_customer_id }))

    it("with what they copy, and with amounts of their own", async () => {
      const tenant = await host.tenant()
      await tenant.coupon("r", { frequency: "recurring", frequency_duration: 3 })
      await tenant.coupon("f", { coupon_type: "fixed_amount", amount_cents: "500" })
      expect(await tenant.applyCoupon("r", { percentage_rate: "7.50" })).toMatchObject({
        percentage_rate: "7.5",
        frequency: "recurring",
        frequency_duration: 3,
        frequency_duration_remaining: 3,
        status: "active"
      })
      expect(await tenant.applyCoupon("f", { amount_cents: 200n, amount_currency: "NOK" })).toMatchObject({
        amount_cents: 200n,
        amount_currency: "NOK",
        frequency_duration_remaining: null
      })
      expect((await tenant.appliedCoupons()).map((one) => one.frequency)).toEqual(["recurring", "once"])
    })

    it("not with a rate in place of an amount, nor the other way round", async () => {
      const tenant = await host.tenant()
      await tenant.coupon("r")
      await tenant.coupon("f", { coupon_type: "fixed_amount", amount_cents: "500" })
      const wrong = (coupon_code: string, own: object) =>
        call((coupons) => coupons.apply({ coupon_code, external_customer_id: "c", ...own }))
      expect(await tenant.fail(wrong("f", { percentage_rate: "5" }))).toMatchObject({ _tag: "InvalidInput", field: "percentage_rate" })
      expect(await tenant.fail(wrong("r", { amount_cents: "5" }))).toMatchObject({ _tag: "InvalidInput", field: "amount_cents" })
    })

    it("once in all where they are not reusable, even after that one has ended", async () => {
      const tenant = await host.tenant()
      await tenant.customer({ external_id: "d", name: "D" })
      await tenant.coupon("k", { reusable: false })
      const { id } = await tenant.applyCoupon("k")
      expect(await tenant.fail(apply("k", "d"))).toMatchObject({ _tag: "CouponAlreadyUsed", code: "k" })
      await tenant.run(call((coupons) => coupons.removeApplied(id)))
      expect(await tenant.fail(apply("k"))).toMatchObject({ _tag: "CouponAlreadyUsed" })
    })

    it("to any number of customers, one active application each", async () => {
      const tenant = await host.tenant()
      await tenant.customer({ external_id: "d", name: "D" })
      await tenant.coupon("k")
      const { id } = await tenant.applyCoupon("k")
      await tenant.run(apply("k", "d"))
      expect(await tenant.fail(apply("k"))).toMatchObject({ _tag: "CouponAlreadyApplied", code: "k" })
      const ended = await tenant.run(call((coupons) => coupons.removeApplied(id)))
      expect(ended).toMatchObject({ status: "terminated" })
      expect(ended.terminated_at).not.toBeNull()
      await tenant.run(apply("k"))
      expect(await tenant.fail(call((coupons) => coupons.removeApplied(id)))).toMatchObject({ _tag: "InvalidTransition" })
    })

    it("not once expired or terminated; what is applied goes on", async () => {
      const tenant = await host.tenant()
      tenant.at("2025-01-01T00:00:00Z")
      await tenant.customer({ external_id: "d", name: "D" })
      await tenant.coupon("old", { expiration: "time_limit", expiration_at: "2025-01-02T00:00:00Z" })
      await tenant.coupon("k")
      await tenant.applyCoupon("k")
      tenant.at("2025-01-01T23:59:59Z")
      await tenant.applyCoupon("old")
      tenant.at("2025-01-02T00:00:00Z")
      expect(await tenant.fail(apply("old", "d"))).toMatchObject({ _tag: "CouponExpired", code: "old" })
      await tenant.run(call((coupons) => coupons.terminate({ code: "k" })))
      expect(await tenant.fail(apply("k", "d"))).toMatchObject({ _tag: "InvalidTransition", from: "terminated", action: "apply" })
      expect(await tenant.fail(call((coupons) => coupons.terminate({ code: "k" })))).toMatchObject({ _tag: "InvalidTransition" })
      expect((await tenant.appliedCoupons()).map((one) => one.status)).toEqual(["active", "active"])
    })

    it("within the organization: others' coupons and customers are not there", async () => {
      const [one, other] = [await host.tenant(), await host.tenant()]
      const { id } = await one.coupon("k")
      const applied = await one.applyCoupon("k")
      for (const use of [apply("k"), call((coupons: CouponsShape) => coupons.get({ id }))]) {
        expect(await other.fail<unknown, unknown>(use)).toMatchObject({ _tag: "CouponNotFound" })
      }
      expect(await other.fail(call((coupons) => coupons.removeApplied(applied.id)))).toMatchObject({ _tag: "AppliedCouponNotFound" })
      expect(await other.fail(call((coupons) => coupons.removeApplied("no id")))).toMatchObject({ _tag: "AppliedCouponNotFound" })
      expect(await one.fail(apply("k", "nobody"))).toMatchObject({ _tag: "CustomerNotFound", id: "nobody" })
      expect(await other.appliedCoupons()).toEqual([])
    })

    it("by one of many who try at the same time", async () => {
      const tenant = await host.tenant()
      await tenant.coupon("k", { reusable: false })
      for (let index = 0; index < 8; index++) await tenant.customer({ external_id: `c${index}`, name: "C" })
      const tries = Array.from({ length: 8 }, (_, index) => Effect.either(apply("k", `c${index}`)))
      const outcomes = await tenant.run(Effect.all(tries, { concurrency: "unbounded" }))
      expect(outcomes.map((outcome) => (outcome._tag === "Right" ? "applied" : outcome.left._tag)).toSorted()).toEqual([
        ...Array(7).fill("CouponAlreadyUsed"),
        "applied"
      ])
    })
  })

  describe("change", () => {
    it("in everything before they were applied; afterwards not in type, frequency and duration", async () => {
      const tenant = await host.tenant()
      await tenant.coupon("k")
      const update = (input: Parameters<CouponsShape["update"]>[1]) => call((coupons) => coupons.update({ code: "k" }, input))
      await tenant.run(
        update({ coupon_type: "fixed_amount", amount_cents: 5n, amount_currency: "EUR", percentage_rate: null, frequency: "forever" })
      )
      expect(await tenant.fail(update({ percentage_rate: "5" }))).toMatchObject({ _tag: "InvalidInput", field: "percentage_rate" })
      await tenant.applyCoupon("k")
      for (const change of [{ frequency: "once" }, { frequency: "recurring", frequency_duration: 2 }] as const) {
        expect(await tenant.fail(update(change))).toMatchObject({ _tag: "Immutable", field: "frequency" })
      }
      expect(await tenant.run(update({ amount_cents: "7", name: "Seven" }))).toMatchObject({ amount_cents: 7n, name: "Seven" })
    })

    it("are deleted only while they were never applied", async () => {
      const tenant = await host.tenant()
      await tenant.coupon("k")
      const remove = call((coupons) => coupons.delete({ code: "k" }))
      await tenant.run(remove)
      expect(await tenant.fail(remove)).toMatchObject({ _tag: "CouponNotFound", id: "k" })
      await tenant.coupon("k")
      const { id } = await tenant.applyCoupon("k")
      await tenant.run(call((coupons) => coupons.removeApplied(id)))
      expect(await tenant.fail(remove)).toMatchObject({ _tag: "StillReferenced", by: "applied_coupons", count: 1 })
    })

    it("are copied under a code of their own, applied to nobody", async () => {
      const tenant = await host.tenant()
      const original = await tenant.coupon("k", { frequency: "forever" })
      await tenant.applyCoupon("k")
      await tenant.run(call((coupons) => coupons.terminate({ code: "k" })))
      const duplicate = call((coupons) => coupons.duplicate({ code: "k" }))
      const copy = await tenant.run(duplicate)
      expect(copy).toMatchObject({ code: "k_copy", status: "active", frequency: "forever", percentage_rate: "10" })
      expect(copy.id).not.toBe(original.id)
      expect(await tenant.run(call((coupons) => coupons.analytics({ code: "k_copy" })))).toMatchObject({ applied: 0, uses_remaining: 0 })
      expect(await tenant.fail(duplicate)).toMatchObject({ _tag: "CodeTaken", code: "k_copy" })
      expect((await tenant.run(call((coupons) => coupons.list({ status: "terminated" })))).items.map(({ code }) => code)).toEqual(["k"])
    })
  })
})

/** What is left of every application. */
const left = async (tenant: Tenant) => (await tenant.appliedCoupons()).map((one) => [one.status, one.frequency_duration_remaining])

const figures = async (tenant: Tenant) =>
  (await tenant.invoices()).map(({ invoice }) => [invoice.status, invoice.coupons_amount_cents, invoice.total_cents])

describeBilling("coupons on invoices", (host) => {
  it("three periods, then none; what was given is told per currency", async () => {
    const tenant = await host.tenant()
    tenant.at("2025-01-01T00:00:00Z")
    await tenant.plan({ code: "p", amount_cents: "1000", currency: "EUR" })
    await tenant.subscribe("s", "p")
    await tenant.coupon("k", { frequency: "recurring", frequency_duration: 3 })
    await tenant.applyCoupon("k")
    await tenant.bill("2025-05-01T00:00:00Z")
    expect(await figures(tenant)).toEqual([
      ["finalized", 100n, 900n],
      ["finalized", 100n, 900n],
      ["finalized", 100n, 900n],
      ["finalized", 0n, 1000n]
    ])
    expect(await left(tenant)).toEqual([["terminated", 0]])
    expect(await tenant.run(call((coupons) => coupons.analytics({ code: "k" })))).toMatchObject({
      applied: 1,
      active: 0,
      terminated: 1,
      uses_remaining: 0,
      discounts: [{ currency: "EUR", amount_cents: 300n }]
    })
  })

  it("one for one invoice is used by the first of a batch, and by no other", async () => {
    const tenant = await host.tenant()
    tenant.at("2025-01-01T00:00:00Z")
    await tenant.plan({ code: "p", amount_cents: "1000", currency: "EUR" })
    for (const name of ["s1", "s2", "s3"]) await tenant.subscribe(name, "p")
    await tenant.coupon("k")
    await tenant.applyCoupon("k")
    await tenant.bill("2025-02-01T00:00:00Z")
    expect((await figures(tenant)).map(([, coupons]) => coupons)).toEqual([100n, 0n, 0n])
    expect(await left(tenant)).toEqual([["terminated", null]])
  })

  it("a draft has none; they come with its finalization, and the order is that of finalization", async () => {
    const tenant = await host.tenant({ grace: 3 })
    tenant.at("2025-01-01T00:00:00Z")
    await tenant.plan({ code: "p", amount_cents: "1000", currency: "EUR" })
    await tenant.subscribe("s", "p")
    await tenant.bill("2025-02-01T00:00:00Z")
    await tenant.coupon("k", { coupon_type: "fixed_amount", amount_cents: "300" })
    await tenant.applyCoupon("k")
    expect(await figures(tenant)).toEqual([["draft", 0n, 1000n]])
    expect(await left(tenant)).toEqual([["active", null]])
    await tenant.finalizeDue("2025-02-04T00:00:00Z")
    expect(await figures(tenant)).toEqual([["finalized", 300n, 700n]])
    expect(await left(tenant)).toEqual([["terminated", null]])
  })

  it("a fixed one of another currency is passed over, and none is used where nothing comes off", async () => {
    const tenant = await host.tenant()
    tenant.at("2025-01-01T00:00:00Z")
    await tenant.plan({ code: "p", amount_cents: "1000", currency: "EUR" })
    await tenant.subscribe("s", "p")
    await tenant.coupon("nok", { coupon_type: "fixed_amount", amount_cents: "300", amount_currency: "NOK" })
    await tenant.coupon("all", { percentage_rate: "100" })
    await tenant.coupon("late")
    for (const code of ["nok", "all", "late"]) await tenant.applyCoupon(code)
    await tenant.bill("2025-02-01T00:00:00Z")
    expect(await figures(tenant)).toEqual([["paid", 1000n, 0n]])
    expect((await left(tenant)).map(([status]) => status).toSorted()).toEqual(["active", "active", "terminated"])
  })

  it("a preview shows them and uses none", async () => {
    const tenant = await host.tenant()
    tenant.at("2025-01-01T00:00:00Z")
    await tenant.plan({ code: "p", amount_cents: "1000", currency: "EUR" })
    await tenant.subscribe("s", "p")
    await tenant.coupon("k")
    await tenant.applyCoupon("k")
    expect(await tenant.preview("s")).toMatchObject({ coupons_amount_cents: 100n, total_cents: 900n })
    expect(await left(tenant)).toEqual([["active", null]])
  })

  it("one use, though many invoices become final at the same time", async () => {
    const tenant = await host.tenant({ grace: 3 })
    tenant.at("2025-01-01T00:00:00Z")
    await tenant.plan({ code: "p", amount_cents: "1000", currency: "EUR" })
    for (let index = 0; index < 6; index++) await tenant.subscribe(`s${index}`, "p")
    await tenant.coupon("once")
    await tenant.coupon("twice", { percentage_rate: "1", frequency: "recurring", frequency_duration: 2 })
    await tenant.applyCoupon("once")
    await tenant.applyCoupon("twice")
    await tenant.bill("2025-02-01T00:00:00Z")
    await tenant.finalizeAll()
    const given = (await figures(tenant)).map(([, coupons]) => coupons)
    // 1 % of 900 on the invoice that took both.
    expect(given.toSorted()).toEqual([0n, 0n, 0n, 0n, 10n, 109n])
    expect(await left(tenant)).toEqual([
      ["terminated", null],
      ["terminated", 0]
    ])
    expect(await tenant.violations()).toEqual([])
  })

  it("take as many statements for many documents as for one", async () => {
    const statementsOf = async (customers: number) => {
      const tenant = await host.tenant()
      tenant.at("2025-01-01T00:00:00Z")
      await tenant.plan({ code: "p", amount_cents: "1000", currency: "EUR" })
      await tenant.coupon("k", { frequency: "forever" })
      for (let index = 0; index < customers; index++) {
        await tenant.customer({ external_id: `c${index}`, name: "C" })
        await tenant.subscribe(`s${index}`, "p", { external_customer_id: `c${index}` })
        await tenant.applyCoupon("k", { external_customer_id: `c${index}` })
      }
      return tenant.statementsOfBilling("2025-02-01T00:00:00Z")
    }
    expect(await statementsOf(9)).toBe(await statementsOf(1))
  })
})
