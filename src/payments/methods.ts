/** The service of payment methods. */
import { Context, DateTime, Effect, Layer } from "effect"
import { CustomerNotFound, CustomerStore } from "../accounts/index.js"
import {
  type CurrentOrganization,
  decodeInput,
  Ids,
  type InvalidInput,
  isUuid,
  type Page,
  pageOf,
  pageRequest,
  type StorageError,
  Transactor
} from "../core/index.js"
import { DefaultPaymentMethod, PaymentMethodNotFound } from "./errors.js"
import {
  AddPaymentMethod,
  type AddPaymentMethodInput,
  ListPaymentMethods,
  type ListPaymentMethodsInput,
  type PaymentMethod,
  PaymentMethodId
} from "./method.js"
import { PaymentMethodStore } from "./store.js"

const decodeAdd = decodeInput(AddPaymentMethod)
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
  /** Fails with `PaymentMethodNotFound`. */
  readonly get: (id: string) => Call<PaymentMethod, PaymentMethodNotFound>
  readonly list: (input?: ListPaymentMethodsInput) => Call<Page<PaymentMethod>, InvalidInput>
  /** Makes it the one that is charged by itself, in place of the one before. Fails with `PaymentMethodNotFound`. */
  readonly setDefault: (id: string) => Call<PaymentMethod, PaymentMethodNotFound>
  /** The customer has no default then: nothing is charged by itself. Fails with `PaymentMethodNotFound`. */
  readonly clearDefault: (id: string) => Call<PaymentMethod, PaymentMethodNotFound>
  /** Fails with `PaymentMethodNotFound`, `DefaultPaymentMethod`. */
  readonly delete: (id: string) => Call<void, PaymentMethodNotFound | DefaultPaymentMethod>
}

export class PaymentMethods extends Context.Tag("billwright/PaymentMethods")<PaymentMethods, PaymentMethodsShape>() {
  static readonly layer: Layer.Layer<PaymentMethods, never, PaymentMethodStore | CustomerStore | Transactor | Ids> = Layer.effect(
    PaymentMethods,
    Effect.gen(function* () {
      const store = yield* PaymentMethodStore
      const customers = yield* CustomerStore
      const { transaction } = yield* Transactor
      const ids = yield* Ids

      const find = Effect.fnUntraced(function* (id: string) {
        const found = isUuid(id) ? yield* store.find(id) : undefined
        return found ?? (yield* new PaymentMethodNotFound({ id }))
      })

      /** The method, with the customer's row locked: who changes the default of a customer waits for who does. */
      const lock = Effect.fnUntraced(function* (id: string) {
        yield* customers.lock((yield* find(id)).customer_id)
        return yield* find(id)
      })

      /** Makes `method` the only default among those of its customer; first the old one goes. */
      const replaceDefault = Effect.fnUntraced(function* (method: PaymentMethod, all: ReadonlyArray<PaymentMethod>, now: DateTime.Utc) {
        const before = all.filter((other) => other.is_default && other.id !== method.id)
        yield* store.save(before.map((other) => ({ ...other, is_default: false, updated_at: now })))
      })

      const changeDefault = (id: string, is_default: boolean) =>
        transaction(
          Effect.gen(function* () {
            const method = yield* lock(id)
            if (method.is_default === is_default) return method
            const now = yield* DateTime.now
            if (is_default) yield* replaceDefault(method, yield* store.ofCustomers([method.customer_id]), now)
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
              yield* customers.lock(customer.id)
              const all = yield* store.ofCustomers([customer.id])
              const known = all.find(
                (method) => method.provider === given.provider && method.provider_payment_method_id === given.provider_payment_method_id
              )
              if (known !== undefined) return known
              const now = yield* DateTime.now
              const method: PaymentMethod = {
                ...given,
                id: PaymentMethodId.make(yield* ids.next),
                organization_id: customer.organization_id,
                customer_id: customer.id,
                is_default: given.is_default || all.length === 0,
                created_at: now,
                updated_at: now
              }
              if (method.is_default) yield* replaceDefault(method, all, now)
              yield* store.insert(method)
              return method
            })
          )
        }),

        get: Effect.fn("PaymentMethods.get")(find),

        list: Effect.fn("PaymentMethods.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at"])
          return pageOf(request, yield* store.page(given, request))
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
