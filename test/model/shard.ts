/** A part of the model test that fits a file of its own, so that the parts run beside each other. */
import { describe, expect, it } from "vitest"
import type { EngineName } from "../conformance/timeline/engines.js"
import { engines } from "./engines.js"
import { torture } from "./run.js"

/** Every kind of command is done at least once in so many. */
const RARELY = 3000

/** Runs commands from a seed that is the same for everybody; other ones are what `npm run torture` is for. */
export const modelTest = (name: EngineName, commands: number, seed: number): void => {
  describe("the reference model", () => {
    it(`agrees with ${name} on what ${commands} random commands from ${seed} come to`, { timeout: 1_800_000 }, async ({ task }) => {
      const engine = await engines[name]()
      try {
        const report = await torture(engine, { commands, seed })
        expect(report.failure).toBeNull()
        expect(report.commands).toBeGreaterThanOrEqual(commands)
        expect(Object.entries(report.tally).filter(([, { done }]) => done < commands / RARELY)).toEqual([])
        task.meta.model_commands = { [name]: report.commands }
      } finally {
        await engine.stop()
      }
    })
  })
}

declare module "vitest" {
  interface TaskMeta {
    /** Commands of the model test that were done on an engine. */
    model_commands?: Readonly<Partial<Record<EngineName, number>>>
  }
}
