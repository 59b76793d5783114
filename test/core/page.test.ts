import { DateTime, Either } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type PageRequest, pageOf, pageRequest } from "../../src/core/index.js"

const FIELDS = ["created_at", "name"]
const id = (n: number) => `01890000-0000-7000-8000-${String(n).padStart(12, "0")}`
const request = (input: Parameters<typeof pageRequest>[0]): PageRequest => Either.getOrThrow(pageRequest(input, FIELDS))

/** What a store does: sorted by field and id, beyond the cursor, one row more than asked for. */
const read = (rows: ReadonlyArray<{ readonly id: string; readonly name: string }>, asked: PageRequest) => {
  const sign = asked.order.direction === "asc" ? 1 : -1
  const key = (row: { readonly id: string; readonly name: string }): readonly [string, string] => [row.name, row.id]
  const compare = (a: readonly [string, string], b: readonly [string, string]) =>
    (a[0] === b[0] ? (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0) : a[0] < b[0] ? -1 : 1) * sign
  const after = asked.after
  const beyond = after === null ? rows : rows.filter((row) => compare(key(row), [after.value, after.id]) > 0)
  return { rows: [...beyond].sort((a, b) => compare(key(a), key(b))).slice(0, asked.limit + 1), total: null }
}

describe("pages", () => {
  it("are a partition of any list, whatever the limit and the order", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("a", "b", "ä", '"', "漢"), { maxLength: 30 }),
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom("asc", "desc"),
        (names, limit, direction) => {
          const rows = names.map((name, index) => ({ id: id(index), name }))
          const seen: Array<string> = []
          let after: string | null = null
          do {
            const asked: PageRequest = request({ limit, order_by: `name:${direction}`, after })
            const page: ReturnType<typeof pageOf<{ id: string; name: string }>> = pageOf(asked, read(rows, asked))
            expect(page.items.length).toBeLessThanOrEqual(limit)
            seen.push(...page.items.map((row) => row.id))
            after = page.next
          } while (after !== null)
          expect([...seen].sort()).toEqual(rows.map((row) => row.id).sort())
        }
      )
    )
  })

  it("hold 100 rows, newest first, unless told otherwise", () => {
    expect(request({})).toEqual({ limit: 100, order: { field: "created_at", direction: "desc" }, after: null, total: false })
  })

  it("a cursor holds the last row's instant and id, and belongs to its order", () => {
    const at = DateTime.unsafeMake("2025-01-02T03:04:05.678Z")
    const rows = [1, 2].map((n) => ({ id: id(n), created_at: at }))
    const { next } = pageOf(request({ limit: 1 }), { rows, total: 2 })
    expect(request({ after: next }).after).toEqual({ value: "2025-01-02T03:04:05.678Z", id: id(1) })
    expect(Either.isLeft(pageRequest({ after: next, order_by: "created_at:asc" }, FIELDS))).toBe(true)
    expect(pageOf(request({ limit: 2 }), { rows, total: null }).next).toBeNull()
  })

  it("a cursor that was tampered with is refused", () => {
    const made = (field: string, value: string, of = id(1)) =>
      Buffer.from(JSON.stringify([`${field}:asc`, value, of])).toString("base64url")
    const asked = (field: string, after: string) => Either.isRight(pageRequest({ after, order_by: `${field}:asc` }, [field]))
    expect([asked("name", made("name", "x")), asked("name", made("name", "a\u0000")), asked("name", made("name", "x", "no id"))]).toEqual([
      true,
      false,
      false
    ])
    expect([asked("created_at", made("created_at", "yesterday")), asked("amount_cents", made("amount_cents", "1e3"))]).toEqual([
      false,
      false
    ])
    expect(asked("amount_cents", made("amount_cents", "1000"))).toBe(true)
    for (const field of ["timestamp", "survey_date", "installation_date", "week_start", "month"]) {
      expect(asked(field, made(field, "' OR 1=1 --")), field).toBe(false)
      expect(asked(field, made(field, field === "timestamp" ? "2025-01-01T00:00:00.000Z" : "2025-01-01")), field).toBe(true)
    }
    expect(asked("name", made("name", "x".repeat(20_000)))).toBe(false)
  })
})
