/** What the stores of the catalogue must do. */
import { DateTime, Effect } from "effect"
import { AppliedTaxId, PlanStore, TaxStore, taxableKey, type VersionTerms } from "../../../src/catalog/index.js"
import { Ids } from "../../../src/core/index.js"
import { MetricStore } from "../../../src/metering/index.js"
import { type ConformanceCase, elsewhere, failureOf, same } from "./case.js"
import { metric, plan, tax } from "./rows.js"

const chargesOf = ({ charges }: VersionTerms) => charges.map(({ charge }) => charge)

const storedMetric = Effect.tap(metric, (made) => Effect.flatMap(MetricStore, (store) => store.insert(made)))

export const catalogCases: ReadonlyArray<ConformanceCase> = [
  {
    name: "a plan is read as it was written: charges, filters with their values, commitment, version",
    run: Effect.gen(function* () {
      const store = yield* PlanStore
      const made = yield* plan(yield* storedMetric)
      yield* store.insert(made)
      const found = yield* store.find({ code: made.code })
      yield* same(yield* store.complete([found!]), [made], "as written")
      const [version] = yield* store.versions([{ plan_id: made.id, version: 1 }])
      yield* same(
        [version!.amount_cents, chargesOf(version!), version!.commitment],
        [made.amount_cents, made.charges, made.commitment],
        "its version"
      )
      yield* same(yield* store.versions([{ plan_id: made.id, version: 2 }]), [], "a version that is not there")
    })
  },
  {
    name: "a changed plan keeps its old version; what leaves it is retired where it is in use, else deleted",
    run: Effect.gen(function* () {
      const store = yield* PlanStore
      const priced = yield* storedMetric
      for (const in_use of [true, false]) {
        const before = yield* plan(priced)
        yield* store.insert(before)
        const at = yield* DateTime.now
        const after = { ...before, version: 2, amount_cents: 5_900n, charges: [], commitment: null, updated_at: at }
        yield* store.save({ before, after, in_use, at })
        const found = yield* store.find({ id: before.id })
        yield* same(yield* store.complete([found!]), [after], "the current version")
        const [first] = yield* store.versions([{ plan_id: before.id, version: 1 }])
        yield* same(chargesOf(first!), before.charges, "the old version")
      }
    })
  },
  {
    name: "an amount that the database cannot hold is refused, not cut",
    run: Effect.gen(function* () {
      const store = yield* PlanStore
      const made = yield* plan(yield* storedMetric, { amount_cents: 10n ** 40n })
      yield* same(((yield* failureOf(store.insert(made))) as { _tag: string })._tag, "StorageError", "too much")
    })
  },
  {
    name: "a plan's code is unique within an organization, and a plan of another one is not there",
    run: Effect.gen(function* () {
      const store = yield* PlanStore
      const made = yield* plan(yield* storedMetric, { code: "same" })
      yield* store.insert(made)
      const again = Effect.flatMap(plan(yield* storedMetric, { code: "same", charges: [] }), store.insert)
      yield* same(((yield* failureOf(again)) as { _tag: string })._tag, "CodeTaken", "twice")
      yield* elsewhere(
        Effect.gen(function* () {
          yield* same(yield* store.find({ id: made.id }), undefined, "by id")
          yield* same(yield* store.versions([{ plan_id: made.id, version: 1 }]), [], "its version")
        })
      )
    })
  },
  {
    name: "rates of many rows come by what they are applied to, in order of application, the organization's apart",
    run: Effect.gen(function* () {
      const store = yield* TaxStore
      const plans = yield* PlanStore
      const made = yield* plan(yield* storedMetric)
      yield* plans.insert(made)
      const [one, two, everywhere] = [yield* tax(), yield* tax({ rate: "9.9999" }), yield* tax({ applied_to_organization: true })]
      for (const each of [one, two, everywhere]) yield* store.insert(each)
      const apply = (tax_id: typeof one.id) =>
        Effect.gen(function* () {
          const now = yield* DateTime.now
          const id = AppliedTaxId.make(yield* Effect.flatMap(Ids, (ids) => ids.next))
          yield* store.apply({ id, tax_id, taxable_type: "plan", taxable_id: made.id, tax_rate: "0.1", created_at: now, updated_at: now })
        })
      yield* apply(two.id)
      yield* apply(one.id)
      yield* same(((yield* failureOf(apply(one.id))) as { _tag: string })._tag, "AlreadyApplied", "twice")
      const { applied, organization } = yield* store.rates({ plan_ids: [made.id], customer_ids: [made.id] })
      const rate = ({ category, code, description, id, name, rate }: typeof one) => ({
        tax_id: id,
        code,
        name,
        rate,
        category,
        description
      })
      yield* same(applied.get(taxableKey("plan", made.id)), [rate(two), rate(one)], "the plan's")
      yield* same([...applied.keys()], [taxableKey("plan", made.id)], "nothing else's")
      yield* same(organization, [rate(everywhere)], "the organization's")
      const foreign = yield* elsewhere(store.rates({ plan_ids: [made.id] }))
      yield* same([foreign.applied.size, foreign.organization.length], [0, 0], "another organization's")
    })
  }
]
