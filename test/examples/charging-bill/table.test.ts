import { describe, expect, it } from "vitest"
import { expectedFigures } from "../../../examples/charging-bill/expected.js"
import { compare, differingCustomers, figuresTable, money } from "../../../examples/charging-bill/table.js"

const expected = expectedFigures()

describe("the totals table", () => {
  it("marks every row that is as expected, and ends with the total", () => {
    const { equal, table } = compare(expected, expected)
    expect(equal).toBe(true)
    expect(table).not.toContain("✗")
    expect(table).toMatch(/ invoices 5,640\n/)
    expect(table.endsWith(" total 1,193,680.17 NOK\n")).toBe(true)
  })

  it("marks the row that differs by one øre", () => {
    const { equal, table } = compare({ ...expected, tax: expected.tax + 1n }, expected)
    expect(equal).toBe(false)
    expect(table.split("\n").filter((line) => line.startsWith("✗"))).toEqual([
      expect.stringMatching(/238,737\.81 NOK +tax 238,737\.82 NOK$/)
    ])
  })

  it("names customers whose figures differ although the sums agree", () => {
    const customers = new Map(expected.customers)
    const [[a, first], [b, second]] = [...customers] as [
      [string, { invoices: bigint; total: bigint }],
      [string, { invoices: bigint; total: bigint }]
    ]
    customers.set(a, { ...first, total: first.total + 1n }).set(b, { ...second, total: second.total - 1n })
    const { equal, table } = compare({ ...expected, customers }, expected)
    expect(equal).toBe(false)
    expect(table).toContain(`customers that differ: ${a}, ${b}`)
  })

  it("without expected figures has the billed ones only", () => {
    expect(figuresTable(expected)).toMatch(/^ *energy events 29,407\n[\s\S]* total 1,193,680\.17 NOK\n$/)
  })

  it("finds customers that only one side has", () => {
    expect(differingCustomers(new Map([["a", { invoices: 1n, total: 1n }]]), new Map([["b", { invoices: 1n, total: 1n }]]))).toEqual([
      "b",
      "a"
    ])
  })

  it("shows øre as NOK", () => {
    expect([0n, 5n, 123n, 100_000n, 119_368_017n].map(money)).toEqual([
      "0.00 NOK",
      "0.05 NOK",
      "1.23 NOK",
      "1,000.00 NOK",
      "1,193,680.17 NOK"
    ])
  })
})

describe("the expected figures", () => {
  it("of the customers add up to those of the whole", () => {
    const all = [...expected.customers.values()]
    expect(all).toHaveLength(196)
    expect(all.reduce((sum, { invoices }) => sum + invoices, 0n)).toBe(expected.invoices)
    expect(all.reduce((sum, { total }) => sum + total, 0n)).toBe(expected.total)
    expect(Object.values(expected.fees).reduce((sum, fee) => sum + fee, 0n)).toBe(expected.subtotal)
    expect(expected.subtotal + expected.tax).toBe(expected.total)
  })
})
