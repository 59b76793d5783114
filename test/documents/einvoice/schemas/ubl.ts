/** The part of UBL 2.1 that we write: the children of each element in their order; `?` none or one, `*` any, `+` at least one. */
import type { Tree } from "../xml-tree.js"

const party = "cac:Party"
const amounts = [
  "LineExtensionAmount",
  "TaxExclusiveAmount",
  "TaxInclusiveAmount",
  "AllowanceTotalAmount?",
  "ChargeTotalAmount?",
  "PrepaidAmount?",
  "PayableRoundingAmount?",
  "PayableAmount"
]
const parties = "cac:AccountingSupplierParty cac:AccountingCustomerParty"
const line = "cbc:LineExtensionAmount cac:InvoicePeriod? cac:Item cac:Price"
const sums = "cac:AllowanceCharge* cac:TaxTotal cac:LegalMonetaryTotal"

const GRAMMAR: Readonly<Record<string, string>> = {
  Invoice: `cbc:CustomizationID cbc:ID cbc:IssueDate cbc:DueDate? cbc:InvoiceTypeCode cbc:Note* cbc:DocumentCurrencyCode cbc:BuyerReference?
    cac:InvoicePeriod* cac:BillingReference* ${parties} cac:Delivery* cac:PaymentTerms* ${sums} cac:InvoiceLine+`,
  CreditNote: `cbc:CustomizationID cbc:ID cbc:IssueDate cbc:CreditNoteTypeCode cbc:Note* cbc:DocumentCurrencyCode cbc:BuyerReference?
    cac:InvoicePeriod* cac:BillingReference* ${parties} cac:Delivery* cac:PaymentTerms* ${sums} cac:CreditNoteLine+`,
  "cac:InvoicePeriod": "cbc:StartDate? cbc:EndDate?",
  "cac:BillingReference": "cac:InvoiceDocumentReference?",
  "cac:InvoiceDocumentReference": "cbc:ID cbc:IssueDate?",
  "cac:AccountingSupplierParty": party,
  "cac:AccountingCustomerParty": party,
  "cac:Party":
    "cbc:EndpointID? cac:PartyIdentification* cac:PartyName* cac:PostalAddress? cac:PartyTaxScheme* cac:PartyLegalEntity* cac:Contact?",
  "cac:PartyIdentification": "cbc:ID",
  "cac:PartyName": "cbc:Name",
  "cac:PostalAddress":
    "cbc:StreetName? cbc:AdditionalStreetName? cbc:CityName? cbc:PostalZone? cbc:CountrySubentity? cac:AddressLine* cac:Country?",
  "cac:Address": "cac:Country?",
  "cac:Country": "cbc:IdentificationCode?",
  "cac:PartyTaxScheme": "cbc:CompanyID? cac:TaxScheme",
  "cac:PartyLegalEntity": "cbc:RegistrationName? cbc:CompanyID?",
  "cac:TaxScheme": "cbc:ID?",
  "cac:Delivery": "cbc:ActualDeliveryDate? cac:DeliveryLocation?",
  "cac:DeliveryLocation": "cac:Address?",
  "cac:PaymentTerms": "cbc:Note*",
  "cac:AllowanceCharge":
    "cbc:ChargeIndicator cbc:AllowanceChargeReasonCode? cbc:AllowanceChargeReason* cbc:Amount cbc:BaseAmount? cac:TaxCategory*",
  "cac:TaxCategory": "cbc:ID? cbc:Percent? cbc:TaxExemptionReasonCode? cbc:TaxExemptionReason* cac:TaxScheme",
  "cac:ClassifiedTaxCategory": "cbc:ID? cbc:Percent? cac:TaxScheme",
  "cac:TaxTotal": "cbc:TaxAmount cac:TaxSubtotal*",
  "cac:TaxSubtotal": "cbc:TaxableAmount? cbc:TaxAmount cac:TaxCategory",
  "cac:LegalMonetaryTotal": amounts.map((name) => `cbc:${name}`).join(" "),
  "cac:InvoiceLine": `cbc:ID cbc:InvoicedQuantity? ${line}`,
  "cac:CreditNoteLine": `cbc:ID cbc:CreditedQuantity? ${line}`,
  "cac:Item": "cbc:Name? cac:ClassifiedTaxCategory*",
  "cac:Price": "cbc:PriceAmount"
}

const pattern = (children: string): RegExp =>
  new RegExp(
    `^${children
      .trim()
      .split(/\s+/)
      .map((child) => child.replace(/^([\w:]+)([?*+]?)$/, "(?:$1 )$2"))
      .join("")}$`
  )

const patterns = new Map(Object.entries(GRAMMAR).map(([name, children]) => [name, pattern(children)]))

const DATE = /^\d{4}-\d\d-\d\d$/
const DECIMAL = /^-?\d+(\.\d+)?$/

/** Attributes and text of an element without children. */
const isLeaf = ({ attributes, name, text }: Tree): boolean => {
  if (text === "" || !name.startsWith("cbc:")) return false
  if (name.endsWith("Date")) return DATE.test(text)
  if (name.endsWith("Amount")) return DECIMAL.test(text) && /^[A-Z]{3}$/.test(attributes.currencyID ?? "")
  if (name.endsWith("Quantity")) return DECIMAL.test(text) && attributes.unitCode !== undefined
  return name !== "cbc:Percent" || DECIMAL.test(text)
}

/** The elements that UBL 2.1 does not know as they stand there. */
export const misplaced = (tree: Tree): ReadonlyArray<string> => {
  const { children, name } = tree
  if (children.length === 0) return isLeaf(tree) ? [] : [name]
  const fits = patterns.get(name)?.test(children.map((child) => `${child.name} `).join("")) ?? false
  return [...(fits ? [] : [name]), ...children.flatMap(misplaced)]
}
