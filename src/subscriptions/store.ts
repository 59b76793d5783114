/** The port to where subscriptions and the record of what was billed are kept. */
import { Context, type DateTime, type Effect } from "effect"
import type { CurrentOrganization, ExternalIdTaken, PageRequest, PageRows, StorageError } from "../core/index.js"
import type { Arrival } from "../metering/index.js"
import type { Pause, PauseRow, Subscription } from "./subscription.js"

/** That a stretch was billed, and with which terms; unique by (subscription, kind, start), so that it happens once (O9). */
export interface BilledPeriod {
  readonly id: string
  readonly organization_id: string
  readonly subscription_id: string
  /** `usage`: a window that was closed; `base_fee`: a stretch whose base fee was invoiced. */
  readonly kind: "usage" | "base_fee"
  readonly period_start: DateTime.Utc
  readonly period_end: DateTime.Utc
  /** The full billing period that the stretch is, or is a part of. */
  readonly full_start: DateTime.Utc
  readonly full_end: DateTime.Utc
  readonly plan_id: string
  readonly plan_version: number
  readonly timezone: string
  /** Days of a closed window that are neither in trial nor paused; of a base fee the days that it is for. */
  readonly base_days: number
  /** Cut by a change of plan within its period: its last day belongs to the window that follows (S2), which has this plan. */
  readonly superseded: boolean
  readonly next_plan_id: string | null
  readonly next_plan_version: number | null
  /** Closed without billing (termination with `skip`). */
  readonly skipped: boolean
  readonly invoice_id: string | null
  /** The draft that billed it and was deleted: no run bills it any more, nor its late usage. */
  readonly deleted_invoice_id: string | null
  readonly created_at: DateTime.Utc
  readonly updated_at: DateTime.Utc
}

/** A window of usage that was closed, and what has become of its invoice; null where it made none. */
export interface ClosedWindow extends BilledPeriod {
  readonly invoice_status: "draft" | "finalized" | "paid" | "voided" | null
}

/** That events came after their windows were closed: the earliest instant of them. */
export interface LateUsage {
  readonly subscription_id: string
  readonly since: DateTime.Utc
}

