/** Moving running subscriptions to a plan's current version: a port, since subscriptions stand on a floor above (S8). */
import { Context, type DateTime, type Effect, Schema } from "effect"
import type { CurrentOrganization, StorageError } from "../core/index.js"
import type { PlanNotFound } from "./errors.js"
import type { PlanId } from "./plan-id.js"

export const MigratePlan = Schema.Struct({
  /** 1 to 100 subscriptions of the plan, a repeated one taken once; all that are on an older version unless given. */
  subscription_ids: Schema.optional(
    Schema.Array(Schema.String).pipe(
      Schema.minItems(1, { message: () => "expected 1 to 100 ids" }),
      Schema.maxItems(100, { message: () => "expected 1 to 100 ids" })
    )
  )
})
export type MigratePlanInput = typeof MigratePlan.Encoded

/** Why a subscription was not moved: the plan has no such one, it is over, or what was due before cannot be billed. */
export interface MigrationRefusal {
  readonly _tag: "SubscriptionNotFound" | "InvalidTransition" | "BillingFailed"
  readonly message: string
}

/**
 * What became of one subscription. `effective_at`: the beginning of the period that the version is billed from, now for one that has
 * not started; null where nothing changes, because it has the version already or ends before.
 */
export type MigrationItem =
  | {
      readonly id: string
      readonly ok: true
      readonly from_version: number
      readonly to_version: number
      readonly effective_at: DateTime.Utc | null
    }
  | { readonly id: string; readonly ok: false; readonly error: MigrationRefusal }

/** In the order given, each id once; of all subscriptions ascending by id. */
export interface MigrationResult {
  readonly items: ReadonlyArray<MigrationItem>
  readonly succeeded: number
  readonly failed: number
}

export class PlanMigrations extends Context.Tag("billwright/PlanMigrations")<
  PlanMigrations,
  {
    /** Lets subscriptions of a plan take its current version with their next period; those named, or all that are behind. */
    readonly migrate: (
      plan_id: PlanId,
      ids: ReadonlyArray<string> | undefined
    ) => Effect.Effect<ReadonlyArray<MigrationItem>, PlanNotFound | StorageError, CurrentOrganization>
  }
>() {}
