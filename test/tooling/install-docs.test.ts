import { readFileSync } from "node:fs"
import { expect, it } from "vitest"

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")

it("the versions that the documents have installed are those of the peers", () => {
  const { peerDependencies } = JSON.parse(read("package.json"))
  const lines = [...read("docs/getting-started.md").matchAll(/^npm install \.\/billwright\S+ ([^#\n]*)/gm)]
  const named = lines.flatMap(([, packages]) => packages!.trim().split(" "))
  expect(named.map((text) => [text.slice(0, text.lastIndexOf("@")), text.slice(text.lastIndexOf("@") + 1)])).toEqual(
    ["@effect/sql-sqlite-node", "@effect/sql-pg", "pg"].map((name) => [name, peerDependencies[name]])
  )
})
