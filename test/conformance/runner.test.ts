import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterEach, beforeEach, expect, it } from "vitest"
import { answeringAll, report } from "./runner.js"

const checks = answeringAll({
  double: ({ value }: { readonly value: string }) => ({ value: 2n * BigInt(value) }),
  later: async ({ value }: { readonly value: string }) => ({ value }),
  throwing: () => {
    throw new RangeError("not\n  today")
  }
})

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vectors-"))
})
afterEach(() => rmSync(folder, { recursive: true }))

const file = (path: string, content: unknown) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), typeof content === "string" ? content : JSON.stringify(content))
}
const double = (id: string, value: string, expected: unknown) => ({ id, operation: "double", input: { value }, expected })

const run = async (path = folder) => {
  const lines: Array<string> = []
  const { exitCode, failed } = await report(path, checks, (line) => lines.push(line))
  return { lines, exitCode, failed }
}

it("passes what is right, and says so last", async () => {
  file("a.json", {
    vectors: [double("a/1", "2", { value: "4" }), { id: "a/2", operation: "later", input: { value: "7" }, expected: { value: "7" } }]
  })
  expect(await run()).toEqual({ lines: ["2 passed, 0 failed"], exitCode: 0, failed: [] })
})

it("fails a wrong figure and goes on, in order of path at any depth", async () => {
  file("b/deep/x.json", { vectors: [double("b/1", "2", { value: "5" })] })
  file("a.json", { vectors: [double("a/1", "2", { value: "6" }), double("a/2", "2", { value: "4" })] })
  file("b/notes.txt", "no case")
  expect(await run()).toEqual({
    lines: ["FAIL a/1 value: expected 6, got 4", "FAIL b/1 value: expected 5, got 4", "1 passed, 2 failed"],
    exitCode: 1,
    failed: ["a/1", "b/1"]
  })
})

it("fails a missing key", async () => {
  file("a.json", { vectors: [double("a/1", "2", { value: "4", days: "1" })] })
  expect((await run()).lines).toEqual(["FAIL a/1 days: expected 1, got nothing", "0 passed, 1 failed"])
})

it("fails a case that throws, on one line, and goes on", async () => {
  file("a.json", { vectors: [{ id: "a/1", operation: "throwing", input: {}, expected: {} }, double("a/2", "2", { value: "4" })] })
  expect((await run()).lines).toEqual(["FAIL a/1 throwing: expected an answer, got RangeError: not today", "1 passed, 1 failed"])
})

it.each(["timeline", "constructor", "__proto__", ""])("fails the unknown operation %j", async (operation) => {
  file("a.json", { vectors: [{ id: "a/1", operation, setup: {}, steps: [] }] })
  const { lines, exitCode } = await run()
  expect(lines).toEqual([`FAIL a/1 operation: expected one that the runner knows, got ${operation}`, "0 passed, 1 failed"])
  expect(exitCode).toBe(1)
})

it("fails a case that expects nothing", async () => {
  file("a.json", { vectors: [{ id: "a/1", operation: "double", input: { value: "2" } }] })
  expect((await run()).lines.at(-1)).toBe("0 passed, 1 failed")
})

it.each([
  ["not JSON", "{"],
  ["empty", ""],
  ["null", "null"],
  ["without vectors", { meta: {} }],
  ["with a case without id", { vectors: [double("a/1", "2", { value: "4" }), { operation: "double" }] }],
  ["with a case that is null", { vectors: [null] }]
])("fails a file that is %s, and goes on with the next", async (_, content) => {
  file("a.json", content)
  file("b.json", { vectors: [double("b/1", "2", { value: "4" })] })
  const { lines, exitCode } = await run()
  expect(lines[0]).toMatch(/^FAIL a\.json file: expected cases in JSON, got /)
  expect([lines.at(-1), exitCode]).toEqual(["1 passed, 1 failed", 1])
})

it("fails an id that was there before", async () => {
  file("a.json", { vectors: [double("a/1", "2", { value: "4" })] })
  file("b.json", { vectors: [double("a/1", "2", { value: "4" })] })
  expect((await run()).lines.at(-1)).toBe("1 passed, 1 failed")
})

it("fails when there is no case at all", async () => {
  expect(await run()).toEqual({ lines: ["0 passed, 0 failed"], exitCode: 1, failed: [] })
  file("a.json", { vectors: [] })
  expect((await run()).exitCode).toBe(1)
  expect((await run(join(folder, "not-there"))).exitCode).toBe(1)
})
