/**
 * Graduated rating with three tiers, against the same tariff written plainly with decimal.js. Both sides get numbers that are
 * parsed already, and what they answer is compared first.
 */
import { pathToFileURL } from "node:url"
import { Decimal } from "decimal.js"
import { Either } from "effect"
import { toText, unsafeFromText } from "../src/core/exact.js"
import { compile, type Usage } from "../src/pricing/index.js"
import { type BenchLine, lineText } from "./line.js"

const RANGES = [
  { from_value: "0", to_value: "1000", per_unit_amount: "0.05", flat_amount: "0" },
  { from_value: "1000", to_value: "10000", per_unit_amount: "0.0425", flat_amount: "5" },
  { from_value: "10000", to_value: null, per_unit_amount: "0.0295", flat_amount: "12.5" }
] as const

const LEAST_PER_SECOND = 1_000_000
const LEAST_RATIO = 10

/** Units as meters give them: half of them whole, the rest with two to five decimals, spread over the three tiers. */
const unitTexts = (count: number): ReadonlyArray<string> => {
  let seed = 20260301
  const next = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
    return seed % below
  }
  return Array.from({ length: count }, () => {
    const whole = [next(1_000), next(10_000), next(2_000_000)][next(3)]!
    const decimals = [0, 0, 0, 0, 2, 3, 4, 5][next(8)]!
    return decimals === 0 ? String(whole) : `${whole}.${String(next(10 ** decimals)).padStart(decimals, "0")}`
  })
}

/** The baseline: tier by tier, as one would write it down. */
const plainTariff = () => {
  const tiers = RANGES.map((range, index) => ({
    lower: new Decimal(index === 0 ? 0 : RANGES[index - 1]!.to_value!),
    upper: range.to_value === null ? null : new Decimal(range.to_value),
    price: new Decimal(range.per_unit_amount),
    flat: new Decimal(range.flat_amount)
  }))
  return (units: Decimal): Decimal => {
    let amount = new Decimal(0)
    for (const { lower, upper, price, flat } of tiers) {
      if (!lower.isZero() && units.lessThanOrEqualTo(lower)) break
      const inTier = (upper === null ? units : Decimal.min(units, upper)).minus(lower)
      amount = amount.plus(inTier.times(price)).plus(flat)
    }
    return amount
  }
}

/** Ratings per second: the best of several short rounds, since the machine has other things to do. */
const perSecond = <A>(inputs: ReadonlyArray<A>, rounds: number, repeats: number, rate: (input: A) => void): number => {
  let best = 0
  for (let round = 0; round < rounds; round++) {
    const start = process.hrtime.bigint()
    for (let repeat = 0; repeat < repeats; repeat++) for (const input of inputs) rate(input)
    best = Math.max(best, (inputs.length * repeats * 1e9) / Number(process.hrtime.bigint() - start))
  }
  return best
}

export const ratingBench = async (): Promise<Array<BenchLine>> => {
  const price = Either.getOrThrow(compile("graduated", { graduated_ranges: RANGES }))
  const plain = plainTariff()
  const texts = unitTexts(1_000)
  const usages: ReadonlyArray<Usage> = texts.map((text) => ({ units: unsafeFromText(text) }))
  const decimals = texts.map((text) => new Decimal(text))
  for (const [index, usage] of usages.entries()) {
    const [ours, theirs] = [toText(price.price(usage).amount), plain(decimals[index]!).toFixed()]
    if (ours !== theirs) throw new Error(`${texts[index]} units: ${ours} is not ${theirs}`)
  }

  // Answers are kept, so that no rating can be optimised away.
  let kept: unknown
  const ours = perSecond(usages, 8, 500, (usage) => {
    kept = price.price(usage)
  })
  const theirs = perSecond(decimals, 5, 60, (units) => {
    kept = plain(units)
  })
  if (kept === undefined) throw new Error("nothing was rated")
  const ratio = ours / theirs
  return [
    {
      name: "graduated, three tiers",
      value: ours,
      unit: "ratings/s on one core",
      baseline: { name: "decimal.js", value: theirs },
      ratio,
      target: "> 1,000,000/s and ≥ 10 × decimal.js",
      ok: ours > LEAST_PER_SECOND && ratio >= LEAST_RATIO
    }
  ]
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const line of await ratingBench()) process.stdout.write(`${lineText(line)}\n`)
}
