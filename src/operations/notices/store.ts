/** The port to where notices are kept, and to what calls for one. */
import { Context, type DateTime, type Effect } from "effect"
import type { CurrentOrganization, PageRequest, PageRows, StorageError } from "../../core/index.js"
import type { AdminNotification, NoticeCategory, Occasion } from "./notice.js"

type Call<A> = Effect.Effect<A, StorageError, CurrentOrganization>

export interface AdminNotificationStoreShape {
  /** At most `limit` occasions that nobody was told of; with one statement. */
  readonly untold: (terms: {
    readonly now: DateTime.Utc
    /** Wallets that expire until then. */
    readonly expiring_until: DateTime.Utc
    /** Subscriptions whose work was due before. */
    readonly unbilled_since: DateTime.Utc
    readonly limit: number
  }) => Call<ReadonlyArray<Occasion>>
  /** Those that somebody else told of meanwhile are left out; answers how many were stored. */
  readonly insert: (notices: ReadonlyArray<AdminNotification & { readonly occasion: string }>) => Call<number>
  readonly page: (
    filter: { readonly category?: NoticeCategory | undefined; readonly is_read?: boolean | undefined },
    request: PageRequest
  ) => Call<PageRows<AdminNotification>>
  readonly unread: Call<number>
  /** One, or all; answers what was unread among them. */
  readonly read: (id: string | null, now: DateTime.Utc) => Call<number>
  readonly find: (id: string) => Call<AdminNotification | undefined>
}

export class AdminNotificationStore extends Context.Tag("billwright/AdminNotificationStore")<
  AdminNotificationStore,
  AdminNotificationStoreShape
>() {}
