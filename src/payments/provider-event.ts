/** An event that a provider told of by webhook, as it is kept: what it came to, by the provider's own id. */
import { Schema } from "effect"
import { brandedId, Instant, OrganizationId } from "../core/index.js"
import { ProviderName } from "./payment.js"

const ProviderEventId = brandedId("ProviderEventId")

/** `unknown`: of no charge of ours; `unchanged`: it comes late, or says nothing new; `ignored`: nothing to book. */
const EventResult = Schema.Literal("booked", "unchanged", "unknown", "ignored")
export type EventResult = typeof EventResult.Type

export const KeptEvent = Schema.Struct({
  id: ProviderEventId,
  organization_id: OrganizationId,
  provider: ProviderName,
  provider_event_id: Schema.String,
  name: Schema.String,
  result: EventResult,
  created_at: Instant,
  updated_at: Instant
})
export type KeptEvent = typeof KeptEvent.Type

export const keptEventId = (id: string): KeptEvent["id"] => ProviderEventId.make(id)
