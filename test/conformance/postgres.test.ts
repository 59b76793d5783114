/** Every timeline that is not owed comes to the same on Postgres; `vectors.test.ts` runs them on SQLite. */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { failLine, loadVectors, runVector } from "./runner.js"
import { type Engine, engines } from "./timeline/engines.js"
import { timelineOn } from "./timeline/index.js"

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const owed: ReadonlySet<string> = new Set(JSON.parse(readFileSync(here("owed.json"), "utf8")) as ReadonlyArray<string>)

let postgres: Engine
beforeAll(async () => {
  postgres = await engines.postgres()
})
afterAll(() => postgres.stop())

for (const { path, vectors } of loadVectors(here("../vectors"))) {
  const timelines = vectors.filter((vector) => vector.operation === "timeline" && !owed.has(vector.id))
  if (timelines.length === 0) continue
  describe(`${path} on Postgres`, () => {
    for (const vector of timelines) {
      it(vector.id, async () => {
        const { failure } = await runVector(vector, { timeline: timelineOn(postgres) })
        expect(failure && failLine(vector.id, failure)).toBeUndefined()
      })
    }
  })
}
