import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, expect, it } from "vitest"

const root = fileURLToPath(new URL("../..", import.meta.url))
const biome = createRequire(import.meta.url).resolve("@biomejs/biome/bin/biome")

let directory = ""
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "billwright-style-"))
  for (const path of ["biome.json", ".gitignore", "package.json", "scripts/style/pure.grit"])
    cpSync(join(root, path), join(directory, path))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** Whether the linter takes a file of this content. */
const accepts = (path: string, content: string): boolean => {
  mkdirSync(dirname(join(directory, path)), { recursive: true })
  writeFileSync(join(directory, path), `${content}\n`)
  return spawnSync(process.execPath, [biome, "lint", "--error-on-warnings", path], { cwd: directory }).status === 0
}

it.each([
  "Date.now()",
  "new Date()",
  "Math.random()",
  'fetch("https://example.com")',
  "crypto.randomUUID()",
  "performance.now()",
  'parseFloat("1.5")',
  "process.env",
  "setTimeout(() => 1, 1)"
])("the domain refuses %s, an adapter takes it", (expression) => {
  const content = `export const value: unknown = ${expression}`
  expect(accepts("src/core/value.ts", content)).toBe(false)
  expect(accepts("adapters/sql/value.ts", content)).toBe(true)
})

it.each(["new Date(0)", "Math.max(1, 2)"])("the domain takes %s, which depends on nothing but its arguments", (expression) => {
  expect(accepts("src/core/value.ts", `export const value: unknown = ${expression}`)).toBe(true)
})

it("a promise that nobody awaits is refused", () => {
  expect(accepts("adapters/sql/floating.ts", "const work = async () => 1\nwork()")).toBe(false)
  expect(accepts("adapters/sql/floating.ts", "const work = async () => 1\nawait work()")).toBe(true)
})

it("any is refused outside the tests", () => {
  const content = "export const value = (given: any) => given"
  expect(accepts("src/core/any.ts", content)).toBe(false)
  expect(accepts("test/core/any.ts", content)).toBe(true)
})
