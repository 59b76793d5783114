/** Checks of the doctor that are SQL alone: each finds the rows in which something does not hold. */
import type { SqlClient } from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import type { Violation } from "../../../src/operations/index.js"

interface Row {
  readonly code: Violation["code"]
  readonly name: string
  readonly id: string
  readonly reason: string
}

/** What all of them find, the first thousand, in one statement; each is a select of code, name, id and reason over the organization `$o`. */
export const readChecks = (sql: SqlClient, checks: ReadonlyArray<string>) => {
  const parts = checks.join("\n  UNION ALL ").split("$o")
  return Effect.gen(function* () {
    const organization = yield* CurrentOrganization
    const [first, ...rest] = parts
    const all = rest.reduce((before, part) => sql`${before}${organization}${sql.literal(part)}`, sql`${sql.literal(first!)}`)
    const found = yield* sql<Row>`${all} LIMIT 1000`
    return found.map(({ code, id, name, reason }): Violation => ({ code, table: name, id, reason }))
  })
}
