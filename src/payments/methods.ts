/** The service of payment methods. */
import { Context, DateTime, Effect, Layer } from "effect"
import { CustomerNotFound, CustomerStore } from "../accounts/index.js"
import {
  type CurrentOrganization,
  decodeInput,
  Ids,
  type InvalidInput,
  isUuid,
  named,
  type Page,
  pageOf,
  pageRequest,
  type StorageError,
  Transactor
} from "../core/index.js"
import { answered } from "./calls.js"
import {
  DefaultPaymentMethod,
  PaymentMethodNotFound,
  type ProviderFailed,
  ProviderNotConfigured,
  type ProviderUnsupported
} from "./errors.js"
import { KeptMethods } from "./kept-methods.js"
import {
  AddPaymentMethod,
  type AddPaymentMethodInput,
  ListPaymentMethods,
  type ListPaymentMethodsInput,
  type PaymentMethod,
  SetupPaymentMethod,
  type SetupPaymentMethodInput,
  UpdatePaymentMethod,
  type UpdatePaymentMethodInput
} from "./method.js"
import { providerLookup } from "./own-providers.js"
import type { SetupSession } from "./provider.js"
import { PaymentMethodStore } from "./store.js"

const decodeAdd = decodeInput(AddPaymentMethod)
const decodeUpdate = decodeInput(UpdatePaymentMethod)
const decodeSetup = decodeInput(SetupPaymentMethod)
const decodeList = decodeInput(ListPaymentMethods)

type Call<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

export interface PaymentMethodsShape {
  /**
   * Keeps a method that the provider has stored, with data to show only; the same one again is answered as it is. The
   * customer's first one is the default.
   *
   * Fails with `InvalidInput` also where `details` read as a full number, `CustomerNotFound`.
   */
  readonly add: (input: AddPaymentMethodInput) => Call<PaymentMethod, InvalidInput | CustomerNotFound>
  /**
   * A page of the provider where the customer stores a way to pay; its webhook keeps the method. Not inside a transaction of the
   * host: the provider is called here.
   *
   * Fails with `InvalidInput`, `CustomerNotFound`, `ProviderNotConfigured`, `ProviderUnsupported`, `ProviderFailed`.
   */
  readonly setupSession: (
    input: SetupPaymentMethodInput
  ) => Call<SetupSession, InvalidInput | CustomerNotFound | ProviderNotConfigured | ProviderUnsupported | ProviderFailed>
  /** Fails with `PaymentMethodNotFound`. */
  readonly get: (id: string) => Call<PaymentMethod, PaymentMethodNotFound>
  readonly list: (input?: ListPaymentMethodsInput) => Call<Page<PaymentMethod>, InvalidInput>
  /** Puts other data to show in place, a new expiry for instance. Fails with `InvalidInput` like `add`, `PaymentMethodNotFound`. */
  readonly update: (id: string, input: UpdatePaymentMethodInput) => Call<PaymentMethod, InvalidInput | PaymentMethodNotFound>
  /** Makes it the one that is charged by itself, in place of the one before. Fails with `PaymentMethodNotFound`. */
  readonly setDefault: (id: string) => Call<PaymentMethod, PaymentMethodNotFound>
  /** The customer has no default then: nothing is charged by itself. Fails with `PaymentMethodNotFound`. */
  readonly clearDefault: (id: string) => Call<PaymentMethod, PaymentMethodNotFound>
  /** Fails with `PaymentMethodNotFound`, `DefaultPaymentMethod`. */
  readonly delete: (id: string) => Call<void, PaymentMethodNotFound | DefaultPaymentMethod>
}

export class PaymentMethods extends Context.Tag("billwright/PaymentMethods")<PaymentMethods, PaymentMethodsShape>() {
  static readonly layer: Layer.Layer<PaymentMethods, never, PaymentMethodStore | KeptMethods | CustomerStore | Transactor | Ids> =
    Layer.effect(
      PaymentMethods,
      Effect.gen(function* () {
        const store = yield* PaymentMethodStore
        const customers = yield* CustomerStore
        const { transaction } = yield* Transactor
        const ids = yield* Ids
        const kept = yield* KeptMethods
        const providers = yield* providerLookup

        const find = Effect.fnUntraced(function* (id: string) {
          const found = isUuid(id) ? yield* store.find(id) : undefined
          return found ?? (yield* new PaymentMethodNotFound({ id }))
        })

        /** The method, with the customer's row locked: who changes the default of a customer waits for who does. */
        const lock = Effect.fnUntraced(function* (id: string) {
          yield* customers.lock((yield* find(id)).customer_id)
          return yield* find(id)
        })

        const changeDefault = (id: string, is_default: boolean) =>
          transaction(
            Effect.gen(function* () {
              const method = yield* lock(id)
              if (method.is_default === is_default) return method
              const now = yield* DateTime.now
              if (is_default) yield* kept.replaceDefault(method, yield* store.ofCustomers([method.customer_id]), now)
              const after: PaymentMethod = { ...method, is_default, updated_at: now }
              yield* store.save([after])
              return after
            })
          )

        return PaymentMethods.of({
          add: Effect.fn("PaymentMethods.add")(function* (input) {
            const { external_customer_id: external_id, ...given } = yield* decodeAdd(input)
            return yield* transaction(
              Effect.gen(function* () {
                const customer = yield* customers.find({ external_id })
                if (customer === undefined) return yield* new CustomerNotFound({ id: external_id })
                const answer = yield* kept.keep(customer.id, given, yield* DateTime.now)
                return answer === "unknown" ? yield* new CustomerNotFound({ id: external_id }) : answer.method
              })
            )
          }),

          setupSession: Effect.fn("PaymentMethods.setupSession")(function* (input) {
            const { external_customer_id: external_id, provider: name, ...pages } = yield* decodeSetup(input)
            const provider = (yield* providers.toCall)(name, null) ?? (yield* new ProviderNotConfigured({ provider: name }))
            const {
              currency,
              email,
              id,
              name: called
            } = (yield* customers.find({ external_id })) ?? (yield* new CustomerNotFound({ id: external_id }))
            const key = yield* ids.next
            return yield* answered(provider, provider.setup({ key, currency, customer: { id, name: called, email }, ...pages }))
          }),

          get: Effect.fn("PaymentMethods.get")(find),

          list: Effect.fn("PaymentMethods.list")(function* (input = {}) {
            const given = yield* decodeList(input)
            const request = yield* pageRequest(given, ["created_at"])
            return pageOf(request, yield* store.page(given, request))
          }),

          update: Effect.fn("PaymentMethods.update")(function* (id, input) {
            const given = yield* decodeUpdate(input)
            return yield* transaction(
              Effect.gen(function* () {
                const after: PaymentMethod = { ...(yield* lock(id)), ...named(given), updated_at: yield* DateTime.now }
                yield* store.save([after])
                return after
              })
            )
          }),

          setDefault: Effect.fn("PaymentMethods.setDefault")((id) => changeDefault(id, true)),

          clearDefault: Effect.fn("PaymentMethods.clearDefault")((id) => changeDefault(id, false)),

          delete: Effect.fn("PaymentMethods.delete")((id) =>
            transaction(
              Effect.gen(function* () {
                const method = yield* lock(id)
                if (method.is_default) return yield* new DefaultPaymentMethod({ id })
                yield* store.remove(id)
              })
            )
          )
        })
      })
    )
}
