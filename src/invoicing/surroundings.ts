/** What stands around subscriptions: the port that answers it for a whole batch, or for one that is asked by name, at once. */
import { Context, type Effect } from "effect"
import type { Customer, Issuers } from "../accounts/index.js"
import type { VersionTerms } from "../catalog/index.js"
import type { CurrentOrganization, StorageError } from "../core/index.js"
import type { GrantFacts, GrantSubject } from "../entitlements/index.js"
import type { BilledPeriod, ClosedWindow, LateUsage, Pause, Subscription, SubscriptionRef } from "../subscriptions/index.js"

/** Rows around some subscriptions, of their customers, and of the organization. */
export interface Surroundings {
  /** With all of its issuers, oldest first. */
  readonly issuers: Issuers
  readonly customers: ReadonlyArray<Customer>
  /** All subscriptions of the customers, oldest first. */
  readonly family: ReadonlyArray<Subscription>
  /** The closed windows of usage of those whose customer has several, oldest first. */
  readonly closed: ReadonlyArray<BilledPeriod>
  /** Late usage that was not corrected yet, one for each subscription that has some. */
  readonly late: ReadonlyArray<LateUsage>
  /** Their windows of usage that end after the first late event, oldest first. */
  readonly reopened: ReadonlyArray<ClosedWindow>
  /** Oldest first. */
  readonly pauses: ReadonlyArray<Pause>
  /** Those that have ever crossed a usage threshold, and so may have been billed ahead. */
  readonly crossed: ReadonlySet<string>
}

/** Subscriptions that were asked by name: those that there are, with what stands around them. */
export interface FoundRows {
  readonly rows: ReadonlyArray<Subscription>
  readonly surroundings: Surroundings
  /** What the plans say that they, and their customers' other subscriptions, have now. */
  readonly versions: ReadonlyArray<VersionTerms>
}

/** What is granted to subscriptions, with what stands around them; undefined where there is no such organization. */
export interface GrantedRows {
  readonly facts: GrantFacts
  readonly found: FoundRows | undefined
}

export class SurroundingsStore extends Context.Tag("billwright/SurroundingsStore")<
  SurroundingsStore,
  {
    /** One statement; the organization has to be there. */
    readonly load: (rows: ReadonlyArray<Subscription>) => Effect.Effect<Surroundings, StorageError, CurrentOrganization>
    /** A subscription with what stands around it, in one statement; undefined where there is none. Asked often. */
    readonly find: (ref: SubscriptionRef) => Effect.Effect<FoundRows | undefined, StorageError, CurrentOrganization>
    /** What a check of an entitlement reads, and its subject's subscriptions with what stands around them, in one statement. Asked often. */
    readonly granted: (subject: GrantSubject, feature_code: string) => Effect.Effect<GrantedRows, StorageError, CurrentOrganization>
  }
>() {}
