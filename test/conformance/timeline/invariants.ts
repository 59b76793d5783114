/** What holds after every step, whatever a case expects: the doctor finds nothing. */
import { Effect } from "effect"
import { Doctor } from "../../../src/operations/index.js"
import type { Difference } from "../compare.js"

export const brokenInvariant = Effect.flatMap(Doctor, (doctor) =>
  Effect.map(doctor.check(), ({ violations: [first] }): Difference | undefined =>
    first === undefined
      ? undefined
      : { where: `invariant ${first.code}`, expected: "one that holds", got: `${first.table} ${first.id}: ${first.reason}` }
  )
)
