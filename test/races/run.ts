/**
 * Races: each pair of operations so many times by eight processes on one Postgres. Ten trials of a pair run at the same time, each on what
 * belongs to a customer of its own, all in a fresh organization, which the doctor examines when they are over. The seed decides
 * who begins how many milliseconds later.
 */
import { postgres } from "../../adapters/postgres/index.js"
import { createBilling } from "../../src/client/index.js"
import { type Pair, pairs } from "./pairs.js"
import { type Racers, startRacers } from "./processes.js"

const PROCESSES = 8
const AT_ONCE = 10
const LATEST = 4

/** Numbers from 0 to below 1 that a seed decides (mulberry32). */
const randomOf = (seed: number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

type Billing = Awaited<ReturnType<typeof createBilling>>

const freshOrganization = async (billing: Billing, customers: number) => {
  const { id } = await billing.organizations.create({ name: "Acme", default_currency: "EUR" })
  const acme = billing.organization(id)
  await acme.billingEntities.create({ code: "acme", name: "Acme", invoice_prefix: "ACME", invoice_grace_period: 3 })
  await acme.plans.create({ code: "p", name: "P", interval: "monthly", amount_cents: "100" })
  await Promise.all(
    Array.from({ length: customers }, (_, n) => acme.customers.create({ external_id: `c${n}`, name: "C", invoice_grace_period: 3 }))
  )
  return acme
}

const raceOnce = async (billing: Billing, racers: Racers, pair: Pair, trials: number, random: () => number): Promise<Raced> => {
  const acme = await freshOrganization(billing, trials)
  const made = await Promise.all(Array.from({ length: trials }, (_, n) => pair.trial(acme, `c${n}`)))
  const delayed = made.map(({ calls }) => calls.map((call) => ({ ...call, delay: Math.floor(random() * LATEST) })))
  const answers = await racers.race(
    acme.id,
    Array.from({ length: racers.count }, (_, process) => delayed.map((calls) => calls[process]!))
  )
  const wrong: Array<string> = []
  for (const [n, { judge }] of made.entries()) {
    const outcomes = answers.map((answer) => answer[n]!)
    for (const { failed, message } of outcomes) {
      if (failed !== undefined && !pair.losers.includes(failed)) wrong.push(`failed with ${failed}: ${message}`)
    }
    wrong.push(...(await judge(outcomes)))
  }
  const { violations } = await acme.doctor.check()
  wrong.push(...violations.map(({ code, reason, table }) => `doctor: ${code} ${table}: ${reason}`))
  const slowest = Math.max(...answers.flat().map(({ milliseconds }) => milliseconds))
  return { wrong: wrong.map((each) => `${pair.name}: ${each}`), slowest }
}

interface Raced {
  readonly wrong: ReadonlyArray<string>
  /** Milliseconds of the call that took longest. */
  readonly slowest: number
}

export interface RaceReport extends Raced {
  readonly trials: number
  readonly seconds: number
}

export interface RaceOptions {
  /** Of each pair. */
  readonly trials: number
  readonly seed: number
  /** Hears what each pair came to. */
  readonly tell?: (name: string, raced: Raced) => void
}

/** Races all pairs on an empty database. */
export const raceAll = async (url: string, { seed, tell, trials }: RaceOptions): Promise<RaceReport> => {
  const before = performance.now()
  const random = randomOf(seed)
  const billing = (await createBilling({ database: postgres(url), migrate: true })) as Billing
  const racers = await startRacers(PROCESSES, url).catch(async (error) => {
    await billing.close()
    throw error
  })
  try {
    const wrong: Array<string> = []
    let slowest = 0
    for (const pair of pairs) {
      const rounds: Array<Raced> = []
      for (let left = trials; left > 0; left -= AT_ONCE) {
        rounds.push(await raceOnce(billing, racers, pair, Math.min(left, AT_ONCE), random))
      }
      const raced = { wrong: rounds.flatMap((round) => round.wrong), slowest: Math.max(...rounds.map((round) => round.slowest)) }
      tell?.(pair.name, raced)
      wrong.push(...raced.wrong)
      slowest = Math.max(slowest, raced.slowest)
    }
    return { wrong, slowest, trials: trials * pairs.length, seconds: (performance.now() - before) / 1000 }
  } finally {
    racers.stop()
    await billing.close()
  }
}
