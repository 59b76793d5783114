/** Who owns the events that name no subscription: the customer's oldest one that runs then and whose plan prices the metric (P10). */
import type { Stretch, Subject } from "../metering/index.js"
import type { Sibling, UsageLife } from "./window.js"

/** Later than any instant that is taken. */
const ALWAYS = Date.UTC(10_000, 0, 1)

/** When a subscription's plan in force prices the metric, as far as it runs. */
const pricing = ({ stretches }: Sibling, metric_id: string): ReadonlyArray<Stretch> =>
  stretches
    .filter((stretch) => stretch.metric_ids.has(metric_id))
    .map((stretch) => ({ from: stretch.from.epochMillis, to: stretch.to?.epochMillis ?? ALWAYS }))

/** What is left of a stretch outside another one. */
const without = (stretch: Stretch, taken: Stretch): ReadonlyArray<Stretch> =>
  [
    { from: stretch.from, to: Math.min(stretch.to, taken.from) },
    { from: Math.max(stretch.from, taken.to), to: stretch.to }
  ].filter(({ from, to }) => from < to)

/** Stretches that touch become one. */
const joined = (stretches: ReadonlyArray<Stretch>): ReadonlyArray<Stretch> => {
  const all: Array<Stretch> = []
  for (const stretch of stretches) {
    const last = all.at(-1)
    if (last !== undefined && last.to === stretch.from) all[all.length - 1] = { from: last.from, to: stretch.to }
    else all.push(stretch)
  }
  return all
}

/**
 * When an event of the customer that names no subscription belongs to `subscription_id`, for one metric; `siblings` are all
 * subscriptions of the customer, oldest first. Apart and ascending.
 *
 * @see decisions P10; spec invoicing 9
 */
export const ownedStretches = (siblings: ReadonlyArray<Sibling>, subscription_id: string, metric_id: string): ReadonlyArray<Stretch> => {
  const taken: Array<Stretch> = []
  for (const sibling of siblings) {
    const own = pricing(sibling, metric_id)
    if (sibling.subscription_id === subscription_id) {
      return joined(taken.reduce<ReadonlyArray<Stretch>>((left, older) => left.flatMap((stretch) => without(stretch, older)), own))
    }
    taken.push(...own)
  }
  return []
}

/** Whose events count for a subscription and a metric. */
export const subjectOf = (life: UsageLife, metric_id: string): Subject => ({
  external_subscription_id: life.external_subscription_id,
  external_customer_id: life.external_customer_id,
  since: life.started_at.epochMillis,
  owned: ownedStretches(life.siblings, life.subscription_id, metric_id)
})
