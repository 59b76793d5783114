/** Every rule of EN 16931 by its number, and those of them that cannot be broken here, since what they speak of is never written. */
import type { Tree } from "./xml-tree.js"

const numbered = (prefix: string, numbers: string): ReadonlyArray<string> =>
  numbers.split(" ").flatMap((part) => {
    const [from = "", to = from] = part.split("-")
    return Array.from({ length: Number(to) - Number(from) + 1 }, (_, at) => `${prefix}-${`${Number(from) + at}`.padStart(2, "0")}`)
  })

const CATEGORIES = ["S", "Z", "E", "AE", "IC", "G", "O"]

/** As its technical specification and the validation artefacts of the European Commission number them. */
export const standard: ReadonlyArray<string> = [
  ...numbered("BR", "1-33 36-38 41-57 61-67"),
  ...numbered("BR-CO", "3-26"),
  ...numbered("BR-DEC", "1-2 5-6 9-20 23-25 27-28"),
  ...numbered("BR-CL", "1 3-8 10-11 13-26"),
  ...CATEGORIES.flatMap((category) => numbered(`BR-${category}`, "1-10")),
  ...numbered("BR-IC", "11-12"),
  ...numbered("BR-O", "11-14"),
  ...numbered("BR-AF", "1-10"),
  ...numbered("BR-AG", "1-10"),
  ...numbered("BR-B", "1-2")
]

const elementsIn = (tree: Tree): ReadonlyArray<Tree> => [tree, ...tree.children.flatMap(elementsIn)]

const has =
  (...names: ReadonlyArray<string>) =>
  (tree: Tree) =>
    elementsIn(tree).some(({ name }) => names.some((each) => name.endsWith(`:${each}`)))
const hasText =
  (element: string, ...texts: ReadonlyArray<string>) =>
  (tree: Tree) =>
    elementsIn(tree).some(({ name, text }) => name.endsWith(`:${element}`) && texts.includes(text))
const hasIn = (outer: string, inner: string) => (tree: Tree) =>
  elementsIn(tree).some((each) => each.name.endsWith(outer) && elementsIn(each).some(({ name }) => name.endsWith(`:${inner}`)))
const hasScheme =
  (...names: ReadonlyArray<string>) =>
  (tree: Tree) =>
    elementsIn(tree).some(({ attributes, name }) => names.some((each) => name.endsWith(`:${each}`)) && "schemeID" in attributes)

/** What a UBL document would have to have for rules to speak of it. */
export const unwritten: ReadonlyArray<{ readonly rules: ReadonlyArray<string>; readonly touches: (tree: Tree) => boolean }> = [
  { rules: ["BR-17"], touches: has("PayeeParty") },
  { rules: numbered("BR", "18-20 56"), touches: has("TaxRepresentativeParty") },
  {
    rules: [
      ...numbered("BR", "36-38"),
      ...["BR-CO-06", "BR-CO-22", "BR-DEC-05", "BR-DEC-06", "BR-CL-20", "BR-O-14"],
      ...CATEGORIES.flatMap((category) => [`BR-${category}-04`, `BR-${category}-07`])
    ],
    touches: hasText("ChargeIndicator", "true")
  },
  {
    rules: [...numbered("BR", "28 41-44"), ...numbered("BR-CO", "7-8 23-24"), ...numbered("BR-DEC", "24-25 27-28")],
    touches: hasIn("Line", "AllowanceCharge")
  },
  { rules: ["BR-DEC-02"], touches: has("BaseAmount") },
  { rules: [...numbered("BR", "49-51 61 66-67"), "BR-CL-16"], touches: has("PaymentMeans") },
  { rules: ["BR-52", "BR-CL-07", "BR-CL-24"], touches: has("AdditionalDocumentReference", "DocumentReference") },
  { rules: ["BR-53", "BR-DEC-15", "BR-CL-05"], touches: has("TaxCurrencyCode") },
  { rules: ["BR-54"], touches: has("AdditionalItemProperty") },
  { rules: ["BR-64", "BR-CL-21"], touches: has("StandardItemIdentification") },
  { rules: ["BR-65", "BR-CL-13"], touches: has("CommodityClassification") },
  { rules: ["BR-CL-15"], touches: has("OriginCountry") },
  { rules: ["BR-CO-03", "BR-CL-06"], touches: has("TaxPointDate", "DescriptionCode") },
  { rules: ["BR-CL-10", "BR-CL-11", "BR-CL-26"], touches: hasScheme("ID", "CompanyID") },
  {
    rules: [...numbered("BR-AF", "1-10"), ...numbered("BR-AG", "1-10"), ...numbered("BR-B", "1-2")],
    touches: (tree) =>
      elementsIn(tree).some(({ children, name }) => name.endsWith("TaxCategory") && children.some(hasText("ID", "L", "M", "B")))
  }
]
