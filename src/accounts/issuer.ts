/** Who issues an invoice, and on which terms (billing.md 3, decision I8). */
import type { CurrencyCode, OrganizationId, RoundingMode, TimeZone } from "../core/index.js"
import type { BillingEntity, BillingEntityId } from "./billing-entity.js"
import type { Customer } from "./customer.js"
import type { Organization } from "./organization.js"

/** What stands on documents, and what decides on their dates and rounding. */
export interface IssuerTerms {
  readonly name: string
  readonly legal_name: string | null
  readonly address_line1: string | null
  readonly address_line2: string | null
  readonly city: string | null
  readonly state: string | null
  readonly country: string | null
  readonly zip_code: string | null
  readonly tax_id: string | null
  readonly email: string | null
  readonly currency: CurrencyCode
  readonly timezone: TimeZone
  readonly document_locale: string
  readonly invoice_footer: string | null
  /** Days, for customers without a term of their own. */
  readonly invoice_grace_period: number
  readonly net_payment_term: number
  readonly rounding_mode: RoundingMode
}

/**
 * Numbers: a billing entity's are prefix and one counter (`ACME-0042`); an organization that issues by itself has a counter
 * a day in its zone (`INV-20250214-0001`).
 */
export type Issuer =
  | (IssuerTerms & { readonly kind: "billing_entity"; readonly id: BillingEntityId; readonly invoice_prefix: string })
  | (IssuerTerms & { readonly kind: "organization"; readonly id: OrganizationId })

/** All issuers of an organization, as `BillingEntities.issuers` loads them. */
export interface Issuers {
  readonly organization: Organization
  readonly billing_entities: ReadonlyArray<BillingEntity>
}

/** The entity that each level names; null or absent where it names none. */
export interface NamedIssuer {
  readonly invoice?: string | null | undefined
  readonly subscription?: string | null | undefined
  readonly customer?: string | null | undefined
}

const issuedByEntity = (entity: BillingEntity): Issuer => ({
  kind: "billing_entity",
  id: entity.id,
  invoice_prefix: entity.invoice_prefix,
  name: entity.name,
  legal_name: entity.legal_name,
  address_line1: entity.address_line1,
  address_line2: entity.address_line2,
  city: entity.city,
  state: entity.state,
  country: entity.country,
  zip_code: entity.zip_code,
  tax_id: entity.tax_id,
  email: entity.email,
  currency: entity.currency,
  timezone: entity.timezone,
  document_locale: entity.document_locale,
  invoice_footer: entity.invoice_footer,
  invoice_grace_period: entity.invoice_grace_period,
  net_payment_term: entity.net_payment_term,
  rounding_mode: entity.rounding_mode
})

/** An organization without billing entity: no address or footer, grace period 0, payment term 30 days. */
const issuedByItself = (organization: Organization): Issuer => ({
  kind: "organization",
  id: organization.id,
  name: organization.name,
  legal_name: null,
  address_line1: null,
  address_line2: null,
  city: null,
  state: null,
  country: null,
  zip_code: null,
  tax_id: null,
  email: null,
  currency: organization.default_currency,
  timezone: organization.timezone,
  document_locale: "en",
  invoice_footer: null,
  invoice_grace_period: 0,
  net_payment_term: 30,
  rounding_mode: "half_away"
})

/** The issuer of an invoice: named on the invoice → the subscription's → the customer's → the default → the organization. */
export const issuerOf = ({ billing_entities, organization }: Issuers, named: NamedIssuer = {}): Issuer => {
  const id = named.invoice ?? named.subscription ?? named.customer
  const entity = billing_entities.find((one) => (id == null ? one.is_default : one.id === id))
  return entity === undefined ? issuedByItself(organization) : issuedByEntity(entity)
}

/** Days of grace and of payment: the customer's own, else the issuer's. @see decisions I8 */
export const termsOf = (
  customer: Pick<Customer, "invoice_grace_period" | "net_payment_term">,
  issuer: IssuerTerms
): { readonly invoice_grace_period: number; readonly net_payment_term: number } => ({
  invoice_grace_period: customer.invoice_grace_period ?? issuer.invoice_grace_period,
  net_payment_term: customer.net_payment_term ?? issuer.net_payment_term
})
