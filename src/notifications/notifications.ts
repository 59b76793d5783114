/** The service of notifications: send, read, mark as read, send again. Rows only: what carries them out is `NotificationDelivery`. */
import { Context, DateTime, Effect, Layer } from "effect"
import {
  CurrentOrganization,
  decodeInput,
  Ids,
  InvalidInput,
  type InvalidTransition,
  isUuid,
  NotPermitted,
  type Page,
  pageOf,
  pageRequest,
  type StorageError,
  Transactor
} from "../core/index.js"
import { type Acting, actingOver, mayDo, requireUsers, type User, UserDirectory, UserNotFound } from "../fieldwork/index.js"
import type { NothingDue, PaymentReminderStore, PaymentRequestStore } from "../payments/index.js"
import { type About, addressOf, queuedMessage } from "./composing.js"
import { ChannelMismatch, NotificationNotFound, RecipientUnreachable, TemplateInactive, TemplateNotFound } from "./errors.js"
import { mailResending } from "./mails/resending.js"
import type { DocumentMailStore } from "./mails/store.js"
import {
  type Channel,
  ListMessages,
  type ListMessagesInput,
  type Notification,
  ResendMessage,
  type ResendMessageInput,
  SendMessage,
  type SendMessageInput
} from "./notification.js"
import type { DeliveryReceipt } from "./receipt.js"
import { markedRead, resendable } from "./state.js"
import { NotificationStore, ReceiptStore, TemplateStore } from "./store.js"
import { type NotificationTemplate, type RenderError, type RenderedMessage, renderMessage } from "./template.js"

type SendError = InvalidInput | UserNotFound | TemplateNotFound | TemplateInactive | ChannelMismatch | RecipientUnreachable | RenderError

export interface NotificationsShape {
  /**
   * Queues a message by a template, or a reminder to telephone (`channel: "call"`, with a `body` of its own). The job `sendDue` carries it out.
   *
   * Fails with `TemplateNotFound`, `TemplateInactive`, `ChannelMismatch`, `UserNotFound`, `RecipientUnreachable`, `MissingVariable {names}`, `TextTooLong`,
   * `InvalidInput`, `NotPermitted`.
   *
   * @see spec field-operations 4
   */
  readonly send: (input: SendMessageInput) => Acting<Notification, SendError>
  /**
   * Sends a failed one again: a new message with the same text; one that never had a text is rendered with `variables`. An e-mail of a document goes to the
   * same address, with what went with it.
   *
   * Fails like `send`, with `NotificationNotFound`, `InvalidTransition` unless it has failed, and where its document was voided, `NothingDue` where what a
   * campaign asked for was paid.
   */
  readonly resend: (
    id: string,
    input?: ResendMessageInput
  ) => Acting<Notification, NotificationNotFound | InvalidTransition | NothingDue | SendError>
  /** Own ones; anyone's for central_ops. Fails with `NotificationNotFound`. */
  readonly get: (id: string) => Acting<Notification, NotificationNotFound>
  /** The acting user's own, newest first. */
  readonly list: (input?: ListMessagesInput) => Acting<Page<Notification>, InvalidInput>
  /** Those of a user: one's own, anyone's for central_ops. */
  readonly history: (user: string, input?: ListMessagesInput) => Acting<Page<Notification>, InvalidInput>
  /** What gateways said of a message, oldest first. Fails with `NotificationNotFound`. */
  readonly receipts: (id: string) => Acting<ReadonlyArray<DeliveryReceipt>, NotificationNotFound>
  /** How many of the acting user's own are not read. */
  readonly unreadCount: () => Acting<number>
  /** Marks one of the acting user's own; again: nothing changes. Fails with `NotificationNotFound`. */
  readonly markRead: (id: string) => Acting<Notification, NotificationNotFound>
  /** Marks all of the acting user's own; answers how many. */
  readonly markAllRead: () => Acting<number>
}

