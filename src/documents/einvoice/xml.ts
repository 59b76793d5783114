/** XML as text: elements, attributes, escaped texts, two spaces a level; the same tree is the same text. */

export interface Xml {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly content: string | ReadonlyArray<Xml>
}

/** What of an element's content is there. */
export type Part = Xml | null | ReadonlyArray<Xml | null>

/** An element with others in it; without any it is not written. */
export const group = (name: string, parts: ReadonlyArray<Part>, attributes: Readonly<Record<string, string>> = {}): Xml | null => {
  const content = parts.flat().filter((part): part is Xml => part !== null)
  return content.length === 0 ? null : { name, attributes, content }
}

/** An element with a text; without one it is not written. */
export const leaf = (name: string, text: string | null, attributes: Readonly<Record<string, string>> = {}): Xml | null =>
  text === null ? null : { name, attributes, content: text }

const escaped = (text: string): string =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;").replace(/\r/g, "&#13;")

const render = ({ attributes, content, name }: Xml, indent: string): string => {
  const opened = `${indent}<${name}${Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escaped(value)}"`)
    .join("")}>`
  if (typeof content === "string") return `${opened}${escaped(content)}</${name}>\n`
  return `${opened}\n${content.map((part) => render(part, `${indent}  `)).join("")}${indent}</${name}>\n`
}

/** A whole document in UTF-8. */
export const xmlText = (root: Xml): string => `<?xml version="1.0" encoding="UTF-8"?>\n${render(root, "")}`
