/** Several writes of one row are one entry of the log. */
import { expect, it } from "vitest"
import { entriesOf, type RowChange } from "../../src/operations/index.js"

const write = (action: RowChange["action"], changes: object, given: Partial<RowChange> = {}): RowChange => ({
  organization_id: "o",
  table: "customers",
  row_id: "c",
  action,
  changes: JSON.stringify(changes),
  beside: false,
  ...given
})

const told = (...writes: ReadonlyArray<RowChange>) =>
  entriesOf(writes).map(({ action, changes, resource_id }) => [resource_id, action, JSON.parse(changes)])

const renamed = (before: string | null, after: string | null) => write("updated", { name: { before, after } })

it("is told as it was written where it was written once", () => {
  const text = '{"name": {"after": "A"}}'
  expect(entriesOf([write("created", {}, { changes: text })])[0]).toMatchObject({ resource_type: "customer", changes: text })
})

it("was created with what it ended with, and nothing is told of what came and went", () => {
  const made = write("created", { name: { after: "A" }, email: { after: "a" } })
  expect(told(made, renamed("A", "B"), write("updated", { email: { before: "a", after: null } }))).toEqual([
    ["c", "created", { name: { after: "B" } }]
  ])
  expect(told(made, write("deleted", { name: { before: "A" } }))).toEqual([])
})

it("changed from what it was first to what it is last, and not where that is the same", () => {
  expect(told(renamed("A", "B"), write("updated", { email: { before: null, after: "b" } }), renamed("B", "C"))).toEqual([
    ["c", "updated", { email: { before: null, after: "b" }, name: { before: "A", after: "C" } }]
  ])
  expect(told(renamed("A", "B"), renamed("B", "A"))).toEqual([])
  const issued = write("status_changed", { status: { before: "draft", after: "finalized" } }, { table: "invoices" })
  const back = write("status_changed", { status: { before: "finalized", after: "draft" } }, { table: "invoices" })
  const dated = write("updated", { due_date: { before: null, after: "x" } }, { table: "invoices" })
  expect(told(dated, issued)[0]![1]).toBe("status_changed")
  expect(told(issued, dated, back)).toEqual([["c", "updated", { due_date: { before: null, after: "x" } }]])
})

it("was deleted as it was before the first write, and one that is there again has changed", () => {
  const gone = write("deleted", { name: { before: "B" }, email: { before: "b" } })
  expect(told(renamed("A", "B"), gone)).toEqual([["c", "deleted", { name: { before: "A" }, email: { before: "b" } }]])
  expect(told(gone, write("created", { name: { after: "B" } }))).toEqual([["c", "updated", { email: { before: "b", after: null } }]])
})

it("keeps what somebody's SQL did apart, and the order of the first writes", () => {
  const other = write("created", { name: { after: "D" } }, { row_id: "d" })
  expect(told(write("updated", { name: { before: "A", after: "B" } }, { beside: true }), other, renamed("B", "C"))).toEqual([
    ["c", "updated", { name: { before: "A", after: "B" } }],
    ["d", "created", { name: { after: "D" } }],
    ["c", "updated", { name: { before: "B", after: "C" } }]
  ])
})
