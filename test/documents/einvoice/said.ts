/** What an electronic invoice says, term by term, read from either syntax: the oracle judges this, not our model. */
import { all, type Tree, textAt, treeOf } from "./xml-tree.js"

type Text = string | null

interface SaidParty {
  name: Text
  id: Text
  registration: Text
  vat_id: Text
  tax_registration: Text
  email: Text
  email_scheme: Text
  has_address: boolean
  country: Text
}

interface SaidPeriod {
  from: Text
  to: Text
}

export interface SaidVat {
  category: Text
  rate: Text
}

export interface Said {
  profile: Text
  number: Text
  issued_on: Text
  type_code: Text
  currency: Text
  /** Of its amounts, each once. */
  currencies: ReadonlyArray<string>
  due_on: Text
  payment_terms: Text
  note: Text
  seller: SaidParty
  buyer: SaidParty
  preceding: { number: Text } | null
  delivered_on: Text
  deliver_to: { country: Text } | null
  period: SaidPeriod | null
  allowances: Array<SaidVat & { charge: boolean; amount: Text; reason: Text; reason_code: Text }>
  vat: Array<SaidVat & { base: Text; tax: Text; reason: Text; code: Text }>
  totals: Record<"lines" | "allowances" | "charges" | "net" | "tax" | "gross" | "paid" | "rounding" | "due", Text>
  lines: Array<SaidVat & { id: Text; quantity: Text; unit: Text; net: Text; name: Text; price: Text; period: SaidPeriod | null }>
}

const currenciesOf = (tree: Tree): ReadonlyArray<string> => [
  ...new Set([...("currencyID" in tree.attributes ? [tree.attributes.currencyID!] : []), ...tree.children.flatMap(currenciesOf)])
]

const ublParty = (party: Tree | undefined): SaidParty => {
  const schemes = party === undefined ? [] : all(party, "cac:PartyTaxScheme")
  const idUnder = (vat: boolean) =>
    textAt(
      schemes.find((scheme) => (textAt(scheme, "cac:TaxScheme", "cbc:ID") === "VAT") === vat),
      "cbc:CompanyID"
    )
  const endpoint = party && all(party, "cbc:EndpointID")[0]
  return {
    name: textAt(party, "cac:PartyLegalEntity", "cbc:RegistrationName"),
    id: textAt(party, "cac:PartyIdentification", "cbc:ID"),
    registration: textAt(party, "cac:PartyLegalEntity", "cbc:CompanyID"),
    vat_id: idUnder(true),
    tax_registration: idUnder(false),
    email: endpoint?.text ?? null,
    email_scheme: endpoint?.attributes.schemeID ?? null,
    has_address: party !== undefined && all(party, "cac:PostalAddress").length === 1,
    country: textAt(party, "cac:PostalAddress", "cac:Country", "cbc:IdentificationCode")
  }
}

const ublPeriod = (tree: Tree): SaidPeriod | null => {
  const [period] = all(tree, "cac:InvoicePeriod")
  return period === undefined ? null : { from: textAt(period, "cbc:StartDate"), to: textAt(period, "cbc:EndDate") }
}

const ublVat = (tree: Tree, name: string): SaidVat => ({
  category: textAt(tree, name, "cbc:ID"),
  rate: textAt(tree, name, "cbc:Percent")
})

