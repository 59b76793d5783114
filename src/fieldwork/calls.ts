/** The service of calls: logged for good, listed, and those that are still missing. */
import { Context, DateTime, Duration, Effect, Layer, Schema } from "effect"
import {
  type CurrentOrganization,
  decodeInput,
  Ids,
  InvalidInput,
  isUuid,
  CurrentOrganization as Organization,
  type Page,
  pageOf,
  pageRequest,
  type StorageError,
  Transactor
} from "../core/index.js"
import {
  type CallLog,
  CallLogId,
  CONTEXTS_OF,
  ListCalls,
  type ListCallsInput,
  ListMissingCalls,
  type ListMissingCallsInput,
  LogCall,
  type LogCallInput,
  MANDATORY,
  type MissingCall,
  TRIED_AGAIN
} from "./call.js"
import type { Acting } from "./desk.js"
import { Recording } from "./recording.js"
import { actingOver } from "./roles.js"
import { CallStore, FieldStore } from "./store.js"
import { UserDirectory } from "./user.js"

const decodeLog = decodeInput(LogCall)
const decodeList = decodeInput(ListCalls)
const decodeMissing = decodeInput(ListMissingCalls)

/** No such call in this organization. */
export class CallLogNotFound extends Schema.TaggedError<CallLogNotFound>()("CallLogNotFound", { id: Schema.String }) {
  override get message() {
    return `call ${this.id} not found`
  }
}

/** How long after a call that did not come through its caller is reminded; two hours unless the host says otherwise. */
export class CallReminderDelay extends Context.Reference<CallReminderDelay>()("billwright/CallReminderDelay", {
  defaultValue: () => Duration.hours(2)
}) {}

const BATCH = 500

export interface CallsShape {
  /**
   * Keeps a call that was made; it is never changed. A connected post_install call marks the installation's closure pack; nothing else changes a status.
   *
   * Fails with `InvalidInput` for a phone that is not E.164, a duration of a call that was not connected, or a context that is not there or does not fit the type.
   */
  readonly log: (input: LogCallInput) => Acting<CallLog, InvalidInput>
  /** Fails with `CallLogNotFound`. */
  readonly get: (id: string) => Acting<CallLog, CallLogNotFound>
  /** Newest call first. */
  readonly list: (input?: ListCallsInput) => Acting<Page<CallLog>, InvalidInput>
  /** Leads, surveys and installations that wait for a mandatory call, oldest first. */
  readonly missing: (input?: ListMissingCallsInput) => Acting<ReadonlyArray<MissingCall>, InvalidInput>
  /** Tells of reminders that are due; each once. Answers how many it told of. A job: nobody acts. */
  readonly remindDue: () => Effect.Effect<{ readonly reminded: number }, StorageError, CurrentOrganization>
}

export class Calls extends Context.Tag("billwright/Calls")<Calls, CallsShape>() {
  static readonly layer: Layer.Layer<Calls, never, CallStore | FieldStore | Recording | Transactor | Ids> = Layer.effect(
    Calls,
    Effect.gen(function* () {
      const store = yield* CallStore
      const field = yield* FieldStore
      const { tell } = yield* Recording
      const { transaction } = yield* Transactor
      const ids = yield* Ids
      const acting = actingOver(yield* UserDirectory)
      const delay = yield* CallReminderDelay

      return Calls.of({
        log: Effect.fn("Calls.log")(function* (input) {
          const { called_at, ...given } = yield* decodeLog(input)
          const user = yield* acting("calls.log")
          const now = yield* DateTime.now
          const at = called_at ?? now
          if (DateTime.greaterThan(at, now)) return yield* new InvalidInput({ field: "called_at", reason: "must not be later than now" })
          if (given.outcome !== "connected" && given.duration_seconds !== null) {
            return yield* new InvalidInput({ field: "duration_seconds", reason: "must be null unless the call was connected" })
          }
          if (!CONTEXTS_OF[given.call_type].includes(given.context_type)) {
            return yield* new InvalidInput({ field: "context_type", reason: `does not fit a call of type ${given.call_type}` })
          }
          return yield* transaction(
            Effect.gen(function* () {
              const { context_id, context_type, outcome } = given
              const job = isUuid(context_id) ? yield* field.job({ kind: context_type, id: context_id }, true) : undefined
              if (job === undefined) return yield* new InvalidInput({ field: "context_id", reason: `there is no such ${context_type}` })
              const organization_id = yield* Organization
              const id = CallLogId.make(yield* ids.next)
              const call: CallLog = { ...given, id, organization_id, caller: user.id, called_at: at, created_at: now, updated_at: now }
              const remind_at = TRIED_AGAIN.has(outcome) && MANDATORY.has(call.call_type) ? DateTime.addDuration(at, delay) : null
              const reminder =
                remind_at === null ? null : { id, organization_id, due_at: remind_at, told_at: null, created_at: now, updated_at: now }
              yield* store.insert(call, reminder)
              if (call.call_type === "post_install" && outcome === "connected") yield* store.confirmPack(context_id, now)
              yield* tell([{ type: "call_logged", call, lead: job.lead, remind_at }])
              return call
            })
          )
        }),

        get: Effect.fn("Calls.get")(function* (id) {
          yield* acting("calls.log")
          const found = isUuid(id) ? yield* store.find(id) : undefined
          return found ?? (yield* new CallLogNotFound({ id }))
        }),

        list: Effect.fn("Calls.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest({ order_by: "called_at:desc", ...given }, ["called_at", "created_at"])
          yield* acting("calls.log")
          return pageOf(request, yield* store.page(given, request))
        }),

        missing: Effect.fn("Calls.missing")(function* (input = {}) {
          const given = yield* decodeMissing(input)
          yield* acting("calls.log")
          return yield* store.missing(given)
        }),

        remindDue: Effect.fn("Calls.remindDue")(function* () {
          let reminded = 0
          while (true) {
            const claimed = yield* transaction(
              Effect.gen(function* () {
                const now = yield* DateTime.now
                const due = yield* store.claimReminders(now, BATCH)
                const open = due.filter(({ answered }) => !answered)
                yield* store.remindersTold(
                  due.map(({ call }) => call.id),
                  now
                )
                yield* tell(open.map(({ call }) => ({ type: "call_reminder_due", call, at: now })))
                return { seen: due.length, told: open.length }
              })
            )
            reminded += claimed.told
            if (claimed.seen < BATCH) return { reminded }
          }
        })
      })
    })
  )
}
