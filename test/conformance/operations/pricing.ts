/** The operations of the folder `pricing` by the library's own code, but for `charge`, which begins at events. */
import { Either } from "effect"
import { currencyOf, Exact } from "../../../src/core/index.js"
import * as Pricing from "../../../src/pricing/index.js"

const orThrow = <A, E>(either: Either.Either<A, E>): A => Either.getOrThrowWith(either, (error) => error)

const exact = (text: string): Exact.Exact => {
  const value = Exact.fromText(text)
  if (value === undefined) throw new TypeError(`not a decimal: ${text}`)
  return value
}

const exponentOf = (code: string): Pricing.FeeTerms["currency_exponent"] => orThrow(currencyOf(code)).exponent

const priceOf = (input: any): Pricing.CompiledPrice =>
  orThrow(Pricing.compile(input.charge_model, input.properties, { function_registered: input.function_result !== undefined }))

/** A case may leave the units to what it says instead: the values of the events, or the movements. */
const unitsOf = (input: any): Exact.Exact => {
  if (input.units !== undefined) return exact(input.units)
  return Exact.sum((input.event_values ?? input.movements.map((movement: any) => movement.prorated_units)).map(exact))
}

const usageOf = (input: any): Pricing.Usage => ({
  units: unitsOf(input),
  ...(input.full_units !== undefined && { full_units: exact(input.full_units) }),
  ...(input.event_values !== undefined && { event_values: input.event_values.map(exact) }),
  ...(input.precise_total_amount_cents !== undefined && {
    precise_total_amount_cents: exact(input.precise_total_amount_cents),
    currency_exponent: exponentOf(input.currency)
  }),
  ...(input.function_result !== undefined && { function_result: orThrow(Pricing.readAnswer(input.function_result)) }),
  ...(input.movements !== undefined && {
    movements: input.movements.map((movement: any) => ({
      units: exact(movement.units),
      prorated_units: exact(movement.prorated_units)
    }))
  })
})

const termsOf = (input: any): Pricing.FeeTerms => ({
  currency_exponent: exponentOf(input.currency),
  ...(input.rounding_mode !== undefined && { rounding_mode: input.rounding_mode })
})

const price = (input: any) => {
  const { amount, unit_amount, rows } = priceOf(input).price(usageOf(input))
  return { amount, unit_amount, breakdown: rows }
}

const fee = (input: any) => {
  const usage = usageOf(input)
  return Pricing.feeOf(priceOf(input).price(usage), usage, termsOf(input))
}

const grouped = (input: any) => {
  const groups = input.groups.map((group: any) => ({ group: group.group, usage: usageOf({ ...group, currency: input.currency }) }))
  const priced = Pricing.priceGroups(priceOf(input), groups)
  return {
    units: priced.units,
    amount: priced.amount,
    groups: priced.groups.map(({ group, usage, priced: { amount, unit_amount } }) => ({ group, units: usage.units, amount, unit_amount }))
  }
}

/** By how much each event moves the level. */
const moves = (aggregation_type: string, events: ReadonlyArray<any>): ReadonlyArray<Exact.Exact> => {
  if (aggregation_type === "count") return events.map(() => Exact.one)
  if (aggregation_type === "sum") return events.map((event) => exact(event.value))
  const active = new Set<string>()
  return events.map(({ key, operation_type }) => {
    if (operation_type === "remove") return active.delete(key) ? Exact.make(-1n) : Exact.zero
    if (active.has(key)) return Exact.zero
    active.add(key)
    return Exact.one
  })
}

const payInAdvance = (input: any) => {
  const compiled = priceOf(input)
  const terms = termsOf(input)
  const values = moves(input.aggregation_type, input.events)
  let state = Pricing.beforeFirstEvent(compiled)
  const fees = input.events.map((event: any, index: number) => {
    const billed = Pricing.billEvent(compiled, state, {
      value: values[index]!,
      unique: input.aggregation_type === "unique_count",
      ...(event.precise_total_amount_cents !== undefined && {
        precise_total_amount_cents: exact(event.precise_total_amount_cents),
        currency_exponent: terms.currency_exponent
      })
    })
    state = billed.state
    return Pricing.feeOf(billed.priced, billed.usage, terms)
  })
  return { fees }
}

const minimumSpend = (input: any) => ({
  true_up: Pricing.minimumSpendFee({
    min_amount_cents: BigInt(input.min_amount_cents),
    fees_amount_cents: input.fees_amount_cents.map(BigInt),
    days: Number(input.days),
    full_days: Number(input.full_days)
  })
})

const projection = (input: any) =>
  Pricing.project(priceOf(input), usageOf(input), {
    elapsed_days: Number(input.elapsed_days),
    period_days: Number(input.period_days)
  })

const instantEstimate = (input: any) => Pricing.instantEstimate(priceOf(input), exact(input.units))

const validate = (input: any) => {
  const { aggregation_type = "sum", recurring = false } = input.metric ?? {}
  return Either.match(Pricing.validateCharge(input.charge, { aggregation_type, recurring }, input.metric_filters ?? {}), {
    onLeft: ({ _tag, path }) => ({ error: { type: _tag, path } }),
    onRight: () => ({ valid: true })
  })
}

export const pricingOperations: Record<string, (input: any) => unknown> = {
  price,
  fee,
  grouped,
  pay_in_advance: payInAdvance,
  minimum_spend: minimumSpend,
  projection,
  instant_estimate: instantEstimate,
  validate
}
