/**
 * What a member needs for a call: what is not named here is everyday work, reading included.
 *
 * @see billing 2
 */
import type { Right } from "../accounts/index.js"

export const administration: ReadonlySet<string> = new Set([
  "AddOns.create",
  "AddOns.delete",
  "AddOns.update",
  "ApiKeys.create",
  "ApiKeys.revoke",
  "ApiKeys.rotate",
  "BillingEntities.create",
  "BillingEntities.delete",
  "BillingEntities.setDefault",
  "BillingEntities.update",
  "Coupons.create",
  "Coupons.delete",
  "Coupons.duplicate",
  "Coupons.terminate",
  "Coupons.update",
  "DataExports.create",
  "DataExports.download",
  "DunningCampaigns.create",
  "DunningCampaigns.delete",
  "DunningCampaigns.update",
  "Entitlements.copy",
  "Entitlements.create",
  "Entitlements.delete",
  "Entitlements.update",
  "Features.create",
  "Features.delete",
  "Features.update",
  "IntegrationLinks.create",
  "IntegrationLinks.delete",
  "IntegrationLinks.update",
  "Integrations.create",
  "Integrations.delete",
  "Integrations.resealCredentials",
  "Integrations.sync",
  "Integrations.test",
  "Integrations.update",
  "Members.add",
  "Members.remove",
  "Members.update",
  "Metrics.addFilter",
  "Metrics.create",
  "Metrics.delete",
  "Metrics.removeFilter",
  "Metrics.update",
  "Metrics.updateFilter",
  "Plans.create",
  "Plans.delete",
  "Plans.migrate",
  "Plans.update",
  "Taxes.apply",
  "Taxes.create",
  "Taxes.delete",
  "Taxes.remove",
  "Taxes.update",
  "UsageThresholds.create",
  "UsageThresholds.delete",
  "WebhookEndpoints.create",
  "WebhookEndpoints.delete",
  "WebhookEndpoints.resealKeys",
  "WebhookEndpoints.update",
  "Webhooks.retry"
])

/** Of owners, what concerns other owners included: the service of members asks for that. */
export const ownership: ReadonlySet<string> = new Set([
  "Organizations.update",
  "WebhookEndpoints.rotateEd25519Key",
  "WebhookEndpoints.rotateHmacKey"
])

/** By `Service.method`. */
export const rightFor = (operation: string): Right =>
  ownership.has(operation) ? "ownership" : administration.has(operation) ? "administration" : "everyday"