const decodeSend = decodeInput(SendMessage)
const decodeResend = decodeInput(ResendMessage)
const decodeList = decodeInput(ListMessages)

const MARKED_AT_ONCE = 1000

interface Draft {
  readonly channel: Channel
  readonly template: NotificationTemplate | null
  readonly text: (user: User) => Effect.Effect<RenderedMessage, RenderError>
}

type Needs =
  | NotificationStore
  | TemplateStore
  | ReceiptStore
  | DocumentMailStore
  | PaymentReminderStore
  | PaymentRequestStore
  | Transactor
  | Ids

export class Notifications extends Context.Tag("billwright/Notifications")<Notifications, NotificationsShape>() {
  static readonly layer: Layer.Layer<Notifications, never, Needs> = Layer.effect(
    Notifications,
    Effect.gen(function* () {
      const store = yield* NotificationStore
      const templates = yield* TemplateStore
      const receiptStore = yield* ReceiptStore
      const { transaction } = yield* Transactor
      const ids = yield* Ids
      const directory = yield* UserDirectory
      const acting = actingOver(directory)
      const mailAgain = yield* mailResending

      const templateOf = (
        ref: number | string
      ): Effect.Effect<NotificationTemplate, StorageError | TemplateNotFound, CurrentOrganization> =>
        Effect.flatMap(typeof ref === "number" ? templates.find(ref) : Effect.map(templates.named([ref]), ([found]) => found), (found) =>
          found === undefined ? new TemplateNotFound({ id: String(ref) }) : Effect.succeed(found)
        )

      /** Makes the row and stores it. */
      const queue = Effect.fnUntraced(function* (
        { channel, template, text }: Draft,
        recipient: string,
        about: About,
        due_at?: DateTime.Utc
      ) {
        if (!isUuid(recipient)) return yield* new UserNotFound({ id: recipient })
        const user = (yield* requireUsers(directory, [recipient])).get(recipient)!
        const address = addressOf(user, channel)
        if (address === null && channel !== "call") return yield* new RecipientUnreachable({ channel })
        const rendered = yield* text(user)
        const now = yield* DateTime.now
        const message = queuedMessage(
          {
            id: yield* ids.next,
            organization_id: yield* CurrentOrganization,
            recipient,
            channel,
            template,
            address,
            about,
            transition_key: null,
            now
          },
          rendered,
          due_at ?? now
        )
        yield* store.insert([message])
        return message
      })

      const rendering =
        (template: NotificationTemplate, variables: Readonly<Record<string, unknown>>) =>
        (user: User): Effect.Effect<RenderedMessage, RenderError> =>
          renderMessage(template, variables, user)

      const draftOf = (given: typeof SendMessage.Type): Effect.Effect<Draft, SendError | StorageError, CurrentOrganization> =>
        Effect.gen(function* () {
          const { body, channel, template: ref } = given
          if (ref === undefined) {
            if (channel !== "call") return yield* new InvalidInput({ field: "template", reason: "expected a template" })
            if (body === undefined) return yield* new InvalidInput({ field: "body", reason: "expected what the reminder says" })
            return { channel, template: null, text: () => Effect.succeed({ subject: "", body }) }
          }
          const template = yield* templateOf(ref)
          if (channel !== undefined && channel !== template.channel) {
            return yield* new ChannelMismatch({ expected: template.channel, given: channel })
          }
          if (body !== undefined || given.due_at !== undefined) {
            return yield* new InvalidInput({ field: body === undefined ? "due_at" : "body", reason: "only calls have one of their own" })
          }
          if (!template.is_active) return yield* new TemplateInactive({ name: template.name })
          return { channel: template.channel, template, text: rendering(template, given.variables) }
        })

      const anyones = (user: User): boolean => mayDo(user.role, "messages.manage")

      /** A message that the user may see. */
      const seenBy = (user: User, read: NotificationStore["Type"]["find"], everyone: boolean) => (id: string) =>
        Effect.flatMap(isUuid(id) ? read(id) : Effect.succeed(undefined), (found) =>
          found === undefined || (found.recipient !== user.id && !(everyone && anyones(user)))
            ? new NotificationNotFound({ id })
            : Effect.succeed(found)
        )

      const page = Effect.fnUntraced(function* (recipient: string, input: ListMessagesInput) {
        const given = yield* decodeList(input)
        const request = yield* pageRequest(given, ["created_at"])
        // A malformed id names nothing.
        if (given.context_id !== undefined && !isUuid(given.context_id)) return pageOf<Notification>(request, { rows: [], total: 0 })
        return pageOf(request, yield* store.page(recipient, given, request))
      })

      return Notifications.of({
        send: Effect.fn("Notifications.send")(function* (input) {
          yield* acting("messages.manage")
          const given = yield* decodeSend(input)
          const draft = yield* draftOf(given)
          const { context_id, context_type } = given
          return yield* queue(draft, given.recipient, { context_id, context_type }, given.due_at)
        }),

        resend: Effect.fn("Notifications.resend")(function* (id, input = {}) {
          const user = yield* acting("messages.manage")
          const { variables } = yield* decodeResend(input)
          const message = yield* seenBy(user, store.find, true)(id)
          yield* resendable(message)
          const { body, channel, context_id, context_type, recipient, subject, template: ref } = message
          if (variables !== undefined && body !== "") {
            return yield* new InvalidInput({ field: "variables", reason: "it has its text already" })
          }
          const mail = yield* mailAgain(message, variables ?? {})
          if (mail !== undefined) return mail
          const template = ref === null ? null : yield* templateOf(ref)
          if (body === "" && template === null) return yield* new TemplateNotFound({ id: "" })
          const text = body !== "" ? () => Effect.succeed({ subject, body }) : rendering(template!, variables ?? {})
          return yield* queue({ channel, template, text }, recipient, { context_id, context_type })
        }),

        get: Effect.fn("Notifications.get")(function* (id) {
          return yield* seenBy(yield* acting("messages.own"), store.find, true)(id)
        }),

        list: Effect.fn("Notifications.list")(function* (input = {}) {
          const user = yield* acting("messages.own")
          return yield* page(user.id, input)
        }),

        history: Effect.fn("Notifications.history")(function* (recipient, input = {}) {
          const user = yield* acting("messages.own")
          if (recipient !== user.id && !anyones(user)) return yield* new NotPermitted({ role: user.role, operation: "messages.manage" })
          return isUuid(recipient) ? yield* page(recipient, input) : { items: [], next: null, total: null }
        }),

        receipts: Effect.fn("Notifications.receipts")(function* (id) {
          yield* seenBy(yield* acting("messages.own"), store.find, true)(id)
          return yield* receiptStore.of(id)
        }),

        unreadCount: Effect.fn("Notifications.unreadCount")(function* () {
          return yield* store.unread((yield* acting("messages.own")).id)
        }),

        markRead: Effect.fn("Notifications.markRead")(function* (id) {
          const user = yield* acting("messages.own")
          return yield* transaction(
            Effect.gen(function* () {
              const message = yield* seenBy(user, store.lock, false)(id)
              if (message.is_read) return message
              const now = yield* DateTime.now
              const after = { ...markedRead(message, now), updated_at: now }
              yield* store.save([after])
              return after
            })
          )
        }),

        markAllRead: Effect.fn("Notifications.markAllRead")(function* () {
          const user = yield* acting("messages.own")
          let marked = 0
          while (true) {
            const some = yield* transaction(
              Effect.gen(function* () {
                const now = yield* DateTime.now
                const messages = yield* store.lockUnread(user.id, MARKED_AT_ONCE)
                yield* store.save(messages.map((message) => ({ ...markedRead(message, now), updated_at: now })))
                return messages.length
              })
            )
            marked += some
            if (some < MARKED_AT_ONCE) return marked
          }
        })
      })
    })
  )
}
