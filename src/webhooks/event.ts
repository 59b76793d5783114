/** Something that happened, as it is told; and the text that says so, made once and sent as it is on every try. Pure. */
import { DateTime } from "effect"
import type { OrganizationId } from "../core/index.js"
import { catalogue, type WebhookBody, type WebhookKeys, type WebhookType } from "./catalogue.js"

/** An event of a type, with the keys of the catalogue. */
export type WebhookEvent<T extends WebhookType = WebhookType> = {
  readonly [K in T]: {
    readonly type: K
    readonly organization_id: OrganizationId
    readonly object_id: string
    readonly data: WebhookKeys<K>
  }
}[T]

/** A change that the catalogue has no event for: only who follows rows hears of it. */
interface QuietChange {
  readonly type: "customer.deleted" | "subscription.updated"
  readonly organization_id: OrganizationId
  readonly object_id: string
}

export type Happening = WebhookEvent | QuietChange

/** Whether endpoints are told of it. */
export const isTold = (happening: Happening): happening is WebhookEvent => happening.type in catalogue

/** An instant as payloads have it. */
export const moment = (at: DateTime.Utc): string => DateTime.formatIso(at)

export const momentOrNull = (at: DateTime.Utc | null): string | null => (at === null ? null : moment(at))

/** The body of one webhook of an event. */
export const bodyOf = (event: WebhookEvent, id: string, at: DateTime.Utc): string => {
  const { data, object_id, organization_id, type } = event
  const { object_type } = catalogue[type]
  const body = {
    id,
    type,
    timestamp: moment(at),
    organization_id,
    object_type,
    object_id,
    data: { [`${object_type}_id`]: object_id, ...data }
  }
  return JSON.stringify(body as unknown as WebhookBody)
}
