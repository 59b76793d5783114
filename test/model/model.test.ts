/**
 * Random commands of all services against a small reference model on both engines, the doctor after each. A few here; any
 * number by `npm run torture -- --commands N --seed S`.
 */
import { describe, expect, it } from "vitest"
import { type EngineName, engines } from "../conformance/timeline/engines.js"
import { torture } from "./run.js"

/** What the run of all tests has time for: each command is followed by the doctor. */
const COMMANDS = { sqlite: 600, postgres: 150 }

/** The same for everybody; other ones are what `npm run torture` is for. */
const SEED = 7

describe("the reference model", () => {
  it.each<EngineName>(["sqlite", "postgres"])("agrees with %s on what random commands come to", { timeout: 300_000 }, async (name) => {
    const engine = await engines[name]()
    try {
      const { commands, failure } = await torture(engine, { commands: COMMANDS[name], seed: SEED })
      expect(failure).toBeNull()
      expect(commands).toBeGreaterThanOrEqual(COMMANDS[name])
    } finally {
      await engine.stop()
    }
  })
})
