/**
 * What the field side tells becomes messages, in the transaction of the change: one for each active template of its stem, once for each
 * transition. What is missing makes a failed message, never a failed change.
 */
import { Cause, DateTime, Duration, Effect, Layer } from "effect"
import { CurrentOrganization, Ids, type StorageError } from "../core/index.js"
import { type FieldEvent, FieldEvents, FieldStore, type User, UserDirectory } from "../fieldwork/index.js"
import { type AutomaticMessage, automaticMessages } from "./automatic.js"
import { namesOf } from "./catalogue.js"
import { addressOf, failedMessage, queuedMessage } from "./composing.js"
import { MessageVariables } from "./host-variables.js"
import type { Notification } from "./notification.js"
import { afterReceipt } from "./state.js"
import { NotificationStore, TemplateStore } from "./store.js"
import { renderMessage } from "./template.js"

/** A host that does not answer holds up a change no longer than this. */
const PATIENCE = Duration.seconds(5)

const reasonOf = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  return (error instanceof Error ? error.message : String(error)).replaceAll("\u0000", "").replace(/\p{Surrogate}/gu, "\ufffd")
}

/** Names and phones of the people of a message, and what it knows; nothing that is null. */
const knownOf = (message: AutomaticMessage, users: ReadonlyMap<string, User>): Record<string, unknown> => {
  const found = Object.entries({ customer: message.recipient, ...message.people }).flatMap(([name, id]) => {
    const user = id === null ? undefined : users.get(id)
    return user === undefined ? [] : [[`${name}_name`, user.name] as const, [`${name}_phone`, user.phone] as const]
  })
  return Object.fromEntries([...found, ...Object.entries(message.values)].filter(([, value]) => value !== null))
}

/** Stands around whoever listens already. */
export const automaticMessagesLayer: Layer.Layer<never, never, NotificationStore | TemplateStore | FieldStore | Ids> = Layer.unwrapEffect(
  Effect.gen(function* () {
    const outer = yield* FieldEvents
    const store = yield* NotificationStore
    const templates = yield* TemplateStore
    const directory = yield* UserDirectory
    const variables = yield* MessageVariables
    const field = yield* FieldStore
    const ids = yield* Ids

    const compose = Effect.fnUntraced(function* (message: AutomaticMessage) {
      const active = (yield* templates.named(namesOf(message.stem))).filter(({ is_active }) => is_active)
      if (active.length === 0) return []
      const organization_id = yield* CurrentOrganization
      const now = yield* DateTime.now
      const fresh = yield* ids.many(active.length)
      const asked = yield* Effect.exit(
        Effect.gen(function* () {
          const people = [message.recipient, ...Object.values(message.people).filter((id) => id !== null)]
          const users = new Map((yield* directory.find([...new Set(people)])).map((user) => [user.id, user]))
          const user = users.get(message.recipient)
          if (user === undefined) return yield* Effect.dieMessage("the recipient is not in the directory")
          const given = yield* variables.of({ organization_id, stem: message.stem, ...message.about, recipient: user })
          return { user, values: { ...knownOf(message, users), ...given } }
        }).pipe(Effect.timeoutFail({ duration: PATIENCE, onTimeout: () => new Cause.TimeoutException("the host did not answer in time") }))
      )
      return active.map((template, index): Notification => {
        const row = {
          id: fresh[index]!,
          organization_id,
          recipient: message.recipient,
          channel: template.channel,
          template,
          address: null,
          about: message.about,
          transition_key: `${message.key}:${template.name}`,
          now
        }
        if (asked._tag === "Failure") return failedMessage(row, null, reasonOf(asked.cause))
        const { user, values } = asked.value
        const text = renderMessage(template, values, user)
        if (text._tag === "Left") return failedMessage(row, null, text.left.message)
        const address = addressOf(user, template.channel)
        return address === null
          ? failedMessage(row, text.right, `the recipient has no address for ${template.channel}`)
          : queuedMessage({ ...row, address }, text.right, now)
      })
    })

    /** A new date has the reason for which the old one was given up. */
    const withReason = Effect.fnUntraced(function* (event: FieldEvent, message: AutomaticMessage) {
      const isNewDate = event.type === "status_changed" && event.from === "rescheduled" && event.reason === null
      if (!isNewDate) return message
      const given = (yield* field.history(event.id)).findLast(({ to_status }) => to_status === "rescheduled")
      return { ...message, values: { ...message.values, reason: given?.reason ?? null } }
    })

    /** Calls move the reminders of their context, and may leave another one to their caller. */
    const called = Effect.fnUntraced(function* ({ call, remind_at }: Extract<FieldEvent, { type: "call_logged" }>) {
      const now = yield* DateTime.now
      const reminders = yield* store.lockCallReminders(call.context_id)
      const moved = reminders.flatMap((reminder) => {
        const after = afterReceipt(reminder, { status: "delivered", error: "" }, now)
        return after === null ? [] : [{ ...after, updated_at: now }]
      })
      yield* store.save(moved)
      if (remind_at === null) return
      const row = {
        id: yield* ids.next,
        organization_id: yield* CurrentOrganization,
        recipient: call.caller,
        channel: "call" as const,
        template: null,
        address: null,
        about: { context_type: call.context_type, context_id: call.context_id },
        transition_key: `call_reminder:${call.id}`,
        now
      }
      const body = `Call ${call.callee_phone} again: ${call.call_type}, last outcome ${call.outcome}`
      yield* store.insert([queuedMessage(row, { subject: "", body }, remind_at)])
    })

    const listen = (event: FieldEvent): Effect.Effect<void, StorageError, CurrentOrganization> =>
      Effect.gen(function* () {
        if (event.type === "call_logged") yield* called(event)
        if (event.type === "user_removed") yield* store.removeOf(event.user)
        for (const message of automaticMessages(event)) yield* store.insert(yield* compose(yield* withReason(event, message)))
      })

    return Layer.succeed(FieldEvents, {
      tell: (events) => Effect.zipRight(outer.tell(events), Effect.forEach(events, listen, { discard: true }))
    })
  })
)
