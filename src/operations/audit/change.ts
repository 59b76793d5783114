/** From what the database saw of a transaction's writes to what the log says of them. Pure. */
import type { AuditAction, AuditChanges, AuditValue } from "./entry.js"
import { toldTables } from "./resources.js"

/** One write of one row, as the database tells it: secrets are hidden there, and what stands aside is left out. */
export interface RowChange {
  readonly organization_id: string
  readonly table: string
  readonly row_id: string
  readonly action: AuditAction
  /** `AuditChanges` as JSON: what a row was made with or ended with but for nulls, or what differs. */
  readonly changes: string
  /** It was made beside Billwright's units of work, by somebody's SQL. */
  readonly beside: boolean
}

/** What the log says of one resource. */
export interface AuditEntry {
  readonly organization_id: string
  readonly resource_type: string
  readonly resource_id: string
  readonly action: AuditAction
  /** The text that is kept, and hashed as it is. */
  readonly changes: string
  readonly beside: boolean
}

/** JSON with sorted keys: equal content is equal text. */
export const canonicalText = (value: AuditValue): string => {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null"
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(",")}]`
  const fields = Object.entries(value).filter(([, item]) => item !== undefined)
  fields.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, item]) => `${JSON.stringify(name)}:${canonicalText(item)}`).join(",")}}`
}

const equal = (a: AuditValue, b: AuditValue): boolean => a === b || canonicalText(a) === canonicalText(b)

type Fields = Readonly<Record<string, AuditValue>>

/** What is known of a row before and after: null where there was none; a field that is not named is the same on both sides, or null. */
interface Sides {
  readonly before: Fields | null
  readonly after: Fields | null
}

const side = (changes: AuditChanges, of: "before" | "after"): Fields =>
  Object.fromEntries(Object.entries(changes).map(([field, change]) => [field, change[of]]))

const sidesOf = ({ action, changes }: RowChange): Sides => {
  const fields = JSON.parse(changes) as AuditChanges
  return {
    before: action === "created" ? null : side(fields, "before"),
    after: action === "deleted" ? null : side(fields, "after")
  }
}

/** A row written twice: what it was before the first write, and what it is after the second one. */
const followed = (first: Sides, second: Sides): Sides => ({
  before: first.before === null ? null : { ...second.before, ...first.before },
  after: second.after === null ? null : { ...first.after, ...second.after }
})

const present = (row: Fields, of: "before" | "after"): AuditChanges =>
  Object.fromEntries(Object.entries(row).flatMap(([field, value]) => (value === null ? [] : [[field, { [of]: value }]])))

const differences = (before: Fields, after: Fields): AuditChanges =>
  Object.fromEntries(
    Object.keys({ ...before, ...after }).flatMap((field) => {
      const change = { before: before[field] ?? null, after: after[field] ?? null }
      return equal(change.before, change.after) ? [] : [[field, change]]
    })
  )

/** What several writes of one row come to; nothing where it is as it was. */
const mergedOf = (table: string, { after, before }: Sides): Pick<AuditEntry, "action" | "changes"> | null => {
  const told = (action: AuditAction, changes: AuditChanges) => ({ action, changes: JSON.stringify(changes) })
  if (before === null) return after === null ? null : told("created", present(after, "after"))
  if (after === null) return told("deleted", present(before, "before"))
  const changes = differences(before, after)
  if (Object.keys(changes).length === 0) return null
  return told((toldTables[table]!.status ?? "status") in changes ? "status_changed" : "updated", changes)
}

const entryOf = (writes: ReadonlyArray<RowChange>): ReadonlyArray<AuditEntry> => {
  const { beside, organization_id, row_id, table } = writes[0]!
  const said = writes.length === 1 ? writes[0]! : mergedOf(table, writes.map(sidesOf).reduce(followed))
  if (said === null) return []
  const { action, changes } = said
  return [{ organization_id, resource_type: toldTables[table]!.resource_type, resource_id: row_id, action, changes, beside }]
}

/** What a transaction's writes come to: one entry for each resource that it created, changed or deleted, in the order of the first write. */
export const entriesOf = (changes: ReadonlyArray<RowChange>): ReadonlyArray<AuditEntry> => {
  const rows = new Map<string, Array<RowChange>>()
  for (const change of changes) {
    const key = `${change.beside} ${change.table} ${change.row_id}`
    const writes = rows.get(key)
    if (writes === undefined) rows.set(key, [change])
    else writes.push(change)
  }
  return [...rows.values()].flatMap(entryOf)
}
