/** An integration, and the twins that an organization's rows have in its system. */
import { Schema } from "effect"
import { CustomerId } from "../accounts/index.js"
import { brandedId, Instant, JsonObject, OrganizationId, pageFields, Text } from "../core/index.js"
import { IntegrationType, ProviderType } from "./providers.js"

export const IntegrationId = brandedId("IntegrationId")
export type IntegrationId = typeof IntegrationId.Type

export const IntegrationStatus = Schema.Literal("active", "inactive", "error")
export type IntegrationStatus = typeof IntegrationStatus.Type

/** What the queue keeps in step. */
export const ResourceType = Schema.Literal("customer", "subscription", "invoice", "payment", "credit_note")
export type ResourceType = typeof ResourceType.Type

export const SyncAction = Schema.Literal("create", "update", "delete", "sync", "test", "webhook")
export type SyncAction = typeof SyncAction.Type

export const SyncStatus = Schema.Literal("started", "succeeded", "failed", "partial")
export type SyncStatus = typeof SyncStatus.Type

/** As it is read: `settings` show credentials as `••••` with their last 4 characters. */
export const Integration = Schema.Struct({
  id: IntegrationId,
  organization_id: OrganizationId,
  integration_type: IntegrationType,
  provider_type: ProviderType,
  status: IntegrationStatus,
  settings: JsonObject,
  last_sync_at: Schema.NullOr(Instant),
  /** What the last failure was, while `status` is error; else null. */
  error_details: Schema.NullOr(JsonObject),
  created_at: Instant,
  updated_at: Instant
})
export type Integration = typeof Integration.Type

/** A customer's twin, as somebody named it. */
export const IntegrationCustomer = Schema.Struct({
  id: Schema.String,
  organization_id: OrganizationId,
  integration_id: IntegrationId,
  customer_id: CustomerId,
  external_customer_id: Schema.String,
  settings: JsonObject,
  created_at: Instant,
  updated_at: Instant
})
export type IntegrationCustomer = typeof IntegrationCustomer.Type

/** A row's twin, as the last sync that succeeded left it. */
export const IntegrationMapping = Schema.Struct({
  id: Schema.String,
  organization_id: OrganizationId,
  integration_id: IntegrationId,
  mappable_type: Schema.String,
  mappable_id: Schema.String,
  external_id: Schema.String,
  external_data: JsonObject,
  last_synced_at: Schema.NullOr(Instant),
  created_at: Instant,
  updated_at: Instant
})
export type IntegrationMapping = typeof IntegrationMapping.Type

/** One call of the system, opened before it and closed with what it came to. */
export const IntegrationSync = Schema.Struct({
  id: Schema.String,
  organization_id: OrganizationId,
  integration_id: IntegrationId,
  resource_type: Schema.String,
  resource_id: Schema.String,
  external_id: Schema.NullOr(Schema.String),
  action: SyncAction,
  status: SyncStatus,
  error_message: Schema.NullOr(Schema.String),
  details: JsonObject,
  started_at: Instant,
  completed_at: Schema.NullOr(Instant),
  created_at: Instant,
  updated_at: Instant
})
export type IntegrationSync = typeof IntegrationSync.Type

/** What `Integrations.create` takes. */
export const CreateIntegration = Schema.Struct({
  integration_type: IntegrationType,
  provider_type: ProviderType,
  status: Schema.optionalWith(Schema.Literal("active", "inactive"), { default: () => "active" as const }),
  settings: Schema.optionalWith(JsonObject, { default: () => ({}) })
})
export type CreateIntegrationInput = typeof CreateIntegration.Encoded

/** What `Integrations.update` takes: settings are replaced as a whole; a credential whose mask is sent back stays. */
export const UpdateIntegration = Schema.Struct({
  status: Schema.optional(Schema.Literal("active", "inactive")),
  settings: Schema.optional(JsonObject)
})
export type UpdateIntegrationInput = typeof UpdateIntegration.Encoded

export const ListIntegrations = Schema.Struct({
  ...pageFields,
  integration_type: Schema.optional(IntegrationType),
  provider_type: Schema.optional(ProviderType),
  status: Schema.optional(IntegrationStatus)
})
export type ListIntegrationsInput = typeof ListIntegrations.Encoded

export const ListMappings = Schema.Struct({
  ...pageFields,
  mappable_type: Schema.optional(ResourceType),
  mappable_id: Schema.optional(Schema.String),
  external_id: Schema.optional(Schema.String)
})
export type ListMappingsInput = typeof ListMappings.Encoded

export const ListSyncHistory = Schema.Struct({
  ...pageFields,
  status: Schema.optional(SyncStatus),
  action: Schema.optional(SyncAction),
  resource_type: Schema.optional(Schema.Literal(...ResourceType.literals, "integration")),
  resource_id: Schema.optional(Schema.String)
})
export type ListSyncHistoryInput = typeof ListSyncHistory.Encoded

/** What `IntegrationLinks.create` takes. */
export const CreateLink = Schema.Struct({
  customer_id: Schema.String,
  external_customer_id: Text.name(255),
  settings: Schema.optionalWith(JsonObject, { default: () => ({}) })
})
export type CreateLinkInput = typeof CreateLink.Encoded

export const UpdateLink = Schema.Struct({
  external_customer_id: Schema.optional(Text.name(255)),
  settings: Schema.optional(JsonObject)
})
export type UpdateLinkInput = typeof UpdateLink.Encoded

export const ListLinks = Schema.Struct({
  ...pageFields,
  integration_id: Schema.optional(Schema.String),
  customer_id: Schema.optional(Schema.String)
})
export type ListLinksInput = typeof ListLinks.Encoded