export const readUbl = (xml: string): Said => {
  const root = treeOf(xml)
  const kind = root.name
  const amount = (name: string) => textAt(root, "cac:LegalMonetaryTotal", `cbc:${name}`)
  const [delivery] = all(root, "cac:Delivery")
  const [preceding] = all(root, "cac:BillingReference")
  return {
    profile: textAt(root, "cbc:CustomizationID"),
    number: textAt(root, "cbc:ID"),
    issued_on: textAt(root, "cbc:IssueDate"),
    type_code: textAt(root, `cbc:${kind}TypeCode`),
    currency: textAt(root, "cbc:DocumentCurrencyCode"),
    currencies: currenciesOf(root),
    due_on: textAt(root, "cbc:DueDate"),
    payment_terms: textAt(root, "cac:PaymentTerms", "cbc:Note"),
    note: textAt(root, "cbc:Note"),
    seller: ublParty(all(root, "cac:AccountingSupplierParty", "cac:Party")[0]),
    buyer: ublParty(all(root, "cac:AccountingCustomerParty", "cac:Party")[0]),
    preceding: preceding === undefined ? null : { number: textAt(preceding, "cac:InvoiceDocumentReference", "cbc:ID") },
    delivered_on: textAt(delivery, "cbc:ActualDeliveryDate"),
    deliver_to:
      delivery === undefined
        ? null
        : { country: textAt(delivery, "cac:DeliveryLocation", "cac:Address", "cac:Country", "cbc:IdentificationCode") },
    period: ublPeriod(root),
    allowances: all(root, "cac:AllowanceCharge").map((each) => ({
      charge: textAt(each, "cbc:ChargeIndicator") === "true",
      amount: textAt(each, "cbc:Amount"),
      reason: textAt(each, "cbc:AllowanceChargeReason"),
      reason_code: textAt(each, "cbc:AllowanceChargeReasonCode"),
      ...ublVat(each, "cac:TaxCategory")
    })),
    vat: all(root, "cac:TaxTotal", "cac:TaxSubtotal").map((each) => ({
      base: textAt(each, "cbc:TaxableAmount"),
      tax: textAt(each, "cbc:TaxAmount"),
      reason: textAt(each, "cac:TaxCategory", "cbc:TaxExemptionReason"),
      code: textAt(each, "cac:TaxCategory", "cbc:TaxExemptionReasonCode"),
      ...ublVat(each, "cac:TaxCategory")
    })),
    totals: {
      lines: amount("LineExtensionAmount"),
      allowances: amount("AllowanceTotalAmount"),
      charges: amount("ChargeTotalAmount"),
      net: amount("TaxExclusiveAmount"),
      tax: textAt(root, "cac:TaxTotal", "cbc:TaxAmount"),
      gross: amount("TaxInclusiveAmount"),
      paid: amount("PrepaidAmount"),
      rounding: amount("PayableRoundingAmount"),
      due: amount("PayableAmount")
    },
    lines: all(root, `cac:${kind}Line`).map((each) => {
      const [quantity] = all(each, kind === "Invoice" ? "cbc:InvoicedQuantity" : "cbc:CreditedQuantity")
      return {
        id: textAt(each, "cbc:ID"),
        quantity: quantity?.text ?? null,
        unit: quantity?.attributes.unitCode ?? null,
        net: textAt(each, "cbc:LineExtensionAmount"),
        name: textAt(each, "cac:Item", "cbc:Name"),
        price: textAt(each, "cac:Price", "cbc:PriceAmount"),
        period: ublPeriod(each),
        ...ublVat(all(each, "cac:Item")[0]!, "cac:ClassifiedTaxCategory")
      }
    })
  }
}

const ciiDate = (tree: Tree | undefined, ...path: ReadonlyArray<string>): Text =>
  textAt(tree, ...path, "udt:DateTimeString")?.replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3") ?? null

const ciiParty = (party: Tree | undefined): SaidParty => {
  const registrations = party === undefined ? [] : all(party, "ram:SpecifiedTaxRegistration", "ram:ID")
  const idUnder = (schemeID: string) => registrations.find(({ attributes }) => attributes.schemeID === schemeID)?.text ?? null
  const [email] = party === undefined ? [] : all(party, "ram:URIUniversalCommunication", "ram:URIID")
  return {
    name: textAt(party, "ram:Name"),
    id: textAt(party, "ram:ID"),
    registration: textAt(party, "ram:SpecifiedLegalOrganization", "ram:ID"),
    vat_id: idUnder("VA"),
    tax_registration: idUnder("FC"),
    email: email?.text ?? null,
    email_scheme: email?.attributes.schemeID ?? null,
    has_address: party !== undefined && all(party, "ram:PostalTradeAddress").length === 1,
    country: textAt(party, "ram:PostalTradeAddress", "ram:CountryID")
  }
}

const ciiPeriod = (tree: Tree): SaidPeriod | null => {
  const [period] = all(tree, "ram:BillingSpecifiedPeriod")
  return period === undefined ? null : { from: ciiDate(period, "ram:StartDateTime"), to: ciiDate(period, "ram:EndDateTime") }
}

const ciiVat = (tree: Tree, ...path: ReadonlyArray<string>): SaidVat => ({
  category: textAt(tree, ...path, "ram:CategoryCode"),
  rate: textAt(tree, ...path, "ram:RateApplicablePercent")
})

