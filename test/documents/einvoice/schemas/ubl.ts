/** The schema of UBL 2.1, as far as we use it, printed from its facts: for a validator that is not ours. */
import { aggregates, dataTypes, documents, elementsOf } from "./ubl-facts.js"

const NAMESPACES = "urn:oasis:names:specification:ubl:schema:xsd"
const namespaces = {
  cac: `${NAMESPACES}:CommonAggregateComponents-2`,
  cbc: `${NAMESPACES}:CommonBasicComponents-2`,
  ext: `${NAMESPACES}:CommonExtensionComponents-2`
}

interface Place {
  readonly name: string
  readonly times: string
}

const TIMES: Readonly<Record<string, string>> = {
  "?": ' minOccurs="0"',
  "*": ' minOccurs="0" maxOccurs="unbounded"',
  "+": ' maxOccurs="unbounded"'
}

/** The elements of a sequence, with their prefixes. */
const placesOf = (sequence: string): ReadonlyArray<Place> =>
  sequence
    .trim()
    .split(/\s+/)
    .map((item) => {
      const [, name = "", times = ""] = /^([\w:]+)([?*+]?)$/.exec(item) ?? []
      return { name: name.includes(":") ? name : `cbc:${name}`, times: TIMES[times] ?? "" }
    })

/** A basic element's data type is the last word of its name; most words are texts, percentages and rates are numbers. */
const dataTypeOf = (name: string): keyof typeof dataTypes => {
  if (/(ID|URI)$/.test(name)) return "Identifier"
  const [word = ""] = /(BinaryObject|[A-Z][a-z]+)$/.exec(name) ?? []
  if (["Percent", "Rate"].includes(word)) return "Numeric"
  return word in dataTypes ? (word as keyof typeof dataTypes) : "Text"
}

const typeOf = new Map<string, string>([
  ...Object.keys(aggregates).map((name) => [name, name] as const),
  ...Object.entries(elementsOf).flatMap(([type, names]) => names.split(/\s+/).map((name) => [name, type] as const))
])

const sequences: ReadonlyArray<string> = [...Object.values(documents), ...Object.values(aggregates)]

/** Every element that stands somewhere, by its namespace. */
const elements = (prefix: keyof typeof namespaces): ReadonlyArray<string> =>
  [...new Set(sequences.flatMap(placesOf).map(({ name }) => name))]
    .filter((name) => name.startsWith(`${prefix}:`))
    .map((name) => name.slice(prefix.length + 1))
    .sort()

const sequenceType = (name: string, sequence: string): string =>
  `<xs:complexType name="${name}Type"><xs:sequence>${placesOf(sequence)
    .map(({ name: ref, times }) => `<xs:element ref="${ref}"${times}/>`)
    .join("")}</xs:sequence></xs:complexType>`

const dataType = ([name, { attributes, holds }]: [string, { readonly attributes: string; readonly holds: string }]): string =>
  `<xs:complexType name="${name}Type"><xs:simpleContent><xs:extension base="xs:${holds}">${attributes
    .split(" ")
    .filter((attribute) => attribute !== "")
    .map((attribute) => `<xs:attribute name="${attribute.replace("!", "")}"${attribute.endsWith("!") ? ' use="required"' : ""}/>`)
    .join("")}</xs:extension></xs:simpleContent></xs:complexType>`

/** Of an element whose facts are not here, only its place is known: a document that has one is refused, not passed unread. */
const unknown = `<xs:complexType name="UnknownType" abstract="true"/>`

const element = (name: string, type: string): string => `<xs:element name="${name}" type="own:${type}Type"/>`

/** `uses`: the namespaces that the parts name; its own needs no import. */
const schema = (namespace: string, uses: ReadonlyArray<keyof typeof namespaces>, parts: ReadonlyArray<string>): string => {
  const declared = uses.map((prefix) => ` xmlns:${prefix}="${namespaces[prefix]}"`).join("")
  const imports = uses
    .filter((prefix) => namespaces[prefix] !== namespace)
    .map((prefix) => `<xs:import namespace="${namespaces[prefix]}" schemaLocation="${prefix}.xsd"/>`)
  return `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:own="${namespace}"${declared}
  targetNamespace="${namespace}" elementFormDefault="qualified">\n${[...imports, ...parts].join("\n")}\n</xs:schema>`
}

const file = (fileName: string, contents: string) => ({ fileName, contents })

const documentFiles = Object.entries(documents).map(([name, sequence]) =>
  file(`${name}.xsd`, schema(`${NAMESPACES}:${name}-2`, ["cac", "cbc", "ext"], [sequenceType(name, sequence), element(name, name)]))
)

/** Both documents under one root, and the files that it draws in. */
export const ublSchema = {
  schema: file(
    "ubl.xsd",
    `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">${Object.keys(documents)
      .map((name) => `<xs:import namespace="${NAMESPACES}:${name}-2" schemaLocation="${name}.xsd"/>`)
      .join("")}</xs:schema>`
  ),
  preload: [
    ...documentFiles,
    file(
      "cac.xsd",
      schema(
        namespaces.cac,
        ["cac", "cbc"],
        [
          unknown,
          ...Object.entries(aggregates).map(([name, sequence]) => sequenceType(name, sequence)),
          ...elements("cac").map((name) => element(name, typeOf.get(name) ?? "Unknown"))
        ]
      )
    ),
    file(
      "cbc.xsd",
      schema(
        namespaces.cbc,
        [],
        [...Object.entries(dataTypes).map(dataType), ...elements("cbc").map((name) => element(name, dataTypeOf(name)))]
      )
    ),
    file("ext.xsd", schema(namespaces.ext, [], [unknown, ...elements("ext").map((name) => element(name, "Unknown"))]))
  ]
}
