/** From rows before and after a transaction to what the log says of it. Pure. */
import type { AuditAction, AuditChanges, AuditValue } from "./entry.js"
import { auditedTables } from "./resources.js"

type Row = Readonly<Record<string, AuditValue>>

/** One write of one row, as the database saw it: secrets are hidden there, and what stands aside is left out. */
export interface RowChange {
  readonly organization_id: string
  readonly table: string
  readonly row_id: string
  readonly before: Row | null
  readonly after: Row | null
  /** It was made beside Billwright's units of work, by somebody's SQL. */
  readonly beside: boolean
}

/** What the log says of one resource. */
export interface AuditEntry {
  readonly organization_id: string
  readonly resource_type: string
  readonly resource_id: string
  readonly action: AuditAction
  readonly changes: AuditChanges
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

/** A row written twice: what the second write changed is taken from it; that a secret was replaced stays told. */
const followed = (first: RowChange, second: RowChange): RowChange => {
  const { after: made, before: seen } = second
  if (made === null || seen === null || first.after === null) return { ...first, after: made }
  const known = first.after
  const after = Object.fromEntries(Object.keys(made).map((field) => [field, equal(seen[field], made[field]) ? known[field] : made[field]]))
  return { ...first, after }
}

/** One change for each row, whatever happened to it in between. */
const once = (changes: ReadonlyArray<RowChange>): ReadonlyArray<RowChange> => {
  const rows = new Map<string, RowChange>()
  for (const change of changes) {
    const key = `${change.beside} ${change.table} ${change.row_id}`
    const first = rows.get(key)
    rows.set(key, first === undefined ? change : followed(first, change))
  }
  return [...rows.values()]
}

const present = (row: Row, side: "before" | "after"): AuditChanges =>
  Object.fromEntries(Object.entries(row).flatMap(([field, value]) => (value === null ? [] : [[field, { [side]: value }]])))

const differences = (before: Row, after: Row): AuditChanges =>
  Object.fromEntries(
    Object.keys(after).flatMap((field) =>
      equal(before[field], after[field]) ? [] : [[field, { before: before[field], after: after[field] }]]
    )
  )

const entryOf = ({ after, before, beside, organization_id, row_id, table }: RowChange): ReadonlyArray<AuditEntry> => {
  const { resource_type, status = "status" } = auditedTables[table]!
  const told = (action: AuditAction, changes: AuditChanges): ReadonlyArray<AuditEntry> => [
    { organization_id, resource_type, resource_id: row_id, action, changes, beside }
  ]
  if (before === null) return after === null ? [] : told("created", present(after, "after"))
  if (after === null) return told("deleted", present(before, "before"))
  const changes = differences(before, after)
  if (Object.keys(changes).length === 0) return []
  return told(status in changes ? "status_changed" : "updated", changes)
}

/** What a transaction's writes come to: one entry for each resource that it created, changed or deleted, in the order of the first write. */
export const entriesOf = (changes: ReadonlyArray<RowChange>): ReadonlyArray<AuditEntry> => once(changes).flatMap(entryOf)
