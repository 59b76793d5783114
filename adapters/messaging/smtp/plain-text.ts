/** The text of an HTML e-mail, for who reads it without: blocks are lines, links are in brackets behind their words. Pure. */

/** After these a new line begins. */
const BLOCKS: ReadonlySet<string> = new Set(["br", "/p", "/div", "/li", "/tr", "/ul", "/ol", "/table", "/h1", "/h2", "/h3"])

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', "#39": "'", nbsp: "\u00a0", amp: "&" }

const unescaped = (text: string): string => text.replace(/&(lt|gt|quot|#39|nbsp|amp);/g, (_, name: string) => ENTITIES[name]!)

const nameOf = (tag: string): string => (/^\/?[a-z0-9]+/i.exec(tag)?.[0] ?? "").toLowerCase()

const addressOf = (tag: string): string => {
  const from = tag.indexOf('href="')
  const to = tag.indexOf('"', from + 6)
  return from < 0 || to < 0 ? "" : tag.slice(from + 6, to)
}

export const plainText = (html: string): string => {
  let out = ""
  let read = 0
  let link = { address: "", from: 0 }
  for (const { 0: whole, 1: tag = "", index } of html.matchAll(/<([^<>]*)>/g)) {
    out += html.slice(read, index)
    read = index + whole.length
    const name = nameOf(tag)
    if (name === "a") link = { address: addressOf(tag), from: out.length }
    if (name === "/a" && link.address !== "" && out.slice(link.from) !== link.address) out += ` (${link.address})`
    if (name === "li") out += "- "
    if (BLOCKS.has(name)) out += name === "/p" ? "\n\n" : "\n"
  }
  return unescaped(out + html.slice(read))
    .replace(/\n{3,}/g, "\n\n")
    .trim()
}
