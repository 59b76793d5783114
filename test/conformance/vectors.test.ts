/**
 * Every case of test/vectors. `owed.json` lists those that later work owes: one of them that passes fails here, so that the
 * list shrinks, and one that fails without being listed fails here, so that it never grows unseen.
 */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, it } from "vitest"
import { checksOn } from "./checks.js"
import { failLine, loadVectors, runVector } from "./runner.js"
import { engines } from "./timeline/engines.js"

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const owed: ReadonlySet<string> = new Set(JSON.parse(readFileSync(here("owed.json"), "utf8")) as ReadonlyArray<string>)
const engine = await engines.sqlite()
const checks = checksOn(engine)
const files = loadVectors(here("../vectors"))

afterAll(() => engine.stop())

it("every file can be read, every id is there once, every owed one is there", () => {
  expect(files.filter((file) => file.unreadable !== undefined)).toEqual([])
  const ids = files.flatMap((file) => file.vectors.map((vector) => vector.id))
  expect(ids.length).toBeGreaterThan(1000)
  expect(new Set(ids).size).toBe(ids.length)
  expect([...owed].filter((id) => !ids.includes(id))).toEqual([])
})

for (const file of files) {
  describe(file.path, () => {
    for (const vector of file.vectors) {
      it(owed.has(vector.id) ? `${vector.id} (owed)` : vector.id, async () => {
        const { failure } = await runVector(vector, checks)
        if (owed.has(vector.id)) expect(failure, "passes: take it out of owed.json").toBeDefined()
        else expect(failure && failLine(vector.id, failure)).toBeUndefined()
      })
    }
  })
}
