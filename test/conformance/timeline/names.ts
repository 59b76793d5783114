/** What the rows of a case are called in it, by their ids: codes of plans, charges and taxes, external ids. */

export interface Names {
  readonly add: (id: string, name: string) => void
  /** Throws for an id that the case did not make. */
  readonly of: (id: string) => string
  readonly ofNullable: (id: string | null) => string | null
}

export const makeNames = (): Names => {
  const known = new Map<string, string>()
  const of = (id: string): string => {
    const name = known.get(id)
    if (name === undefined) throw new RangeError(`${id} is nothing that this case has made`)
    return name
  }
  return {
    add: (id, name) => {
      known.set(id, name)
    },
    of,
    ofNullable: (id) => (id === null ? null : of(id))
  }
}
