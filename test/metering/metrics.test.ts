/** Edits of metrics on both engines: what may change, and what is refused while something refers to it. */
import { Effect } from "effect"
import { expect, it } from "vitest"
import { type CreatePlanInput, Plans } from "../../src/catalog/index.js"
import { CurrentOrganization } from "../../src/core/index.js"
import { type CreateMetricInput, Events, Metrics } from "../../src/metering/index.js"
import { meteringLayer } from "../support/catalog.js"
import { describeEngines } from "../support/describe-engines.js"

describeEngines("metrics", (engine) => {
  const tenant = async () => {
    const organization = await engine.newOrganization()
    type Services = Effect.Effect.Context<typeof all>
    const all = Effect.all([Metrics, Plans, Events])
    const given = <A, E>(effect: Effect.Effect<A, E, Services | CurrentOrganization>) =>
      effect.pipe(Effect.provide(meteringLayer), Effect.provideService(CurrentOrganization, organization))
    const metrics = <A, E>(use: (service: typeof Metrics.Service) => Effect.Effect<A, E, CurrentOrganization>) => ({
      now: () => engine.run(given(Effect.flatMap(Metrics, use))),
      error: () => engine.fail(given(Effect.flatMap(Metrics, use)))
    })
    const make = (input: Partial<CreateMetricInput> = {}) =>
      metrics((service) =>
        service.create({ code: "energy", name: "Energy", aggregation_type: "sum", field_name: "kwh", ...input } as CreateMetricInput)
      ).now()
    const plan = (input: Omit<CreatePlanInput, "name" | "interval">) =>
      engine.run(given(Effect.flatMap(Plans, (service) => service.create({ name: "Plan", interval: "monthly", ...input }))))
    const updatePlan = (code: string, input: Parameters<typeof Plans.Service.update>[1]) =>
      engine.run(given(Effect.flatMap(Plans, (service) => service.update({ code }, input))))
    const ingest = (code: string) =>
      engine.run(
        given(
          Effect.flatMap(Events, (events) =>
            events.ingest([{ transaction_id: code, external_customer_id: "c", code, timestamp: "2026-01-01T00:00:00Z" }])
          )
        )
      )
    return { organization, metrics, make, plan, updatePlan, ingest }
  }
  const standard = { metric_code: "energy", charge_model: "standard", properties: { amount: "1" } } as const

  it("counts metrics by aggregation type, and for each the plans that price it now", async () => {
    const { make, metrics, plan, updatePlan } = await tenant()
    await make()
    await make({ code: "calls", aggregation_type: "count", field_name: null })
    await make({ code: "peak", aggregation_type: "max" })
    await plan({ code: "a", charges: [standard, standard] })
    await plan({ code: "b", charges: [standard] })
    await plan({ code: "c", charges: [standard] })
    await updatePlan("c", { charges: [] })
    expect((await metrics((service) => service.stats()).now()).filter(({ metrics }) => metrics > 0)).toEqual([
      { aggregation_type: "count", metrics: 1 },
      { aggregation_type: "sum", metrics: 1 },
      { aggregation_type: "max", metrics: 1 }
    ])
    expect(await metrics((service) => service.stats()).now()).toHaveLength(7)
    const counts = await metrics((service) => service.planCounts()).now()
    expect(counts.map(({ code, plans }) => [code, plans])).toEqual([
      ["energy", 2],
      ["calls", 0],
      ["peak", 0]
    ])
  })

  it("changes names and rounding, leaves alone what is not named, and keeps what it answered", async () => {
    const { make, metrics } = await tenant()
    const made = await make({ description: "kWh", filters: [{ key: "region", values: ["eu"] }] })
    const changed = await metrics((service) =>
      service.update({ code: "energy" }, { name: "Power", rounding_function: "ceil", rounding_precision: 2 })
    ).now()
    expect(changed).toEqual({ ...made, name: "Power", rounding_function: "ceil", rounding_precision: 2, updated_at: changed.updated_at })
    expect(await metrics((service) => service.get({ id: made.id })).now()).toEqual(changed)
    const cleared = await metrics((service) =>
      service.update({ id: made.id }, { description: null, rounding_function: null, rounding_precision: null })
    ).now()
    expect(cleared).toMatchObject({ description: null, rounding_function: null, rounding_precision: null, name: "Power" })
  })

  it("never changes a code or an aggregation", async () => {
    const { make, metrics } = await tenant()
    await make()
    expect(await metrics((service) => service.update({ code: "energy" }, { code: "power" })).error()).toMatchObject({
      _tag: "Immutable",
      field: "code"
    })
    expect(await metrics((service) => service.update({ code: "energy" }, { aggregation_type: "max" })).error()).toMatchObject({
      _tag: "Immutable",
      field: "aggregation_type"
    })
    // The same value again is no change.
    expect(await metrics((service) => service.update({ code: "energy" }, { code: "energy", name: "E" })).now()).toMatchObject({ name: "E" })
  })

  it("changes the property only before the first event: how an event reads was decided when it came", async () => {
    const { ingest, make, metrics } = await tenant()
    await make()
    const field = (field_name: string) => metrics((service) => service.update({ code: "energy" }, { field_name }))
    expect(await field("wh").now()).toMatchObject({ field_name: "wh" })
    expect(await field("w\u0000h").error()).toMatchObject({ _tag: "InvalidMetric", path: "field_name" })
    await ingest("energy")
    expect(await field("kwh").error()).toMatchObject({ _tag: "Immutable", field: "field_name" })
  })

  it("checks the definition as a whole", async () => {
    const { make, metrics } = await tenant()
    await make()
    expect(await metrics((service) => service.update({ code: "energy" }, { expression: "a + b" })).error()).toMatchObject({
      _tag: "InvalidMetric",
      path: "expression"
    })
    expect(await metrics((service) => service.update({ code: "energy" }, { field_name: null })).error()).toMatchObject({
      _tag: "InvalidMetric",
      path: "field_name"
    })
    expect(await metrics((service) => service.update({ code: "energy" }, { rounding_precision: 2 })).error()).toMatchObject({
      _tag: "InvalidMetric",
      path: "rounding_precision"
    })
    expect(await metrics((service) => service.update({ code: "energy" }, { unit: "kWh" } as object)).error()).toMatchObject({
      _tag: "InvalidInput",
      field: "unit"
    })
  })

  it("keeps `recurring` while charges price it", async () => {
    const { make, metrics, plan } = await tenant()
    await make()
    await plan({ code: "p", charges: [standard] })
    expect(await metrics((service) => service.update({ code: "energy" }, { recurring: true })).error()).toMatchObject({
      _tag: "StillReferenced",
      by: "charges",
      count: 1
    })
  })

  it("deletes only what nothing refers to", async () => {
    const { ingest, make, metrics, plan } = await tenant()
    for (const code of ["energy", "other", "free"]) await make({ code, filters: [{ key: "region", values: ["eu"] }] })
    await plan({ code: "p", charges: [standard] })
    await ingest("other")
    const gone = (code: string) => metrics((service) => service.delete({ code }))
    expect(await gone("energy").error()).toMatchObject({ _tag: "StillReferenced", by: "charges", count: 1 })
    expect(await gone("other").error()).toMatchObject({ _tag: "StillReferenced", by: "events", count: 1 })
    await gone("free").now()
    expect(await gone("free").error()).toMatchObject({ _tag: "MetricNotFound", code: "free" })
  })

  it("adds filter keys once, states their values, and takes away what no charge names", async () => {
    const { make, metrics, plan } = await tenant()
    await make({ filters: [{ key: "region", values: ["eu", "us"] }] })
    const added = await metrics((service) => service.addFilter({ code: "energy" }, { key: "kind", values: ["ac", "dc"] })).now()
    expect(added.filters.map(({ key }) => key)).toEqual(["region", "kind"])
    expect(await metrics((service) => service.addFilter({ code: "energy" }, { key: "kind", values: ["x"] })).error()).toMatchObject({
      _tag: "FilterKeyTaken",
      key: "kind"
    })
    await plan({ code: "p", charges: [{ ...standard, filters: [{ values: { region: "eu" }, properties: { amount: "2" } }] }] })
    const values = (key: string, given: ReadonlyArray<string>) =>
      metrics((service) => service.updateFilter({ code: "energy" }, key, { values: given }))
    expect((await values("region", ["eu", "apac"]).now()).filters[0]).toMatchObject({ key: "region", values: ["eu", "apac"] })
    expect(await values("region", ["apac"]).error()).toMatchObject({ _tag: "StillReferenced", by: "charge_filters", count: 1 })
    expect(await values("region", []).error()).toMatchObject({ _tag: "InvalidInput", field: "values" })
    expect(await values("planet", ["mars"]).error()).toMatchObject({ _tag: "MetricFilterNotFound", key: "planet" })
    const removed = (key: string) => metrics((service) => service.removeFilter({ code: "energy" }, key))
    expect(await removed("region").error()).toMatchObject({ _tag: "StillReferenced", by: "charge_filters" })
    expect((await removed("kind").now()).filters.map(({ key }) => key)).toEqual(["region"])
    expect(await removed("kind").error()).toMatchObject({ _tag: "MetricFilterNotFound" })
    const again = await metrics((service) => service.addFilter({ code: "energy" }, { key: "a", values: ["1"] })).now()
    expect(await metrics((service) => service.get({ code: "energy" })).now()).toEqual(again)
  })

  it("counts `*` as every value, and forgets a price that nobody has any more", async () => {
    const { make, metrics, plan, updatePlan } = await tenant()
    await make({ filters: [{ key: "region", values: ["eu", "us"] }] })
    await plan({ code: "p", charges: [{ ...standard, filters: [{ values: { region: "*" }, properties: { amount: "2" } }] }] })
    const values = () => metrics((service) => service.updateFilter({ code: "energy" }, "region", { values: ["eu"] }))
    expect(await values().error()).toMatchObject({ _tag: "StillReferenced", by: "charge_filters" })
    await updatePlan("p", { charges: [standard] })
    expect((await values().now()).filters[0]).toMatchObject({ values: ["eu"] })
    expect((await metrics((service) => service.removeFilter({ code: "energy" }, "region")).now()).filters).toEqual([])
  })

  it("answers another organization's metric like a missing one", async () => {
    const [one, other] = [await tenant(), await tenant()]
    const { id } = await one.make()
    expect(await other.metrics((service) => service.update({ id }, { name: "x" })).error()).toMatchObject({ _tag: "MetricNotFound", id })
    expect(await other.metrics((service) => service.delete({ id })).error()).toMatchObject({ _tag: "MetricNotFound", id })
    expect(await other.metrics((service) => service.delete({ id: "no id" })).error()).toMatchObject({ _tag: "MetricNotFound" })
  })

  it("locks the metric that it changes", async () => {
    const { make, metrics } = await tenant()
    await make()
    await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        metrics((service) => service.addFilter({ code: "energy" }, { key: `k${i}`, values: ["v"] })).now()
      )
    )
    const { filters } = await metrics((service) => service.get({ code: "energy" })).now()
    expect(new Set(filters.map(({ key }) => key)).size).toBe(8)
  })
})
