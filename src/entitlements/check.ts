/** A check: whose access to what, and the answer from the facts. Pure. */
import { type DateTime, Schema } from "effect"
import { Exact, Text } from "../core/index.js"
import type { Feature, FeatureType } from "./feature.js"
import { countingGrant, type Grant, type GrantFacts, grantsOf, type Limit, NO_LIMIT, type PeriodUsed } from "./grant.js"
import type { GrantSubject } from "./store.js"
import { dangersOf, reasonOf } from "./words.js"

const isUnits = (text: string): boolean => {
  const value = text.length > 40 ? undefined : Exact.fromText(text)
  return value !== undefined && value.scale <= 15 && Exact.sign(value) >= 0
}

const SUBJECTS = [
  ["external_customer_id", "customer", "external_id"],
  ["customer_id", "customer", "id"],
  ["external_subscription_id", "subscription", "external_id"],
  ["subscription_id", "subscription", "id"]
] as const

const Named = Schema.optional(Text.name(255))

/** What `Entitlements.check` takes: one subject, a feature, and how much of it the caller means to use (0 unless given). */
export const CheckInput = Schema.Struct({
  feature_code: Text.name(100),
  external_customer_id: Named,
  customer_id: Named,
  external_subscription_id: Named,
  subscription_id: Named,
  /** Decimal text. */
  units: Schema.optionalWith(Schema.String.pipe(Schema.filter(isUnits, { message: () => "expected a decimal of 0 or more as text" })), {
    default: () => "0"
  })
}).pipe(
  Schema.filter((input) => SUBJECTS.filter(([field]) => input[field] !== undefined).length === 1, {
    message: () => `expected one of ${SUBJECTS.map(([field]) => field).join(", ")}`
  })
)
export type CheckEntitlementInput = typeof CheckInput.Encoded

/** The subject that an input names. */
export const subjectOf = (input: typeof CheckInput.Type): GrantSubject => {
  const [field, kind, by] = SUBJECTS.find(([name]) => input[name] !== undefined)!
  return { kind, by, value: input[field]! }
}

/** Whether there is access, which value counts, and how much of a quantity is left (spec billing 5.4). */
export interface EntitlementCheck extends Limit {
  readonly feature_code: string
  readonly feature_type: FeatureType
  /** Whether one of the running subscriptions grants it. */
  readonly has_access: boolean
  /** Of a boolean `true` where one says so, the largest quantity, the text of the oldest subscription; null without entitlement. */
  readonly value: string | null
  /** Whose value it is; the limit is that of its running period. */
  readonly subscription_id: string | null
  readonly external_subscription_id: string | null
  readonly plan_code: string | null
  /** Why, in words. */
  readonly reason: string
  /** What would deny access that is given, in words. */
  readonly would_deny: ReadonlyArray<string>
  /** What each running subscription says, oldest first. */
  readonly grants: ReadonlyArray<Grant>
}

/** What a check reads. */
export interface CheckFacts extends GrantFacts {
  readonly feature: Feature
  readonly subject: string
  /** By subscription. */
  readonly used: ReadonlyMap<string, PeriodUsed>
}

type Counting = Pick<EntitlementCheck, keyof Limit | "value" | "subscription_id" | "external_subscription_id" | "plan_code">

const NOTHING: Counting = { ...NO_LIMIT, value: null, subscription_id: null, external_subscription_id: null, plan_code: null }

const counting = (grant: Grant | null): Counting => {
  if (grant === null) return NOTHING
  const { has_access: _, ...own } = grant
  return own
}

/** The answer to a check at an instant. */
export const decide = (facts: CheckFacts, units: string, now: DateTime.Utc): EntitlementCheck => {
  const { feature, rows, subject, used } = facts
  const grants = grantsOf(facts, used, Exact.unsafeFromText(units), now)
  return {
    feature_code: feature.code,
    feature_type: feature.feature_type,
    has_access: grants.some((grant) => grant.has_access),
    reason: reasonOf(feature, subject, { rows, grants }, units, now),
    would_deny: dangersOf(feature, rows, grants),
    grants,
    ...counting(countingGrant(feature, grants))
  }
}

/** The first instant at which time alone changes the answer: the end of a subscription, or of a period. Null where none is known. */
export const changesAt = ({ rows, used }: CheckFacts, now: DateTime.Utc): number | null => {
  const instants = [...rows.map((row) => row.ending_at), ...[...used.values()].map((usage) => usage.period_end)]
  const ahead = instants.flatMap((at) => (at !== null && at.epochMillis > now.epochMillis ? [at.epochMillis] : []))
  return ahead.length === 0 ? null : ahead.reduce((first, at) => Math.min(first, at))
}
