/** What the doctor finds: an invariant that does not hold, and the row where it shows (reliability.md 1). */

/** The invariants that are checked. */
export const INVARIANTS = [
  "M1",
  "M2",
  "M4",
  "M5",
  "M6",
  "M7",
  "M8",
  "M9",
  "U1",
  "U2",
  "U5",
  "N1",
  "S1",
  "S2",
  "S3",
  "Q2",
  "X5",
  "A1"
] as const
export type Invariant = (typeof INVARIANTS)[number]

/** `code` names the invariant, `table` and `id` the row, `reason` what is wrong with it, with the figures. */
export interface Violation {
  readonly code: Invariant
  readonly table: string
  readonly id: string
  readonly reason: string
}
