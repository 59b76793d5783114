/** For each rule of the syntax UBL, a document that breaks it. */
import { onceOnly } from "./ubl-rules.js"
import type { Tree } from "./xml-tree.js"

const leaf = (name: string, text = "1", attributes: Readonly<Record<string, string>> = {}): Tree => ({
  name,
  attributes,
  children: [],
  text
})
const group = (name: string, ...children: ReadonlyArray<Tree>): Tree => ({ name, attributes: {}, children, text: "" })

/** The same with an element more at a path of names; what is not there on the way is made. */
const put = (tree: Tree, path: ReadonlyArray<string>, added: ReadonlyArray<Tree>): Tree => {
  const [name, ...rest] = path
  if (name === undefined) return { ...tree, children: [...tree.children, ...added] }
  const index = tree.children.findIndex((child) => child.name.endsWith(`:${name}`))
  if (index === -1) return { ...tree, children: [...tree.children, put(group(`cac:${name}`), rest, added)] }
  return { ...tree, children: tree.children.map((child, position) => (position === index ? put(child, rest, added) : child)) }
}

const twice = (path: string) => (tree: Tree) => {
  const names = path.split("/").filter((name) => name !== "")
  const last = leaf(`cbc:${names.at(-1)!}`)
  return put(tree, names.slice(0, -1), [last, last])
}

const taxScheme = (id: string) => group("cac:PartyTaxScheme", leaf("cbc:CompanyID"), group("cac:TaxScheme", leaf("cbc:ID", id)))
const party =
  (name: "Supplier" | "Customer", ...schemes: ReadonlyArray<Tree>) =>
  (tree: Tree) =>
    put(tree, [`Accounting${name}Party`, "Party"], schemes)

export const ublBreakers: Readonly<Record<string, (tree: Tree) => Tree>> = {
  "UBL-CR": (tree) => put(tree, [], [leaf("cbc:UUID")]),
  "UBL-DT": (tree) => put(tree, ["AccountingSupplierParty", "Party", "PartyName"], [leaf("cbc:Name", "Acme", { languageID: "de" })]),
  "UBL-DT-01": (tree) => put(tree, ["LegalMonetaryTotal"], [leaf("cbc:PrepaidAmount", "1.001", { currencyID: "EUR" })]),
  ...Object.fromEntries(Object.entries(onceOnly).map(([id, [under, path]]) => [id, twice(`${under}/${path}`)])),
  "UBL-SR-07": (tree) => put(tree, ["BillingReference", "InvoiceDocumentReference"], [leaf("cbc:IssueDate", "2026-05-01")]),
  "UBL-SR-12": party("Supplier", taxScheme("VAT"), taxScheme("VAT")),
  "UBL-SR-13": party("Supplier", taxScheme("TAX"), taxScheme("TAX")),
  "UBL-SR-18": party("Customer", taxScheme("VAT"), taxScheme("VAT")),
  "UBL-SR-42": party("Supplier", taxScheme("VAT"), taxScheme("TAX"), taxScheme("LOC")),
  "UBL-SR-48": (tree) => put(tree, ["InvoiceLine", "Item"], [group("cac:ClassifiedTaxCategory")]),
  "UBL-SR-53": party("Supplier", group("cac:PartyTaxScheme", group("cac:TaxScheme", leaf("cbc:ID", "VAT"))))
}