export const readCii = (xml: string): Said => {
  const root = treeOf(xml)
  const [document] = all(root, "rsm:ExchangedDocument")
  const [trade] = all(root, "rsm:SupplyChainTradeTransaction")
  const [agreement] = all(trade!, "ram:ApplicableHeaderTradeAgreement")
  const [delivery] = all(trade!, "ram:ApplicableHeaderTradeDelivery")
  const settlement = all(trade!, "ram:ApplicableHeaderTradeSettlement")[0]!
  const amount = (name: string) => textAt(settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation", `ram:${name}`)
  const [shipTo] = all(delivery!, "ram:ShipToTradeParty")
  const [preceding] = all(settlement, "ram:InvoiceReferencedDocument")
  return {
    profile: textAt(root, "rsm:ExchangedDocumentContext", "ram:GuidelineSpecifiedDocumentContextParameter", "ram:ID"),
    number: textAt(document, "ram:ID"),
    issued_on: ciiDate(document, "ram:IssueDateTime"),
    type_code: textAt(document, "ram:TypeCode"),
    currency: textAt(settlement, "ram:InvoiceCurrencyCode"),
    currencies: currenciesOf(root),
    due_on: ciiDate(settlement, "ram:SpecifiedTradePaymentTerms", "ram:DueDateDateTime"),
    payment_terms: textAt(settlement, "ram:SpecifiedTradePaymentTerms", "ram:Description"),
    note: textAt(document, "ram:IncludedNote", "ram:Content"),
    seller: ciiParty(all(agreement!, "ram:SellerTradeParty")[0]),
    buyer: ciiParty(all(agreement!, "ram:BuyerTradeParty")[0]),
    preceding: preceding === undefined ? null : { number: textAt(preceding, "ram:IssuerAssignedID") },
    delivered_on: ciiDate(delivery, "ram:ActualDeliverySupplyChainEvent", "ram:OccurrenceDateTime"),
    deliver_to: shipTo === undefined ? null : { country: textAt(shipTo, "ram:PostalTradeAddress", "ram:CountryID") },
    period: ciiPeriod(settlement),
    allowances: all(settlement, "ram:SpecifiedTradeAllowanceCharge").map((each) => ({
      charge: textAt(each, "ram:ChargeIndicator", "udt:Indicator") === "true",
      amount: textAt(each, "ram:ActualAmount"),
      reason: textAt(each, "ram:Reason"),
      reason_code: textAt(each, "ram:ReasonCode"),
      ...ciiVat(each, "ram:CategoryTradeTax")
    })),
    vat: all(settlement, "ram:ApplicableTradeTax").map((each) => ({
      base: textAt(each, "ram:BasisAmount"),
      tax: textAt(each, "ram:CalculatedAmount"),
      reason: textAt(each, "ram:ExemptionReason"),
      code: textAt(each, "ram:ExemptionReasonCode"),
      ...ciiVat(each)
    })),
    totals: {
      lines: amount("LineTotalAmount"),
      allowances: amount("AllowanceTotalAmount"),
      charges: amount("ChargeTotalAmount"),
      net: amount("TaxBasisTotalAmount"),
      tax: amount("TaxTotalAmount"),
      gross: amount("GrandTotalAmount"),
      paid: amount("TotalPrepaidAmount"),
      rounding: amount("RoundingAmount"),
      due: amount("DuePayableAmount")
    },
    lines: all(trade!, "ram:IncludedSupplyChainTradeLineItem").map((each) => {
      const [quantity] = all(each, "ram:SpecifiedLineTradeDelivery", "ram:BilledQuantity")
      const [settled] = all(each, "ram:SpecifiedLineTradeSettlement")
      return {
        id: textAt(each, "ram:AssociatedDocumentLineDocument", "ram:LineID"),
        quantity: quantity?.text ?? null,
        unit: quantity?.attributes.unitCode ?? null,
        net: textAt(settled, "ram:SpecifiedTradeSettlementLineMonetarySummation", "ram:LineTotalAmount"),
        name: textAt(each, "ram:SpecifiedTradeProduct", "ram:Name"),
        price: textAt(each, "ram:SpecifiedLineTradeAgreement", "ram:NetPriceProductTradePrice", "ram:ChargeAmount"),
        period: ciiPeriod(settled!),
        ...ciiVat(settled!, "ram:ApplicableTradeTax")
      }
    })
  }
}
