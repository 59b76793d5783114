/** What follows from a statement's text, worked out once: texts are few, since their values are parameters. */

const MOST = 10_000

/** `of`, kept by text, but for texts of which `kept` says that there is no end. */
export const remembered = <A>(of: (text: string) => A, kept: (text: string) => boolean = () => true): ((text: string) => A) => {
  const known = new Map<string, A>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    const fresh = of(text)
    if (known.size < MOST && kept(text)) known.set(text, fresh)
    return fresh
  }
}
