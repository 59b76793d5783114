/** An electronic invoice as UBL 2.1, by the syntax binding of EN 16931: Invoice or CreditNote. Pure. */
import { type CurrencyCode, exponentOf } from "../../core/index.js"
import type { EAllowance, EInvoice, ELine, EParty, EPeriod, EVatBreakdown, Vat } from "./model.js"
import { amountText } from "./text.js"
import { group, leaf, type Part, type Xml, xmlText } from "./xml.js"

const NAMESPACES = "urn:oasis:names:specification:ubl:schema:xsd"

type Amount = (name: string, cents: bigint) => Xml | null

const amounts =
  (currency: string): Amount =>
  (name, cents) =>
    leaf(name, amountText(cents, exponentOf(currency as CurrencyCode)), { currencyID: currency })

const scheme = (id: string): Xml | null => group("cac:TaxScheme", [leaf("cbc:ID", id)])

const taxCategory = (name: string, { category, rate }: Vat, reasons: ReadonlyArray<Part> = []): Xml | null =>
  group(name, [leaf("cbc:ID", category), leaf("cbc:Percent", rate), ...reasons, scheme("VAT")])

const party = ({ address, email, id, name, registration, tax_registration, trading_name, vat_id }: EParty): Part =>
  group("cac:Party", [
    leaf("cbc:EndpointID", email, { schemeID: "EM" }),
    group("cac:PartyIdentification", [leaf("cbc:ID", id)]),
    group("cac:PartyName", [leaf("cbc:Name", trading_name)]),
    group("cac:PostalAddress", [
      leaf("cbc:StreetName", address.line1),
      leaf("cbc:AdditionalStreetName", address.line2),
      leaf("cbc:CityName", address.city),
      leaf("cbc:PostalZone", address.zip_code),
      leaf("cbc:CountrySubentity", address.state),
      group("cac:Country", [leaf("cbc:IdentificationCode", address.country)])
    ]),
    vat_id === null ? null : group("cac:PartyTaxScheme", [leaf("cbc:CompanyID", vat_id), scheme("VAT")]),
    tax_registration === null ? null : group("cac:PartyTaxScheme", [leaf("cbc:CompanyID", tax_registration), scheme("TAX")]),
    group("cac:PartyLegalEntity", [leaf("cbc:RegistrationName", name), leaf("cbc:CompanyID", registration)])
  ])

const period = (days: EPeriod | null): Part =>
  days === null ? null : group("cac:InvoicePeriod", [leaf("cbc:StartDate", days.from), leaf("cbc:EndDate", days.to)])

const delivery = ({ delivery: to }: EInvoice): Part =>
  to === null
    ? null
    : group("cac:Delivery", [
        leaf("cbc:ActualDeliveryDate", to.on),
        group("cac:DeliveryLocation", [group("cac:Address", [group("cac:Country", [leaf("cbc:IdentificationCode", to.country)])])])
      ])

const allowance = ({ amount_cents, reason, reason_code, vat }: EAllowance, amount: Amount): Part =>
  group("cac:AllowanceCharge", [
    leaf("cbc:ChargeIndicator", "false"),
    leaf("cbc:AllowanceChargeReasonCode", reason_code),
    leaf("cbc:AllowanceChargeReason", reason),
    amount("cbc:Amount", amount_cents),
    taxCategory("cac:TaxCategory", vat)
  ])

const subtotal = (vat: EVatBreakdown, amount: Amount): Part =>
  group("cac:TaxSubtotal", [
    amount("cbc:TaxableAmount", vat.base_cents),
    amount("cbc:TaxAmount", vat.tax_cents),
    taxCategory("cac:TaxCategory", vat, [
      leaf("cbc:TaxExemptionReasonCode", vat.exemption_code),
      leaf("cbc:TaxExemptionReason", vat.exemption_reason)
    ])
  ])

const monetaryTotal = ({ allowances, totals }: EInvoice, amount: Amount): Part =>
  group("cac:LegalMonetaryTotal", [
    amount("cbc:LineExtensionAmount", totals.lines_cents),
    amount("cbc:TaxExclusiveAmount", totals.net_cents),
    amount("cbc:TaxInclusiveAmount", totals.gross_cents),
    allowances.length === 0 ? null : amount("cbc:AllowanceTotalAmount", totals.allowances_cents),
    totals.paid_cents === 0n ? null : amount("cbc:PrepaidAmount", totals.paid_cents),
    totals.rounding_cents === 0n ? null : amount("cbc:PayableRoundingAmount", totals.rounding_cents),
    amount("cbc:PayableAmount", totals.due_cents)
  ])

const line = (kind: EInvoice["kind"], { id, name, net_cents, period: days, price, quantity, vat }: ELine, currency: string): Part =>
  group(kind === "invoice" ? "cac:InvoiceLine" : "cac:CreditNoteLine", [
    leaf("cbc:ID", id),
    leaf(kind === "invoice" ? "cbc:InvoicedQuantity" : "cbc:CreditedQuantity", quantity, { unitCode: "C62" }),
    amounts(currency)("cbc:LineExtensionAmount", net_cents),
    period(days),
    group("cac:Item", [leaf("cbc:Name", name), taxCategory("cac:ClassifiedTaxCategory", vat)]),
    group("cac:Price", [leaf("cbc:PriceAmount", price, { currencyID: currency })])
  ])

/** A credit note of UBL 2.1 has no due date; its terms of payment are in words. */
export const ublText = (invoice: EInvoice): string => {
  const { buyer, currency, kind, preceding, seller } = invoice
  const amount = amounts(currency)
  const root = kind === "invoice" ? "Invoice" : "CreditNote"
  return xmlText(
    group(
      root,
      [
        leaf("cbc:CustomizationID", "urn:cen.eu:en16931:2017"),
        leaf("cbc:ID", invoice.number),
        leaf("cbc:IssueDate", invoice.issued_on),
        kind === "invoice" ? leaf("cbc:DueDate", invoice.due_on) : null,
        leaf(`cbc:${root}TypeCode`, kind === "invoice" ? "380" : "381"),
        leaf("cbc:Note", invoice.note),
        leaf("cbc:DocumentCurrencyCode", currency),
        leaf("cbc:BuyerReference", invoice.buyer_reference),
        period(invoice.period),
        preceding === null
          ? null
          : group("cac:BillingReference", [
              group("cac:InvoiceDocumentReference", [leaf("cbc:ID", preceding.number), leaf("cbc:IssueDate", preceding.issued_on)])
            ]),
        group("cac:AccountingSupplierParty", [party(seller)]),
        group("cac:AccountingCustomerParty", [party(buyer)]),
        delivery(invoice),
        group("cac:PaymentTerms", [leaf("cbc:Note", invoice.payment_terms)]),
        ...invoice.allowances.map((each) => allowance(each, amount)),
        group("cac:TaxTotal", [amount("cbc:TaxAmount", invoice.totals.tax_cents), ...invoice.vat.map((each) => subtotal(each, amount))]),
        monetaryTotal(invoice, amount),
        ...invoice.lines.map((each) => line(kind, each, currency))
      ],
      {
        xmlns: `${NAMESPACES}:${root}-2`,
        "xmlns:cac": `${NAMESPACES}:CommonAggregateComponents-2`,
        "xmlns:cbc": `${NAMESPACES}:CommonBasicComponents-2`
      }
    )!
  )
}
