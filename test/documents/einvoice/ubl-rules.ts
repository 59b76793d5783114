/**
 * What EN 16931 asks of the syntax UBL beside its schema: which of UBL's elements and attributes say something in it (UBL-CR, UBL-DT), and
 * which of those that UBL takes many of may stand once (UBL-SR).
 */
import type { Tree } from "./xml-tree.js"

/** The elements that have a meaning in EN 16931, of those that we write: what stands in each, without prefixes. */
const BOUND: Readonly<Record<string, string>> = {
  Invoice: `CustomizationID ID IssueDate DueDate InvoiceTypeCode Note DocumentCurrencyCode BuyerReference InvoicePeriod BillingReference
    AccountingSupplierParty AccountingCustomerParty Delivery PaymentTerms AllowanceCharge TaxTotal LegalMonetaryTotal InvoiceLine`,
  CreditNote: `CustomizationID ID IssueDate CreditNoteTypeCode Note DocumentCurrencyCode BuyerReference InvoicePeriod BillingReference
    AccountingSupplierParty AccountingCustomerParty Delivery PaymentTerms AllowanceCharge TaxTotal LegalMonetaryTotal CreditNoteLine`,
  InvoicePeriod: "StartDate EndDate",
  BillingReference: "InvoiceDocumentReference",
  InvoiceDocumentReference: "ID IssueDate",
  AccountingSupplierParty: "Party",
  AccountingCustomerParty: "Party",
  Party: "EndpointID PartyIdentification PartyName PostalAddress PartyTaxScheme PartyLegalEntity",
  PartyIdentification: "ID",
  PartyName: "Name",
  PostalAddress: "StreetName AdditionalStreetName CityName PostalZone CountrySubentity Country",
  Country: "IdentificationCode",
  PartyTaxScheme: "CompanyID TaxScheme",
  TaxScheme: "ID",
  PartyLegalEntity: "RegistrationName CompanyID",
  Delivery: "ActualDeliveryDate DeliveryLocation",
  DeliveryLocation: "Address",
  Address: "Country",
  PaymentTerms: "Note",
  AllowanceCharge: "ChargeIndicator AllowanceChargeReasonCode AllowanceChargeReason Amount TaxCategory",
  TaxCategory: "ID Percent TaxExemptionReasonCode TaxExemptionReason TaxScheme",
  TaxTotal: "TaxAmount TaxSubtotal",
  TaxSubtotal: "TaxableAmount TaxAmount TaxCategory",
  LegalMonetaryTotal: `LineExtensionAmount TaxExclusiveAmount TaxInclusiveAmount AllowanceTotalAmount PrepaidAmount PayableRoundingAmount
    PayableAmount`,
  InvoiceLine: "ID InvoicedQuantity LineExtensionAmount InvoicePeriod Item Price",
  CreditNoteLine: "ID CreditedQuantity LineExtensionAmount InvoicePeriod Item Price",
  Item: "Name ClassifiedTaxCategory",
  ClassifiedTaxCategory: "ID Percent TaxScheme",
  Price: "PriceAmount"
}

const bare = (name: string): string => name.replace(/^\w+:/, "")
const bound = new Map(Object.entries(BOUND).map(([name, children]) => [name, new Set(children.trim().split(/\s+/))]))

const elementsIn = (tree: Tree): ReadonlyArray<Tree> => [tree, ...tree.children.flatMap(elementsIn)]

/** The elements at a path, by their names without prefixes. */
const at = (tree: Tree, path: string): ReadonlyArray<Tree> =>
  path
    .split("/")
    .filter((name) => name !== "")
    .reduce<ReadonlyArray<Tree>>(
      (found, name) => found.flatMap(({ children }) => children.filter((child) => bare(child.name) === name)),
      [tree]
    )

/** Amounts name their currency, quantities their unit, addresses their scheme; nothing else has an attribute. */
const attributeOf = (name: string): string | null =>
  name.endsWith("Amount") ? "currencyID" : name.endsWith("Quantity") ? "unitCode" : name === "EndpointID" ? "schemeID" : null

const attributesOf = ({ attributes }: Tree): ReadonlyArray<string> => Object.keys(attributes).filter((name) => !name.startsWith("xmlns"))