export interface SubscriptionStoreShape {
  readonly insert: (subscription: Subscription) => Effect.Effect<void, StorageError | ExternalIdTaken>
  /** Writes the whole of each row again; the rows were locked by `claimDue` or `lock`. */
  readonly save: (subscriptions: ReadonlyArray<Subscription>) => Effect.Effect<void, StorageError>
  readonly find: (
    by: { readonly id: string } | { readonly external_id: string }
  ) => Effect.Effect<Subscription | undefined, StorageError, CurrentOrganization>
  /** Those that exist, ascending by id. */
  readonly load: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<Subscription>, StorageError, CurrentOrganization>
  /** Row locks, ascending by id; missing ids are left out. */
  readonly lock: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<Subscription>, StorageError, CurrentOrganization>
  /** Row locks on those that nobody else holds, ascending by id. */
  readonly lockFree: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<Subscription>, StorageError, CurrentOrganization>
  /**
   * Up to `limit` subscriptions with work due at or before `now`, earliest first, the older first at one instant, locked,
   * without those in `except`; those that somebody else holds are passed over, or waited for.
   */
  readonly claimDue: (
    now: DateTime.Utc,
    limit: number,
    except: ReadonlyArray<string>,
    held: "pass" | "wait"
  ) => Effect.Effect<ReadonlyArray<Subscription>, StorageError, CurrentOrganization>
  /** The first instant after another one at which something is due; null where nothing is. */
  readonly nextDueAfter: (after: DateTime.Utc) => Effect.Effect<DateTime.Utc | null, StorageError, CurrentOrganization>
  readonly pauses: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<Pause>, StorageError, CurrentOrganization>
  /** Keeps that pauses began. Fails with `StorageError` (`unique`) where one lasts. */
  readonly pause: (pauses: ReadonlyArray<PauseRow>) => Effect.Effect<void, StorageError>
  /** Ends the pauses that last of these subscriptions. */
  readonly resume: (ids: ReadonlyArray<string>, resumed_at: DateTime.Utc) => Effect.Effect<void, StorageError, CurrentOrganization>
  readonly ofCustomers: (
    customer_ids: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<Subscription>, StorageError, CurrentOrganization>
  /** Fails with `StorageError` (`unique`) where a stretch was billed already. */
  readonly recordBilled: (periods: ReadonlyArray<BilledPeriod>) => Effect.Effect<void, StorageError>
  /** What was billed of stretches that end after an instant. */
  readonly billedSince: (
    since: ReadonlyArray<{ readonly subscription_id: string; readonly since: DateTime.Utc }>
  ) => Effect.Effect<ReadonlyArray<BilledPeriod>, StorageError, CurrentOrganization>
  /** Takes it as corrected; the rows are locked for update. */
  readonly clearLateUsage: (ids: ReadonlyArray<string>) => Effect.Effect<void, StorageError, CurrentOrganization>
  /** Up to `limit` terminated subscriptions with late usage, ascending by id, locked like `claimDue` does. */
  readonly claimLate: (
    limit: number,
    except: ReadonlyArray<string>,
    held: "pass" | "wait"
  ) => Effect.Effect<ReadonlyArray<Subscription>, StorageError, CurrentOrganization>
  /** Windows of usage that end after an instant, oldest first. */
  readonly closedSince: (since: ReadonlyArray<LateUsage>) => Effect.Effect<ReadonlyArray<ClosedWindow>, StorageError, CurrentOrganization>
  /** Everything that was billed of a subscription, oldest first, with what has become of its invoices. */
  readonly billedWithStatus: (subscription_id: string) => Effect.Effect<ReadonlyArray<ClosedWindow>, StorageError, CurrentOrganization>
  /** What a draft bills is billed no more, as the draft is deleted. */
  readonly leaveUnbilled: (invoice_id: string, now: DateTime.Utc) => Effect.Effect<void, StorageError, CurrentOrganization>
  /** Stretches that a deleted draft or a voided invoice billed, by their ids, are billed by another one. */
  readonly billAgain: (
    ids: ReadonlyArray<string>,
    invoice_id: string,
    now: DateTime.Utc
  ) => Effect.Effect<void, StorageError, CurrentOrganization>
  /**
   * Locks the subscriptions that arrivals may concern and that have, or had, a plan which pays for one of their metrics in
   * advance, or may once have; ascending by id.
   */
  readonly lockPaidInAdvance: (arrivals: ReadonlyArray<Arrival>) => Effect.Effect<ReadonlyArray<string>, StorageError, CurrentOrganization>
  readonly billed: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<BilledPeriod>, StorageError, CurrentOrganization>
  /** Takes back that base fees were billed from an instant on, where a change of plan in that same instant bills them anew. */
  readonly forgetBaseFees: (
    stretches: ReadonlyArray<{ readonly subscription_id: string; readonly period_start: DateTime.Utc }>
  ) => Effect.Effect<void, StorageError, CurrentOrganization>
  readonly billedOnInvoices: (
    invoice_ids: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<BilledPeriod>, StorageError, CurrentOrganization>
  /** Up to `limit` subscriptions that are not over, on an older version of their plan and not to take the current one, by id after one. */
  readonly behind: (
    plan_id: string,
    after: string | null,
    limit: number
  ) => Effect.Effect<ReadonlyArray<string>, StorageError, CurrentOrganization>
  readonly page: (
    filter: SubscriptionFilter,
    request: PageRequest
  ) => Effect.Effect<PageRows<Subscription>, StorageError, CurrentOrganization>
}

/** What a list of subscriptions is narrowed to. */
interface SubscriptionFilter {
  readonly external_id?: string | undefined
  readonly customer_id?: string | undefined
  readonly plan_id?: string | undefined
  readonly status?: Subscription["status"] | undefined
}

export class SubscriptionStore extends Context.Tag("billwright/SubscriptionStore")<SubscriptionStore, SubscriptionStoreShape>() {}
