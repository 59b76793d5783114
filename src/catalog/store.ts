/** The ports to where plans and taxes are kept. */
import { Context, type DateTime, type Effect } from "effect"
import type { CodeTaken, CurrentOrganization, PageRequest, PageRows, StorageError } from "../core/index.js"
import type { AlreadyApplied } from "./errors.js"
import type { FullPlan, Plan } from "./plan.js"
import type { AppliedTax, Tax, TaxableType } from "./tax.js"
import type { AppliedRates, TaxQuery, TaxRate } from "./tax-rate.js"
import type { PlanRef, VersionTerms } from "./version-terms.js"

export type PlanName = { readonly id: string } | { readonly code: string }

/** A plan as it was and as it will be; `version` tells whether a new version is stored. */
export interface PlanChange {
  readonly before: FullPlan
  readonly after: FullPlan
  /** Whether somebody may be billed by an older version: what left the plan is retired then, else deleted (S8). */
  readonly in_use: boolean
  readonly at: DateTime.Utc
}

/** How many subscriptions have a plan now: all of them, and those that run. */
export interface PlanCount {
  readonly plan_id: string
  readonly code: string
  readonly subscriptions: number
  /** Started and not over: active, paused, or canceled and running on. */
  readonly running: number
}

export interface PlanStoreShape {
  /** Writes the plan, its charges, filters and commitment, and its first version. */
  readonly insert: (plan: FullPlan) => Effect.Effect<void, StorageError | CodeTaken>
  readonly save: (change: PlanChange) => Effect.Effect<void, StorageError | CodeTaken>
  readonly find: (name: PlanName) => Effect.Effect<Plan | undefined, StorageError, CurrentOrganization>
  /** The row with its lock, so that nobody subscribes meanwhile; only in a transaction. */
  readonly lock: (name: PlanName) => Effect.Effect<Plan | undefined, StorageError, CurrentOrganization>
  /**
   * The row with a lock that others may share and a change of the plan waits for: for a subscription that is about to take
   * its current version. Only in a transaction.
   */
  readonly lockShared: (name: PlanName) => Effect.Effect<Plan | undefined, StorageError, CurrentOrganization>
  /** Plans with their current charges, filters and commitment, in the order given. */
  readonly complete: (plans: ReadonlyArray<Plan>) => Effect.Effect<ReadonlyArray<FullPlan>, StorageError, CurrentOrganization>
  /** Whether a subscription has or had the plan, or waits for it. */
  readonly isSubscribed: (plan_id: string) => Effect.Effect<boolean, StorageError, CurrentOrganization>
  /** How many subscriptions have the plan, or had it when they were billed. */
  readonly subscribers: (plan_id: string) => Effect.Effect<number, StorageError, CurrentOrganization>
  /** Deletes a plan with its versions, charges, filters and commitments, and the taxes on them; downgrades to it are called off. */
  readonly remove: (plan: Plan) => Effect.Effect<void, StorageError>
  /** Those versions that exist, in no order, with the metrics of their charges; one statement. */
  readonly versions: (refs: ReadonlyArray<PlanRef>) => Effect.Effect<ReadonlyArray<VersionTerms>, StorageError, CurrentOrganization>
  /** How many subscriptions have each plan now, oldest plan first. */
  readonly subscriptionCounts: Effect.Effect<ReadonlyArray<PlanCount>, StorageError, CurrentOrganization>
  /** Those of the filter's metric price it in their current version. */
  readonly page: (
    filter: { readonly metric_code?: string | undefined },
    request: PageRequest
  ) => Effect.Effect<PageRows<Plan>, StorageError, CurrentOrganization>
}

export class PlanStore extends Context.Tag("billwright/PlanStore")<PlanStore, PlanStoreShape>() {}

export type TaxName = { readonly id: string } | { readonly code: string }

/** How often a tax is applied, documents left out. */
export interface TaxCount {
  readonly tax_id: string
  readonly code: string
  readonly applications: number
}

export interface TaxTarget {
  readonly taxable_type: TaxableType
  readonly taxable_id: string
}

export interface TaxStoreShape {
  readonly insert: (tax: Tax) => Effect.Effect<void, StorageError | CodeTaken>
  readonly save: (tax: Tax) => Effect.Effect<void, StorageError | CodeTaken>
  readonly find: (name: TaxName) => Effect.Effect<Tax | undefined, StorageError, CurrentOrganization>
  /** Those of several ids that are there, in one statement. */
  readonly findAll: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<Tax>, StorageError, CurrentOrganization>
  /** The row with its lock, unless it is an outside system's; only in a transaction. */
  readonly lock: (name: TaxName) => Effect.Effect<Tax | undefined, StorageError, CurrentOrganization>
  /** Without those of outside systems. */
  readonly page: (request: PageRequest) => Effect.Effect<PageRows<Tax>, StorageError, CurrentOrganization>
  /** How often a tax is applied, by hand and by documents. */
  readonly applications: (tax: Tax) => Effect.Effect<number, StorageError>
  readonly delete: (tax: Tax) => Effect.Effect<void, StorageError>
  /** How often each tax is applied by hand, oldest tax first. */
  readonly counts: Effect.Effect<ReadonlyArray<TaxCount>, StorageError, CurrentOrganization>
  /** Whether the organization has what a tax is to be applied to. */
  readonly exists: (taxable: TaxTarget) => Effect.Effect<boolean, StorageError, CurrentOrganization>
  readonly apply: (applied: AppliedTax) => Effect.Effect<void, StorageError | AlreadyApplied, CurrentOrganization>
  /** Answers whether it was applied. */
  readonly remove: (tax_id: string, taxable: TaxTarget) => Effect.Effect<boolean, StorageError, CurrentOrganization>
  /** What is applied to one thing, or what one tax is applied to by hand; oldest first. */
  readonly applied: (
    of: TaxTarget | { readonly tax_id: string }
  ) => Effect.Effect<ReadonlyArray<AppliedTax>, StorageError, CurrentOrganization>
  /** The rates of everything that a query names, and of the organization level, in one statement. */
  readonly rates: (query: TaxQuery) => Effect.Effect<AppliedRates, StorageError, CurrentOrganization>
  /** Stores taxes of an outside system whose code is not there yet; answers them all as they are kept, in any order. */
  readonly supply: (taxes: ReadonlyArray<Tax>) => Effect.Effect<ReadonlyArray<TaxRate>, StorageError, CurrentOrganization>
}

export class TaxStore extends Context.Tag("billwright/TaxStore")<TaxStore, TaxStoreShape>() {}
