/** What is told of customers. */
import { DateTime, Effect, Layer } from "effect"
import { type Customer, CustomerStore } from "../../accounts/index.js"
import type { WebhookEvent } from "../event.js"
import { Outbox } from "../outbox.js"
import { writesOver } from "./writes.js"

const comparable = (value: unknown): string => JSON.stringify(DateTime.isDateTime(value) ? DateTime.toEpochMillis(value) : value)

/** The fields that differ, but for when it was written; in the order of the row. */
const changedFields = (before: Customer, after: Customer): ReadonlyArray<string> =>
  (Object.keys(after) as ReadonlyArray<keyof Customer>).filter(
    (field) => field !== "updated_at" && comparable(after[field]) !== comparable(before[field])
  )

const created = ({ external_id, id, organization_id }: Customer): WebhookEvent => ({
  type: "customer.created",
  organization_id,
  object_id: id,
  data: { external_id }
})

const updated = (before: Customer, after: Customer): ReadonlyArray<WebhookEvent> => {
  const changed_fields = changedFields(before, after)
  const { external_id, id, organization_id } = after
  return changed_fields.length === 0
    ? []
    : [{ type: "customer.updated", organization_id, object_id: id, data: { external_id, changed_fields } }]
}

export const customersLayer: Layer.Layer<CustomerStore, never, CustomerStore | Outbox> = Layer.effect(
  CustomerStore,
  Effect.gen(function* () {
    const store = yield* CustomerStore
    const { ofRows } = writesOver(yield* Outbox)
    return CustomerStore.of({
      ...store,
      insert: (customer) => ofRows([customer], store.insert(customer), { events: () => [created(customer)] }),
      delete: (customer) =>
        ofRows([customer], store.delete(customer), {
          events: () => [{ type: "customer.deleted", organization_id: customer.organization_id, object_id: customer.id }]
        }),
      save: (customer) =>
        ofRows([customer], store.save(customer), {
          before: store.load([customer.id]),
          events: ([before]) => (before === undefined ? [] : updated(before, customer))
        })
    })
  })
)
