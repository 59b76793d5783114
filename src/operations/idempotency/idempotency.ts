/** The service that does a call once for a key: a repeat gets the stored answer (O6). */
import { Context, DateTime, Effect, Exit, Layer, Schema } from "effect"
import { CurrentOrganization, decodeInput, Ids, type InvalidInput, type StorageError, Transactor } from "../../core/index.js"
import {
  IdempotencyInProgress,
  IdempotencyKey,
  IdempotencyMismatch,
  type IdempotencyRecord,
  type KeyedCall,
  keptSince,
  standingOf
} from "./record.js"
import { IdempotencyStore } from "./store.js"

/** Records that a transaction of the purge deletes: each holds few locks, and not for long. */
const PURGED_AT_ONCE = 1000

const decodeKey = decodeInput(Schema.Struct({ idempotency_key: IdempotencyKey }))

/** How an answer is kept as text. */
export interface AnswerCodec<A> {
  readonly encode: (answer: A) => string
  readonly decode: (text: string) => A
}

/** How the call is made once. */
export interface OnceOptions {
  /**
   * Whether it commits in several steps, or calls the outside, so that it cannot be one transaction with its record: what it does has to be
   * safe to repeat then, if the process dies before the record is written.
   */
  readonly in_steps?: boolean
  /** Of an HTTP adapter; `CALL` unless given. */
  readonly request_method?: string
}

export interface Once<A> {
  readonly answer: A
  /** Whether it is the stored answer of an earlier call. */
  readonly replayed: boolean
}

/** The errors of a call that names a key, beside its own. */
export type OnceError = InvalidInput | IdempotencyMismatch | IdempotencyInProgress | StorageError

export interface IdempotencyShape {
  /**
   * Runs `work` once for a key, in one transaction with the record of it unless it works in steps. A second call with the same content gets
   * the stored answer; failures are not stored.
   *
   * Fails with what `work` fails with, `InvalidInput` for a key that is none, `IdempotencyMismatch` where the key was used for other content,
   * `IdempotencyInProgress` while the first call is at work.
   *
   * @see decisions O6; spec billing 21
   */
  readonly once: <A, E, R>(
    call: KeyedCall,
    work: Effect.Effect<A, E, R>,
    codec: AnswerCodec<A>,
    options?: OnceOptions
  ) => Effect.Effect<Once<A>, E | OnceError, R | CurrentOrganization>
  /** Deletes the records that are older than a day; answers how many. */
  readonly purge: () => Effect.Effect<{ readonly purged: number }, StorageError, CurrentOrganization>
}

/** A call that died is taken over after so long; one that is alive keeps its record locked, if it is one transaction. */
const LEASE = "30 seconds"
const LONG_LEASE = "10 minutes"

export class Idempotency extends Context.Tag("billwright/Idempotency")<Idempotency, IdempotencyShape>() {
  static readonly layer: Layer.Layer<Idempotency, never, IdempotencyStore | Transactor | Ids> = Layer.effect(
    Idempotency,
    Effect.gen(function* () {
      const store = yield* IdempotencyStore
      const { transaction } = yield* Transactor
      const ids = yield* Ids

      const fresh = Effect.fnUntraced(function* (call: KeyedCall, { in_steps = false, request_method = "CALL" }: OnceOptions) {
        const now = yield* DateTime.now
        const [id, owner] = yield* ids.many(2)
        const record: IdempotencyRecord = {
          id: id!,
          organization_id: yield* CurrentOrganization,
          idempotency_key: call.idempotency_key,
          request_method,
          request_path: call.operation,
          fingerprint: call.fingerprint,
          state: "running",
          owner: owner!,
          leased_until: DateTime.addDuration(now, in_steps ? LONG_LEASE : LEASE),
          response_status: null,
          response_body: null,
          created_at: now,
          updated_at: now
        }
        return record
      })

      /** The record with this call's run on it, an earlier answer, or null where there is no such organization. */
      const claim = Effect.fnUntraced(function* (call: KeyedCall, options: OnceOptions) {
        const { idempotency_key } = call
        const own = yield* fresh(call, options)
        let known = yield* store.find(idempotency_key)
        if (known === undefined) {
          yield* transaction(store.insert(own))
          known = yield* store.find(idempotency_key)
        }
        if (known === undefined || known.owner === own.owner) return { own: known ?? null, answer: null }
        switch (standingOf(known, call, own.created_at)) {
          case "answered":
            return { own: null, answer: known.response_body!.answer }
          case "other":
            return yield* new IdempotencyMismatch({ idempotency_key, operation: known.request_path })
          case "running":
            return yield* new IdempotencyInProgress({ idempotency_key })
          case "free": {
            const taken = { ...own, id: known.id }
            const done = yield* transaction(store.takeOver(taken, known.owner))
            return done ? { own: taken, answer: null } : yield* new IdempotencyInProgress({ idempotency_key })
          }
        }
      })

      return Idempotency.of({
        once: Effect.fn("Idempotency.once")(function* (call, work, codec, options = {}) {
          const { idempotency_key } = yield* decodeKey({ idempotency_key: call.idempotency_key })
          const { answer, own } = yield* claim(call, options)
          if (answer !== null) return { answer: codec.decode(answer), replayed: true }
          if (own === null) return { answer: yield* work, replayed: false }
          const finished = Effect.tap(work, (done) => Effect.flatMap(DateTime.now, (now) => store.finish(own, codec.encode(done), now)))
          const whole = Effect.gen(function* () {
            if (!(yield* store.hold(own))) return yield* new IdempotencyInProgress({ idempotency_key })
            return yield* finished
          })
          const made = yield* (options.in_steps === true ? finished : transaction(whole)).pipe(
            // Failures are not stored: the next call with the key runs again.
            Effect.onExit((exit) => (Exit.isSuccess(exit) ? Effect.void : Effect.ignore(transaction(store.release(own)))))
          )
          return { answer: made, replayed: false }
        }),

        purge: Effect.fn("Idempotency.purge")(function* () {
          const now = yield* DateTime.now
          let purged = 0
          while (true) {
            const gone = yield* transaction(store.purge(keptSince(now), now, PURGED_AT_ONCE))
            purged += gone
            if (gone < PURGED_AT_ONCE) return { purged }
          }
        })
      })
    })
  )
}
