/**
 * Random commands of all services against a small reference model on both engines, the doctor after each. A few here; any
 * number by `npm run torture -- --commands N --seed S`.
 */
import { describe, expect, it } from "vitest"
import { type EngineName, engines } from "../conformance/timeline/engines.js"
import { torture } from "./run.js"

/** What the run of all tests has time for: each command is followed by the doctor. */
const COMMANDS = { sqlite: 1000, postgres: 250 }

describe("the reference model", () => {
  it.each<EngineName>(["sqlite", "postgres"])("agrees with %s on what random commands come to", { timeout: 300_000 }, async (name) => {
    const engine = await engines[name]()
    try {
      const seed = Math.floor(Date.now() / 1000)
      const { commands, failure } = await torture(engine, { commands: COMMANDS[name], seed })
      expect(failure).toBeNull()
      expect(commands).toBeGreaterThanOrEqual(COMMANDS[name])
    } finally {
      await engine.stop()
    }
  })
})
