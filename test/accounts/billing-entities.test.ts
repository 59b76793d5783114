import { Effect } from "effect"
import { expect, it } from "vitest"
import { BillingEntities } from "../../src/accounts/index.js"
import { CurrentOrganization } from "../../src/core/index.js"
import { accountsLayer } from "../support/accounts.js"
import { describeEngines } from "../support/describe-engines.js"

describeEngines("billing entities", (engine) => {
  const entities = <A, E, R>(use: (service: typeof BillingEntities.Service) => Effect.Effect<A, E, R>) =>
    Effect.flatMap(BillingEntities, use).pipe(Effect.provide(accountsLayer))
  const elsewhere = async () => Effect.provideService(CurrentOrganization, await engine.newOrganization())

  it("the first one is the default; making another one it takes the mark off the first", async () => {
    const there = await elsewhere()
    const [first, second] = await engine.run(
      Effect.forEach(["one", "two"], (code) => entities((service) => service.create({ code, name: code }))).pipe(there)
    )
    expect([first!.is_default, second!.is_default]).toEqual([true, false])
    await engine.run(entities((service) => service.setDefault({ code: "two" })).pipe(there))
    const all = await engine.run(entities((service) => service.list({ order_by: "code:asc", total: true })).pipe(there))
    expect([all.next, all.total]).toEqual([null, 2])
    expect(all.items.map((entity) => [entity.code, entity.is_default])).toEqual([
      ["one", false],
      ["two", true]
    ])
  })

  it("of two made at the same time one is the default", async () => {
    const there = await elsewhere()
    await engine.run(
      Effect.forEach(["a", "b", "c"], (code) => entities((service) => service.create({ code, name: code })), { concurrency: 3 }).pipe(there)
    )
    const { items } = await engine.run(entities((service) => service.list()).pipe(there))
    expect(items.filter((entity) => entity.is_default)).toHaveLength(1)
  })

  it("the prefix is the code in capitals, the terms 0 and 30 days, currency and zone the organization's", async () => {
    const there = await elsewhere()
    const made = await engine.run(entities((service) => service.create({ code: "acme-eu", name: "Acme EU" })).pipe(there))
    expect(made).toMatchObject({
      invoice_prefix: "ACME-EU",
      next_invoice_number: 1n,
      invoice_grace_period: 0,
      net_payment_term: 30,
      currency: "EUR",
      timezone: "UTC",
      document_locale: "en",
      rounding_mode: "half_away"
    })
    expect(await engine.run(entities((service) => service.get({ code: "acme-eu" })).pipe(there))).toEqual(made)
  })

  it("code and prefix are unique in the organization", async () => {
    const there = await elsewhere()
    await engine.run(entities((service) => service.create({ code: "x", name: "X", invoice_prefix: "SAME" })).pipe(there))
    const again = (input: { code: string; name: string; invoice_prefix?: string }) =>
      engine.fail(entities((service) => service.create(input)).pipe(there))
    expect(await again({ code: "x", name: "X", invoice_prefix: "OTHER" })).toMatchObject({ _tag: "CodeTaken", code: "x" })
    expect(await again({ code: "y", name: "Y", invoice_prefix: "SAME" })).toMatchObject({
      _tag: "InvoicePrefixTaken",
      invoice_prefix: "SAME"
    })
  })

  it("a prefix that reads like an organization's own numbers is refused, given or derived", async () => {
    for (const input of [
      { code: "fine", name: "X", invoice_prefix: "INV-20250214" },
      { code: "inv-20250214", name: "X" }
    ]) {
      expect(await engine.fail(entities((service) => service.create(input)))).toMatchObject({
        _tag: "InvalidInput",
        field: "invoice_prefix"
      })
    }
  })

  it("the counter can be raised, not lowered", async () => {
    const there = await elsewhere()
    await engine.run(entities((service) => service.create({ code: "n", name: "N", next_invoice_number: 100n })).pipe(there))
    const set = (next_invoice_number: bigint) => entities((service) => service.update({ code: "n" }, { next_invoice_number })).pipe(there)
    expect((await engine.run(set(9_007_199_254_740_993n))).next_invoice_number).toBe(9_007_199_254_740_993n)
    expect(await engine.fail(set(99n))).toMatchObject({ _tag: "InvalidInput", field: "next_invoice_number" })
    expect((await engine.run(entities((service) => service.get({ code: "n" })).pipe(there))).next_invoice_number).toBe(
      9_007_199_254_740_993n
    )
  })

  it.each([
    [{ country: "Norway" }, "country"],
    [{ country: "no" }, "country"],
    [{ country: "UK" }, "country"],
    [{ country: "ZZ" }, "country"],
    [{ document_locale: "english" }, "document_locale"],
    [{ net_payment_term: -1 }, "net_payment_term"],
    [{ next_invoice_number: 0n }, "next_invoice_number"],
    [{ rounding_mode: "up" }, "rounding_mode"]
  ])("input that breaks a rule is refused with its field: %o", async (input, field) => {
    const create = entities((service) => service.create({ code: "bad", name: "Bad", ...input } as never))
    expect(await engine.fail(create)).toMatchObject({ _tag: "InvalidInput", field })
  })

  it("is in a country of ISO 3166, in Kosovo or in Northern Ireland", async () => {
    const there = await elsewhere()
    const made = await engine.run(
      Effect.forEach(["GB", "GR", "XK", "XI"], (country) =>
        entities((service) => service.create({ code: country, name: country, country }))
      ).pipe(there)
    )
    expect(made.map(({ country }) => country)).toEqual(["GB", "GR", "XK", "XI"])
    expect(await engine.fail(entities((service) => service.update({ code: "GR" }, { country: "EL" })).pipe(there))).toMatchObject({
      field: "country"
    })
  })

  it("another organization's entity answers like a missing one", async () => {
    const there = await elsewhere()
    const foreign = await engine.run(entities((service) => service.create({ code: "f", name: "F" })).pipe(there))
    expect(await engine.fail(entities((service) => service.get({ id: foreign.id })))).toMatchObject({ _tag: "BillingEntityNotFound" })
    expect(await engine.fail(entities((service) => service.setDefault({ id: foreign.id })))).toMatchObject({
      _tag: "BillingEntityNotFound"
    })
  })
})
