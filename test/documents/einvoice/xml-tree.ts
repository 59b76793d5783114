/** XML as a tree, for tests: no namespaces but prefixes, no comments, no CDATA. It throws where elements do not nest. */

export interface Tree {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: ReadonlyArray<Tree>
  readonly text: string
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#13": "\r" }
const plain = (text: string): string => text.replace(/&([^;]+);/g, (_, name: string) => ENTITIES[name] ?? "\ufffd")

interface Open {
  name: string
  attributes: Record<string, string>
  children: Array<Tree>
  text: string
}

export const treeOf = (xml: string): Tree => {
  const stack: Array<Open> = [{ name: "", attributes: {}, children: [], text: "" }]
  for (const [token] of xml.replace(/^<\?xml[^>]*\?>\s*/, "").matchAll(/<[^>]*>|[^<]+/g)) {
    const top = stack.at(-1)!
    if (token.startsWith("</")) {
      const { children, text, ...rest } = stack.pop()!
      if (rest.name !== token.slice(2, -1)) throw new Error(`${token} closes ${rest.name}`)
      stack.at(-1)!.children.push({ ...rest, children, text: children.length === 0 ? plain(text) : "" })
    } else if (token.startsWith("<")) {
      const [, name = ""] = /^<([\w:]+)/.exec(token) ?? []
      const attributes = Object.fromEntries([...token.matchAll(/([\w:]+)="([^"]*)"/g)].map(([, key, value]) => [key!, plain(value!)]))
      stack.push({ name, attributes, children: [], text: "" })
    } else top.text += token
  }
  if (stack.length !== 1) throw new Error(`${stack.at(-1)!.name} is open`)
  return stack[0]!.children[0]!
}

/** All elements at a path of names. */
export const all = (tree: Tree, ...path: ReadonlyArray<string>): ReadonlyArray<Tree> =>
  path.reduce<ReadonlyArray<Tree>>(
    (found, name) => found.flatMap(({ children }) => children.filter((child) => child.name === name)),
    [tree]
  )

/** The text of the one element at a path, or null. */
export const textAt = (tree: Tree | undefined, ...path: ReadonlyArray<string>): string | null =>
  tree === undefined ? null : (all(tree, ...path)[0]?.text ?? null)
