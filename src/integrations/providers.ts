/** The systems that can be connected: of what kind each is, and which of its settings are no secret. */
import { Schema } from "effect"

export const IntegrationType = Schema.Literal("payment_provider", "accounting", "crm", "tax")
export type IntegrationType = typeof IntegrationType.Type

export const ProviderType = Schema.Literal("stripe", "gocardless", "adyen", "netsuite", "xero", "hubspot", "salesforce", "anrok", "avalara")
export type ProviderType = typeof ProviderType.Type

interface ProviderEntry {
  readonly type: IntegrationType
  /** Settings that are kept and read as they are; what is not named here counts as a credential. */
  readonly plain: ReadonlyArray<string>
}

/** What any provider may have. */
const COMMON = ["environment", "account_id", "company_code", "currency", "external_reference"]

const entry = (type: IntegrationType, ...plain: ReadonlyArray<string>): ProviderEntry => ({ type, plain: [...COMMON, ...plain] })

export const providerTable: Readonly<Record<ProviderType, ProviderEntry>> = {
  stripe: entry("payment_provider"),
  gocardless: entry("payment_provider"),
  adyen: entry("payment_provider", "merchant_account", "live_endpoint_url_prefix", "theme_id"),
  netsuite: entry("accounting", "client_id", "certificate_id", "subsidiary_id", "item_id", "account", "tax_item_id"),
  xero: entry("accounting", "client_id", "tenant_id", "account_code", "payment_account_code", "tax_type"),
  hubspot: entry("crm", "portal_id", "invoice_object", "payment_object", "subscription_object"),
  salesforce: entry("crm", "client_id", "my_domain", "external_id_field", "invoice_object", "payment_object", "subscription_object"),
  anrok: entry("tax", "product_ids", "default_product_id"),
  avalara: entry("tax", "username", "tax_codes", "default_tax_code", "ship_from")
}
