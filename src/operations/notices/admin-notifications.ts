/** The service of admin notifications: what administrators should look at. A job finds it in the rows, once for each occasion (billing 22). */
import { Context, DateTime, Effect, Layer, Schema } from "effect"
import {
  CurrentOrganization,
  decodeInput,
  Ids,
  type InvalidInput,
  isUuid,
  type Page,
  pageOf,
  pageRequest,
  type StorageError,
  Transactor
} from "../../core/index.js"
import { type AdminNotification, AdminNotificationId, ListNotifications, type ListNotificationsInput, wordsOf } from "./notice.js"
import { AdminNotificationStore } from "./store.js"

/** No such notification in this organization. */
export class AdminNotificationNotFound extends Schema.TaggedError<AdminNotificationNotFound>()("AdminNotificationNotFound", {
  id: Schema.String
}) {
  override get message() {
    return `admin notification ${this.id} not found`
  }
}

type Call<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

export interface AdminNotificationsShape {
  /**
   * The job: a notification for each webhook that failed for good, request that dunning made, active wallet with a balance that expires within 7
   * days, invoice that was told as overdue or got no rates from its tax integration, payment that failed or that nothing was due for, and subscription whose work has been due for a day. A second run
   * raises nothing again; answers how many there were. Hourly.
   */
  readonly raiseDue: () => Call<number>
  /** By category and whether they were read, newest first. */
  readonly list: (input?: ListNotificationsInput) => Call<Page<AdminNotification>, InvalidInput>
  readonly unreadCount: () => Call<number>
  /** Fails with `AdminNotificationNotFound`. */
  readonly read: (id: string) => Call<AdminNotification, AdminNotificationNotFound>
  /** Marks all as read; answers how many were not. */
  readonly readAll: () => Call<number>
}

const AT_ONCE = 500
const EXPIRY_DAYS = 7
/** The jobs run hourly: what has been due for so long could not be billed. */
const UNBILLED_HOURS = 24

const decodeList = decodeInput(ListNotifications)

export class AdminNotifications extends Context.Tag("billwright/AdminNotifications")<AdminNotifications, AdminNotificationsShape>() {
  static readonly layer: Layer.Layer<AdminNotifications, never, AdminNotificationStore | Transactor | Ids> = Layer.effect(
    AdminNotifications,
    Effect.gen(function* () {
      const store = yield* AdminNotificationStore
      const { transaction } = yield* Transactor
      const ids = yield* Ids

      /** One round: answers how many occasions it found, and how many notices it stored. */
      const raise = Effect.gen(function* () {
        const now = yield* DateTime.now
        const untold = yield* store.untold({
          now,
          expiring_until: DateTime.add(now, { days: EXPIRY_DAYS }),
          unbilled_since: DateTime.subtract(now, { hours: UNBILLED_HOURS }),
          limit: AT_ONCE
        })
        const fresh = yield* ids.many(untold.length)
        const organization_id = yield* CurrentOrganization
        const raised = yield* store.insert(
          untold.map((one, at) => ({
            id: AdminNotificationId.make(fresh[at]!),
            organization_id,
            category: one.category,
            ...wordsOf(one),
            resource_type: one.resource_type,
            resource_id: one.resource_id,
            occasion: one.occasion,
            is_read: false,
            created_at: now,
            updated_at: now
          }))
        )
        return { found: untold.length, raised }
      })

      return AdminNotifications.of({
        raiseDue: Effect.fn("AdminNotifications.raiseDue")(function* () {
          let raised = 0
          while (true) {
            const round = yield* transaction(raise)
            raised += round.raised
            if (round.found < AT_ONCE) return raised
          }
        }),

        list: Effect.fn("AdminNotifications.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at"])
          return pageOf(request, yield* store.page(given, request))
        }),

        unreadCount: Effect.fn("AdminNotifications.unreadCount")(() => store.unread),

        read: Effect.fn("AdminNotifications.read")(function* (id) {
          if (!isUuid(id)) return yield* new AdminNotificationNotFound({ id })
          const now = yield* DateTime.now
          const found = yield* transaction(Effect.zipRight(store.read(id, now), store.find(id)))
          return found ?? (yield* new AdminNotificationNotFound({ id }))
        }),

        readAll: Effect.fn("AdminNotifications.readAll")(function* () {
          const now = yield* DateTime.now
          return yield* transaction(store.read(null, now))
        })
      })
    })
  )
}
