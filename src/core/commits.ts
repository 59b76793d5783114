/** How often this process has committed for each organization: what was read before a commit is told from what was read after it. */
import { Context } from "effect"

interface CommitCount {
  /** Rises with every commit that may concern the organization. */
  readonly of: (organization_id: string) => number
  /** Somebody has committed, or may have; null where it was on behalf of no one organization. */
  readonly add: (organization_id: string | null) => void
}

const commitCount = (): CommitCount => {
  const own = new Map<string, number>()
  let common = 0
  return {
    of: (organization_id) => common + (own.get(organization_id) ?? 0),
    add: (organization_id) => {
      if (organization_id === null) common += 1
      else own.set(organization_id, (own.get(organization_id) ?? 0) + 1)
    }
  }
}

/** One for the process, so that it counts what is committed through any client and any database. */
export class Commits extends Context.Reference<Commits>()("billwright/Commits", { defaultValue: commitCount }) {}
