/** The ports to where templates, notifications and receipts are kept. Batch-shaped: workers claim and save many at once. */
import { Context, type DateTime, type Effect } from "effect"
import type { CurrentOrganization, PageRequest, PageRows, StorageError } from "../core/index.js"
import type { NameTaken } from "./errors.js"
import type { Channel, MessageContext, Notification, NotificationStatus } from "./notification.js"
import type { DeliveryReceipt } from "./receipt.js"
import type { NotificationTemplate, TemplateChannel } from "./template.js"

type Call<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

export interface TemplateStoreShape {
  /** `count` ids that nobody has had, ascending. */
  readonly takeIds: (count: number) => Call<ReadonlyArray<number>>
  /** Inserts those whose names are free; answers their ids. */
  readonly insertFree: (templates: ReadonlyArray<NotificationTemplate>) => Call<ReadonlySet<number>>
  readonly save: (template: NotificationTemplate) => Effect.Effect<void, StorageError | NameTaken>
  readonly find: (id: number) => Call<NotificationTemplate | undefined>
  /** The row with its lock; only in a transaction. */
  readonly lock: (id: number) => Call<NotificationTemplate | undefined>
  readonly named: (names: ReadonlyArray<string>) => Call<ReadonlyArray<NotificationTemplate>>
  /** By name. */
  readonly list: (filter: {
    readonly channel?: TemplateChannel | undefined
    readonly is_active?: boolean | undefined
  }) => Call<ReadonlyArray<NotificationTemplate>>
  /** Deletes it; messages that were made by it stay, without it. */
  readonly remove: (id: number) => Call<void>
}

export class TemplateStore extends Context.Tag("billwright/TemplateStore")<TemplateStore, TemplateStoreShape>() {}

interface MessageFilter {
  readonly channel?: Channel | undefined
  readonly status?: NotificationStatus | undefined
  readonly context_type?: MessageContext | undefined
  readonly context_id?: string | undefined
  readonly is_read?: boolean | undefined
}

/** What a worker claims: of these channels, at most `limit`, its own until `until`. */
interface MessageClaim {
  readonly claim_id: string
  readonly now: DateTime.Utc
  readonly until: DateTime.Utc
  readonly channels: ReadonlyArray<Channel>
  readonly limit: number
}

export interface NotificationStoreShape {
  /** Leaves out those whose `transition_key` is there already. */
  readonly insert: (messages: ReadonlyArray<Notification>) => Effect.Effect<void, StorageError>
  readonly find: (id: string) => Call<Notification | undefined>
  /** By what sent them by themselves. */
  readonly keyed: (transition_keys: ReadonlyArray<string>) => Call<ReadonlyArray<Notification>>
  /** The row with its lock; only in a transaction. */
  readonly lock: (id: string) => Call<Notification | undefined>
  /** What machines change, of rows that are locked. */
  readonly save: (messages: ReadonlyArray<Notification>) => Effect.Effect<void, StorageError>
  readonly page: (recipient: string, filter: MessageFilter, request: PageRequest) => Call<PageRows<Notification>>
  readonly unread: (recipient: string) => Call<number>
  /** Those of a recipient that are not read, at most `limit`, locked. */
  readonly lockUnread: (recipient: string, limit: number) => Call<ReadonlyArray<Notification>>
  /** Of every organization: claims what is due, the longest due first, nothing that somebody else holds. */
  readonly claim: (claim: MessageClaim) => Effect.Effect<ReadonlyArray<Notification>, StorageError>
  /** What is still held by a claim, locked. */
  readonly lockClaimed: (claim_id: string) => Effect.Effect<ReadonlyArray<Notification>, StorageError>
  /** Of every organization: messages, locked in the order of their ids. */
  readonly lockAll: (
    messages: ReadonlyArray<{ readonly organization_id: string; readonly id: string }>
  ) => Effect.Effect<ReadonlyArray<Notification>, StorageError>
  /** Saves what was claimed and gives it free. */
  readonly book: (messages: ReadonlyArray<Notification>) => Effect.Effect<void, StorageError>
  /** Messages of a gateway by its ids for them, locked in the order of their ids. */
  readonly lockByGateway: (gateway: string, gateway_message_ids: ReadonlyArray<string>) => Call<ReadonlyArray<Notification>>
  /** Call reminders about a thing that nobody has called about since, locked. */
  readonly lockCallReminders: (context_id: string) => Call<ReadonlyArray<Notification>>
  /** Deletes a user's messages with their receipts; answers how many. */
  readonly removeOf: (recipient: string) => Call<number>
}

export class NotificationStore extends Context.Tag("billwright/NotificationStore")<NotificationStore, NotificationStoreShape>() {}

export interface ReceiptStoreShape {
  readonly insert: (receipts: ReadonlyArray<DeliveryReceipt>) => Effect.Effect<void, StorageError>
  /** Of every organization: receipts since then whose message was not known when they came, and is now; with it, oldest first, at most `limit`. */
  readonly early: (since: DateTime.Utc, limit: number) => Effect.Effect<ReadonlyArray<DeliveryReceipt>, StorageError>
  /** Their message, and whether they moved it. */
  readonly save: (receipts: ReadonlyArray<DeliveryReceipt>) => Effect.Effect<void, StorageError>
  /** Of a message, oldest first. */
  readonly of: (notification: string) => Call<ReadonlyArray<DeliveryReceipt>>
}

export class ReceiptStore extends Context.Tag("billwright/ReceiptStore")<ReceiptStore, ReceiptStoreShape>() {}
