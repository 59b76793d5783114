/** Groups of a line, by their keys. Pure. */
import type { GroupKey } from "../metering/index.js"
import type { Group } from "../pricing/index.js"

/** The values of a group by their keys. */
export const groupRecord = (keys: ReadonlyArray<string>, group: GroupKey): Group =>
  Object.fromEntries(keys.map((key, index) => [key, group[index] ?? null]))
