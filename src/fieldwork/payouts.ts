/** The service of payouts: what the host reports to have owed and paid for an installation. */
import { Context, DateTime, Effect, Layer, Schema } from "effect"
import {
  CurrentOrganization,
  currencyOf,
  decodeInput,
  Ids,
  type InvalidInput,
  InvalidTransition,
  isUuid,
  type Page,
  type PageRequest,
  type PageRows,
  pageOf,
  pageRequest,
  type StorageError,
  Transactor,
  type UnknownCurrency
} from "../core/index.js"
import type { Acting } from "./desk.js"
import { InstallationNotFound, type UserNotFound } from "./errors.js"
import { decide, type StepError } from "./machine.js"
import {
  ListPayouts,
  type ListPayoutsInput,
  MarkPayable,
  type MarkPayableInput,
  type Payout,
  PayoutId,
  PayPayout,
  type PayPayoutInput,
  payoutMachine
} from "./payout.js"
import { Recording } from "./recording.js"
import { actingOver, requireUsers } from "./roles.js"
import { FieldStore } from "./store.js"
import { UserDirectory } from "./user.js"

const decodeMark = decodeInput(MarkPayable)
const decodePay = decodeInput(PayPayout)
const decodeList = decodeInput(ListPayouts)

/** No such payout in this organization. */
export class PayoutNotFound extends Schema.TaggedError<PayoutNotFound>()("PayoutNotFound", { id: Schema.String }) {
  override get message() {
    return `payout ${this.id} not found`
  }
}

type Call<A> = Effect.Effect<A, StorageError, CurrentOrganization>

interface PayoutFilter {
  readonly status?: Payout["status"] | undefined
  readonly payee?: string | undefined
  readonly installation?: string | undefined
}

export interface PayoutStoreShape {
  readonly insert: (payout: Payout) => Effect.Effect<void, StorageError>
  readonly save: (payout: Payout) => Effect.Effect<void, StorageError>
  readonly find: (by: { readonly id: string } | { readonly installation: string; readonly payee: string }) => Call<Payout | undefined>
  readonly page: (filter: PayoutFilter, request: PageRequest) => Call<PageRows<Payout>>
}

export class PayoutStore extends Context.Tag("billwright/PayoutStore")<PayoutStore, PayoutStoreShape>() {}

export interface PayoutsShape {
  /**
   * For a closed installation, one for each payee.
   *
   * Fails with `InvalidInput`, `UnknownCurrency`, `InstallationNotFound`, `UserNotFound`, `RequirementMissing`, `InvalidTransition`.
   */
  readonly markPayable: (
    input: MarkPayableInput
  ) => Acting<Payout, InvalidInput | UnknownCurrency | InstallationNotFound | UserNotFound | StepError>
  /** Final. Fails with `PayoutNotFound`, `InvalidInput` without a reference, `InvalidTransition`. */
  readonly pay: (id: string, input: PayPayoutInput) => Acting<Payout, PayoutNotFound | InvalidInput | StepError>
  readonly get: (id: string) => Acting<Payout, PayoutNotFound>
  readonly list: (input?: ListPayoutsInput) => Acting<Page<Payout>, InvalidInput>
}

type Needs = PayoutStore | FieldStore | Recording | Transactor | Ids

export class Payouts extends Context.Tag("billwright/Payouts")<Payouts, PayoutsShape>() {
  static readonly layer: Layer.Layer<Payouts, never, Needs> = Layer.effect(
    Payouts,
    Effect.gen(function* () {
      const store = yield* PayoutStore
      const field = yield* FieldStore
      const recording = yield* Recording
      const { transaction } = yield* Transactor
      const ids = yield* Ids
      const directory = yield* UserDirectory
      const acting = actingOver(directory)

      const found = Effect.fnUntraced(function* (id: string) {
        return (isUuid(id) ? yield* store.find({ id }) : undefined) ?? (yield* new PayoutNotFound({ id }))
      })

      return Payouts.of({
        markPayable: Effect.fn("Payouts.markPayable")(function* (input) {
          const given = yield* decodeMark(input)
          const user = yield* acting("payouts.mark")
          const { code: currency } = yield* currencyOf(given.currency)
          yield* requireUsers(directory, [given.payee])
          return yield* transaction(
            Effect.gen(function* () {
              const { installation, payee } = given
              const job = isUuid(installation) ? yield* field.job({ kind: "installation", id: installation }, true) : undefined
              if (job === undefined) return yield* new InstallationNotFound({ id: installation })
              const before = yield* store.find({ installation, payee })
              if (before !== undefined) {
                return yield* new InvalidTransition({ entity: "Payout", id: before.id, from: before.status, action: "mark_payable" })
              }
              const id = PayoutId.make(yield* ids.next)
              const installation_closed = job.installations.some((one) => one.id === installation && one.status === "closed")
              const status = yield* decide(payoutMachine, { action: "mark_payable", facts: { installation_closed }, id, status: null })
              const now = yield* DateTime.now
              const payout: Payout = {
                ...given,
                id,
                organization_id: yield* CurrentOrganization,
                lead: job.lead.id,
                currency,
                transaction_reference: null,
                status,
                created_at: now,
                updated_at: now
              }
              yield* store.insert(payout)
              yield* recording.others(job.lead, [{ kind: "payout", before: null, after: payout, reason: null }], { user: user.id, now })
              return payout
            })
          )
        }),

        pay: Effect.fn("Payouts.pay")(function* (id, input) {
          const { transaction_reference } = yield* decodePay(input)
          const user = yield* acting("payouts.pay")
          return yield* transaction(
            Effect.gen(function* () {
              const job = (yield* field.job({ kind: "lead", id: (yield* found(id)).lead }, true))!
              const before = yield* found(id)
              const status = yield* decide(payoutMachine, {
                action: "pay",
                facts: { installation_closed: true },
                id,
                status: before.status
              })
              const now = yield* DateTime.now
              const after: Payout = { ...before, status, transaction_reference, updated_at: now }
              yield* store.save(after)
              yield* recording.others(job.lead, [{ kind: "payout", before, after, reason: null }], { user: user.id, now })
              return after
            })
          )
        }),

        get: Effect.fn("Payouts.get")(function* (id) {
          yield* acting("payouts.read")
          return yield* found(id)
        }),

        list: Effect.fn("Payouts.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at"])
          yield* acting("payouts.read")
          return pageOf(request, yield* store.page(given, request))
        })
      })
    })
  )
}
