/** The usage that quantities are held against: a port, since what counts it stands on floors above. */
import { Context, type Effect } from "effect"
import type { CurrentOrganization, StorageError } from "../core/index.js"
import type { GrantFacts, PeriodUsed } from "./grant.js"
import type { GrantSubject } from "./store.js"

/** What a check reads of a feature whose quantity is held against usage. */
export interface CountedFacts extends GrantFacts {
  /** By subscription; of none where no metric has the feature's code any more. */
  readonly used: ReadonlyMap<string, PeriodUsed>
}

export class EntitlementUsage extends Context.Tag("billwright/EntitlementUsage")<
  EntitlementUsage,
  {
    /** What a check reads, with the usage of those running subscriptions whose plan grants the feature; two statements on one state. */
    readonly facts: (subject: GrantSubject, feature_code: string) => Effect.Effect<CountedFacts, StorageError, CurrentOrganization>
  }
>() {}
