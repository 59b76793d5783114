import { DateTime } from "effect"
import { describe, expect, it } from "vitest"
import { type BillingEntity, BillingEntityId, issuerOf, type Organization, termsOf } from "../../src/accounts/index.js"
import { CurrencyCode, OrganizationId, TimeZone } from "../../src/core/index.js"

const now = DateTime.unsafeMake(0)
const organization: Organization = {
  id: OrganizationId.make("00000000-0000-7000-8000-000000000001"),
  name: "Acme",
  default_currency: CurrencyCode.make("EUR"),
  timezone: TimeZone.make("Europe/Paris"),
  logo_url: null,
  portal_accent_color: null,
  portal_welcome_message: null,
  created_at: now,
  updated_at: now
}

const entity = (n: number, is_default = false): BillingEntity => ({
  id: BillingEntityId.make(`00000000-0000-7000-8000-00000000001${n}`),
  organization_id: organization.id,
  code: `e${n}`,
  name: `Entity ${n}`,
  legal_name: null,
  address_line1: null,
  address_line2: null,
  city: null,
  state: null,
  country: null,
  zip_code: null,
  tax_id: null,
  email: null,
  currency: CurrencyCode.make("NOK"),
  timezone: TimeZone.make("Europe/Oslo"),
  document_locale: "nb",
  invoice_prefix: `E${n}`,
  next_invoice_number: 1n,
  invoice_grace_period: n,
  net_payment_term: 10 * n,
  invoice_footer: null,
  rounding_mode: "half_even",
  is_default,
  created_at: now,
  updated_at: now
})

describe("the issuer of an invoice", () => {
  const [one, two, three, four] = [entity(1), entity(2), entity(3), entity(4, true)]
  const issuers = { organization, billing_entities: [one, two, three, four] }

  it("is the one named on the invoice, else the subscription's, the customer's, the default", () => {
    expect(issuerOf(issuers, { invoice: one.id, subscription: two.id, customer: three.id }).id).toBe(one.id)
    expect(issuerOf(issuers, { invoice: null, subscription: two.id, customer: three.id }).id).toBe(two.id)
    expect(issuerOf(issuers, { subscription: null, customer: three.id }).id).toBe(three.id)
    expect(issuerOf(issuers).id).toBe(four.id)
  })

  it("is the organization itself where it has no entity: its name, currency and zone, grace 0, term 30", () => {
    expect(issuerOf({ organization, billing_entities: [] })).toMatchObject({
      kind: "organization",
      id: organization.id,
      name: "Acme",
      currency: "EUR",
      timezone: "Europe/Paris",
      legal_name: null,
      invoice_footer: null,
      invoice_grace_period: 0,
      net_payment_term: 30,
      rounding_mode: "half_away"
    })
  })

  it("gives its terms where the customer has none; 0 is a term", () => {
    const issuer = issuerOf(issuers, { customer: two.id })
    expect(termsOf({ invoice_grace_period: null, net_payment_term: null }, issuer)).toEqual({
      invoice_grace_period: 2,
      net_payment_term: 20
    })
    expect(termsOf({ invoice_grace_period: 0, net_payment_term: 0 }, issuer)).toEqual({ invoice_grace_period: 0, net_payment_term: 0 })
  })
})
