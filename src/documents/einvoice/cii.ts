/** An electronic invoice as Cross Industry Invoice D16B, as Factur-X embeds it in its profile EN 16931. Pure. */
import { type CurrencyCode, exponentOf } from "../../core/index.js"
import type { EAllowance, EInvoice, ELine, EParty, EPeriod, EVatBreakdown, Vat } from "./model.js"
import { amountText } from "./text.js"
import { group, leaf, type Part, type Xml, xmlText } from "./xml.js"

const NAMESPACES = "urn:un:unece:uncefact:data:standard"

type Amount = (name: string, cents: bigint, attributes?: Readonly<Record<string, string>>) => Xml | null

const amounts =
  (currency: string): Amount =>
  (name, cents, attributes = {}) =>
    leaf(name, amountText(cents, exponentOf(currency as CurrencyCode)), attributes)

/** Format 102 is CCYYMMDD. */
const dateText = (name: string, date: string): Part => leaf(name, date.replaceAll("-", ""), { format: "102" })
const date = (name: string, on: string | null): Part => (on === null ? null : group(name, [dateText("udt:DateTimeString", on)]))

const period = (days: EPeriod | null): Part =>
  days === null ? null : group("ram:BillingSpecifiedPeriod", [date("ram:StartDateTime", days.from), date("ram:EndDateTime", days.to)])

const party = (name: string, { address, email, id, name: said, registration, tax_registration, trading_name, vat_id }: EParty): Part =>
  group(name, [
    leaf("ram:ID", id),
    leaf("ram:Name", said),
    group("ram:SpecifiedLegalOrganization", [leaf("ram:ID", registration), leaf("ram:TradingBusinessName", trading_name)]),
    group("ram:PostalTradeAddress", [
      leaf("ram:PostcodeCode", address.zip_code),
      leaf("ram:LineOne", address.line1),
      leaf("ram:LineTwo", address.line2),
      leaf("ram:CityName", address.city),
      leaf("ram:CountryID", address.country),
      leaf("ram:CountrySubDivisionName", address.state)
    ]),
    group("ram:URIUniversalCommunication", [leaf("ram:URIID", email, { schemeID: "EM" })]),
    group("ram:SpecifiedTaxRegistration", [
      vat_id === null ? leaf("ram:ID", tax_registration, { schemeID: "FC" }) : leaf("ram:ID", vat_id, { schemeID: "VA" })
    ])
  ])

const tax = (name: string, { category, rate }: Vat): Part =>
  group(name, [leaf("ram:TypeCode", "VAT"), leaf("ram:CategoryCode", category), leaf("ram:RateApplicablePercent", rate)])

const breakdown = (vat: EVatBreakdown, amount: Amount): Part =>
  group("ram:ApplicableTradeTax", [
    amount("ram:CalculatedAmount", vat.tax_cents),
    leaf("ram:TypeCode", "VAT"),
    leaf("ram:ExemptionReason", vat.exemption_reason),
    amount("ram:BasisAmount", vat.base_cents),
    leaf("ram:CategoryCode", vat.category),
    leaf("ram:ExemptionReasonCode", vat.exemption_code),
    leaf("ram:RateApplicablePercent", vat.rate)
  ])

const allowance = ({ amount_cents, reason, reason_code, vat }: EAllowance, amount: Amount): Part =>
  group("ram:SpecifiedTradeAllowanceCharge", [
    group("ram:ChargeIndicator", [leaf("udt:Indicator", "false")]),
    amount("ram:ActualAmount", amount_cents),
    leaf("ram:ReasonCode", reason_code),
    leaf("ram:Reason", reason),
    tax("ram:CategoryTradeTax", vat)
  ])

const line = ({ id, name, net_cents, period: days, price, quantity, vat }: ELine, amount: Amount): Part =>
  group("ram:IncludedSupplyChainTradeLineItem", [
    group("ram:AssociatedDocumentLineDocument", [leaf("ram:LineID", id)]),
    group("ram:SpecifiedTradeProduct", [leaf("ram:Name", name)]),
    group("ram:SpecifiedLineTradeAgreement", [group("ram:NetPriceProductTradePrice", [leaf("ram:ChargeAmount", price)])]),
    group("ram:SpecifiedLineTradeDelivery", [leaf("ram:BilledQuantity", quantity, { unitCode: "C62" })]),
    group("ram:SpecifiedLineTradeSettlement", [
      tax("ram:ApplicableTradeTax", vat),
      period(days),
      group("ram:SpecifiedTradeSettlementLineMonetarySummation", [amount("ram:LineTotalAmount", net_cents)])
    ])
  ])

