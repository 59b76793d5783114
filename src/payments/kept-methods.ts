/** Keeps methods that a provider has stored, whoever says so: the host, or the provider by webhook. */
import { Context, type DateTime, Effect, Layer } from "effect"
import { CustomerStore } from "../accounts/index.js"
import { type CurrentOrganization, Ids, isUuid, type StorageError } from "../core/index.js"
import { type PaymentMethod, PaymentMethodId } from "./method.js"
import { PaymentMethodStore } from "./store.js"

type StoredMethod = Pick<PaymentMethod, "provider" | "provider_payment_method_id" | "type" | "details" | "is_default">

/** Works inside the transaction that the caller opened. */
export class KeptMethods extends Context.Tag("billwright/KeptMethods")<
  KeptMethods,
  {
    /** The method, which is the customer's default where it is the first one, or says so; the same one again is answered as it is. */
    readonly keep: (
      customer_id: string,
      given: StoredMethod,
      now: DateTime.Utc
    ) => Effect.Effect<{ readonly method: PaymentMethod; readonly fresh: boolean } | "unknown", StorageError, CurrentOrganization>
    /** Makes `method` the only default among those of its customer, whose row is locked; first the old one goes. */
    readonly replaceDefault: (
      method: PaymentMethod,
      all: ReadonlyArray<PaymentMethod>,
      now: DateTime.Utc
    ) => Effect.Effect<void, StorageError>
  }
>() {
  static readonly layer: Layer.Layer<KeptMethods, never, PaymentMethodStore | CustomerStore | Ids> = Layer.effect(
    KeptMethods,
    Effect.gen(function* () {
      const store = yield* PaymentMethodStore
      const customers = yield* CustomerStore
      const ids = yield* Ids

      const replaceDefault = (method: PaymentMethod, all: ReadonlyArray<PaymentMethod>, now: DateTime.Utc) => {
        const before = all.filter((other) => other.is_default && other.id !== method.id)
        return store.save(before.map((other) => ({ ...other, is_default: false, updated_at: now })))
      }

      const keep = Effect.fnUntraced(function* (customer_id: string, given: StoredMethod, now: DateTime.Utc) {
        const customer = isUuid(customer_id) ? yield* customers.lock(customer_id) : undefined
        if (customer === undefined) return "unknown" as const
        const all = yield* store.ofCustomers([customer.id])
        const known = all.find(
          (method) => method.provider === given.provider && method.provider_payment_method_id === given.provider_payment_method_id
        )
        if (known !== undefined) return { method: known, fresh: false }
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
        return { method, fresh: true }
      })

      return KeptMethods.of({ keep, replaceDefault })
    })
  )
}
