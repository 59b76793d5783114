/** Why a check answers what it does, and what would make it deny, in words. Pure. */
import { DateTime } from "effect"
import { Exact } from "../core/index.js"
import type { Feature } from "./feature.js"
import { type Grant, type GrantRow, isRunning } from "./grant.js"

const MOST_NAMED = 5

/** The first few of many. */
const some = (names: ReadonlyArray<string>): string => {
  const unique = [...new Set(names)]
  const more = unique.length - MOST_NAMED
  return more > 0 ? `${unique.slice(0, MOST_NAMED).join(", ")} and ${more} more` : unique.join(", ")
}

const day = (at: DateTime.Utc): string => DateTime.formatIso(at)

const isAbove = (a: string, b: string): boolean => Exact.compare(Exact.unsafeFromText(a), Exact.unsafeFromText(b)) > 0

/** What a grant says. */
const grantWords = (feature: Feature, grant: Grant, units: string): string => {
  const { external_subscription_id, limit, limit_type, plan_code, remaining, used, value } = grant
  const by = `plan ${plan_code} of subscription ${external_subscription_id}`
  if (feature.feature_type !== "quantity") return `${by} gives ${JSON.stringify(value)}`
  if (limit === null) return `${by} gives an unlimited quantity${used === null ? "" : `, ${used} are used`}`
  const said = `${by} gives ${limit} (${limit_type} limit)${used === null ? "" : `, ${used} are used`}`
  if (limit === "0" || limit_type === "soft") return said
  const left = remaining ?? limit
  if (left === "0") return `${said}: nothing is left`
  return isAbove(units, left) ? `${said}: ${left} are left, ${units} are wanted` : said
}

const rowsWords = (rows: ReadonlyArray<GrantRow>, feature: Feature, subject: string, now: DateTime.Utc): string => {
  if (rows.length === 0) return `${subject} has no subscription`
  const running = rows.filter((row) => isRunning(row, now))
  if (running.length > 0) return `no plan that is running has ${feature.code}: ${some(running.map((row) => row.plan_code))}`
  const states = rows.map((row) => `${row.external_subscription_id} is ${row.status === "active" ? "over" : row.status}`)
  return `no subscription is running: ${some(states)}`
}

/** Why access is given or denied. */
export const reasonOf = (
  feature: Feature,
  subject: string,
  found: { readonly rows: ReadonlyArray<GrantRow>; readonly grants: ReadonlyArray<Grant> },
  units: string,
  now: DateTime.Utc
): string => {
  const { grants, rows } = found
  if (grants.length === 0) return rowsWords(rows, feature, subject, now)
  const has_access = grants.some((grant) => grant.has_access)
  const told = has_access ? grants.filter((grant) => grant.has_access) : grants
  return told
    .slice(0, MOST_NAMED)
    .map((grant) => grantWords(feature, grant, units))
    .join("; ")
}

/** What would take a grant's access away. */
const dangers = (feature: Feature, grant: Grant, row: GrantRow): ReadonlyArray<string> => {
  const { external_subscription_id: of, limit, limit_type, period_end, remaining } = grant
  const until = period_end === null ? "" : ` before ${day(period_end)}`
  const next = row.next_value === null ? "does not have it" : `gives ${JSON.stringify(row.next_value)}`
  return [
    ...(feature.feature_type === "quantity" && limit_type === "hard" && limit !== null
      ? [`using more than ${remaining ?? limit} more${until}, the hard limit of subscription ${of}`]
      : []),
    ...(row.ending_at === null ? [] : [`the end of subscription ${of} at ${day(row.ending_at)}`]),
    ...(row.next_plan_code === null || row.next_value === grant.value
      ? []
      : [`the downgrade of subscription ${of} to plan ${row.next_plan_code}, which ${next}`])
  ]
}

/**
 * What would deny access that is given: one sentence for each fact that is known; those of all subscriptions that grant it have to come
 * together.
 */
export const dangersOf = (feature: Feature, rows: ReadonlyArray<GrantRow>, grants: ReadonlyArray<Grant>): ReadonlyArray<string> => {
  const byId = new Map(rows.map((row) => [row.subscription_id, row]))
  return grants
    .filter((grant) => grant.has_access)
    .slice(0, MOST_NAMED)
    .flatMap((grant) => dangers(feature, grant, byId.get(grant.subscription_id)!))
}