/** Deliveries are always there, if empty. */
const delivery = ({ delivery: to }: EInvoice): Xml => ({
  name: "ram:ApplicableHeaderTradeDelivery",
  attributes: {},
  content:
    to === null
      ? ""
      : [
          group("ram:ShipToTradeParty", [group("ram:PostalTradeAddress", [leaf("ram:CountryID", to.country)])])!,
          ...(to.on === null ? [] : [group("ram:ActualDeliverySupplyChainEvent", [date("ram:OccurrenceDateTime", to.on)])!])
        ]
})

const summation = ({ allowances, currency, totals }: EInvoice, amount: Amount): Part =>
  group("ram:SpecifiedTradeSettlementHeaderMonetarySummation", [
    amount("ram:LineTotalAmount", totals.lines_cents),
    allowances.length === 0 ? null : amount("ram:AllowanceTotalAmount", totals.allowances_cents),
    amount("ram:TaxBasisTotalAmount", totals.net_cents),
    amount("ram:TaxTotalAmount", totals.tax_cents, { currencyID: currency }),
    totals.rounding_cents === 0n ? null : amount("ram:RoundingAmount", totals.rounding_cents),
    amount("ram:GrandTotalAmount", totals.gross_cents),
    totals.paid_cents === 0n ? null : amount("ram:TotalPrepaidAmount", totals.paid_cents),
    amount("ram:DuePayableAmount", totals.due_cents)
  ])

const reference = ({ preceding }: EInvoice): Part =>
  preceding === null
    ? null
    : group("ram:InvoiceReferencedDocument", [
        leaf("ram:IssuerAssignedID", preceding.number),
        preceding.issued_on === null ? null : group("ram:FormattedIssueDateTime", [dateText("qdt:DateTimeString", preceding.issued_on)])
      ])

const settlement = (invoice: EInvoice, amount: Amount): Part =>
  group("ram:ApplicableHeaderTradeSettlement", [
    leaf("ram:InvoiceCurrencyCode", invoice.currency),
    ...invoice.vat.map((vat) => breakdown(vat, amount)),
    period(invoice.period),
    ...invoice.allowances.map((each) => allowance(each, amount)),
    group("ram:SpecifiedTradePaymentTerms", [leaf("ram:Description", invoice.payment_terms), date("ram:DueDateDateTime", invoice.due_on)]),
    summation(invoice, amount),
    reference(invoice)
  ])

export const ciiText = (invoice: EInvoice): string => {
  const amount = amounts(invoice.currency)
  return xmlText(
    group(
      "rsm:CrossIndustryInvoice",
      [
        group("rsm:ExchangedDocumentContext", [
          group("ram:GuidelineSpecifiedDocumentContextParameter", [leaf("ram:ID", "urn:cen.eu:en16931:2017")])
        ]),
        group("rsm:ExchangedDocument", [
          leaf("ram:ID", invoice.number),
          leaf("ram:TypeCode", invoice.kind === "invoice" ? "380" : "381"),
          date("ram:IssueDateTime", invoice.issued_on),
          group("ram:IncludedNote", [leaf("ram:Content", invoice.note)])
        ]),
        group("rsm:SupplyChainTradeTransaction", [
          ...invoice.lines.map((each) => line(each, amount)),
          group("ram:ApplicableHeaderTradeAgreement", [
            leaf("ram:BuyerReference", invoice.buyer_reference),
            party("ram:SellerTradeParty", invoice.seller),
            party("ram:BuyerTradeParty", invoice.buyer)
          ]),
          delivery(invoice),
          settlement(invoice, amount)
        ])
      ],
      {
        "xmlns:rsm": `${NAMESPACES}:CrossIndustryInvoice:100`,
        "xmlns:ram": `${NAMESPACES}:ReusableAggregateBusinessInformationEntity:100`,
        "xmlns:udt": `${NAMESPACES}:UnqualifiedDataType:100`,
        "xmlns:qdt": `${NAMESPACES}:QualifiedDataType:100`
      }
    )!
  )
}