const SELLER = "AccountingSupplierParty/Party"
const BUYER = "AccountingCustomerParty/Party"

/** What stands once at most: under each element at the first path, or in the document, the second. */
export const onceOnly: Readonly<Record<string, readonly [under: string, path: string]>> = {
  "UBL-SR-05": ["", "PaymentTerms/Note"],
  "UBL-SR-06": ["BillingReference", "InvoiceDocumentReference"],
  "UBL-SR-08": ["", "InvoicePeriod"],
  "UBL-SR-09": ["", `${SELLER}/PartyLegalEntity/RegistrationName`],
  "UBL-SR-10": ["", `${SELLER}/PartyName/Name`],
  "UBL-SR-11": ["", `${SELLER}/PartyLegalEntity/CompanyID`],
  "UBL-SR-15": ["", `${BUYER}/PartyLegalEntity/RegistrationName`],
  "UBL-SR-16": ["", `${BUYER}/PartyIdentification/ID`],
  "UBL-SR-17": ["", `${BUYER}/PartyLegalEntity/CompanyID`],
  "UBL-SR-24": ["", "Delivery"],
  "UBL-SR-30": ["AllowanceCharge", "AllowanceChargeReason"],
  "UBL-SR-32": ["TaxTotal/TaxSubtotal", "TaxCategory/TaxExemptionReason"],
  "UBL-SR-36": ["InvoiceLine", "InvoicePeriod"],
  "UBL-SR-40": ["", `${BUYER}/PartyName/Name`]
}

/** Ids under one scheme of taxes, or all others. */
const taxIds = (tree: Tree, party: string, isVat: boolean): ReadonlyArray<Tree> =>
  at(tree, `${party}/PartyTaxScheme`).filter((scheme) => (at(scheme, "TaxScheme/ID")[0]?.text === "VAT") === isVat)

const linesOf = (tree: Tree): ReadonlyArray<Tree> => at(tree, `${tree.name}Line`)

const isSaid = (tree: Tree, path: string): boolean => (at(tree, path)[0]?.text ?? "") !== ""

export const ublRules: ReadonlyMap<string, (tree: Tree) => boolean> = new Map<string, (tree: Tree) => boolean>([
  [
    "UBL-CR",
    (tree) => elementsIn(tree).every(({ children, name }) => children.every((child) => bound.get(bare(name))?.has(bare(child.name))))
  ],
  ["UBL-DT", (tree) => elementsIn(tree).every((each) => attributesOf(each).every((name) => name === attributeOf(bare(each.name))))],
  ["UBL-DT-01", (tree) => elementsIn(tree).every(({ name, text }) => !/(?<!Price)Amount$/.test(name) || !/\.\d{3}/.test(text))],
  ...Object.entries(onceOnly).map(
    ([id, [under, path]]) => [id, (tree: Tree) => at(tree, under).every((each) => at(each, path).length <= 1)] as const
  ),
  ["UBL-SR-07", (tree) => at(tree, "BillingReference").every((each) => isSaid(each, "InvoiceDocumentReference/ID"))],
  ["UBL-SR-12", (tree) => taxIds(tree, SELLER, true).length <= 1],
  ["UBL-SR-13", (tree) => taxIds(tree, SELLER, false).length <= 1],
  ["UBL-SR-18", (tree) => taxIds(tree, BUYER, true).length <= 1],
  ["UBL-SR-42", (tree) => at(tree, `${SELLER}/PartyTaxScheme`).length <= 2],
  ["UBL-SR-48", (tree) => linesOf(tree).every((line) => at(line, "Item/ClassifiedTaxCategory").length === 1)],
  [
    "UBL-SR-53",
    (tree) =>
      [SELLER, BUYER].every((party) =>
        at(tree, `${party}/PartyTaxScheme`).every((scheme) => isSaid(scheme, "CompanyID") && isSaid(scheme, "TaxScheme/ID"))
      )
  ]
])

/** The rules that a document's syntax breaks. */
export const brokenSyntax = (tree: Tree): ReadonlyArray<string> => [...ublRules].flatMap(([id, keeps]) => (keeps(tree) ? [] : [id]))
