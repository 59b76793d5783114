/** Long-lived processes that race each other on one database. */
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { bundled } from "../support/bundle.js"
import type { Call, Heat, Outcome } from "./heat.js"

const script = fileURLToPath(new URL("race-process.ts", import.meta.url))

/** Time for all processes to have read what they are told before the first of them begins. */
const HEADSTART = 15

export interface Racers {
  readonly count: number
  /** Has each process make its own calls, all at the same time but for their delays; answers in their order. */
  readonly race: (
    organization: string,
    calls: ReadonlyArray<ReadonlyArray<Call & { readonly delay: number }>>
  ) => Promise<ReadonlyArray<ReadonlyArray<Outcome>>>
  readonly stop: () => void
}

export const startRacers = async (count: number, url: string): Promise<Racers> => {
  const file = await bundled(script)
  const processes = Array.from({ length: count }, () => {
    const child = spawn(process.execPath, [file, url], { stdio: ["pipe", "pipe", "inherit"] })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const line = async () => {
      const { done, value } = await lines.next()
      if (done === true) throw new Error("a racing process ended without an answer")
      return value
    }
    return { child, line }
  })
  const stop = () => {
    for (const { child } of processes) child.kill()
  }
  try {
    await Promise.all(processes.map(({ line }) => line()))
  } catch (error) {
    stop()
    throw error
  }
  return {
    count,
    stop,
    race: (organization, calls) => {
      const at = Date.now() + HEADSTART
      return Promise.all(
        processes.map(async ({ child, line }, index) => {
          const heat: Heat = { at, organization, calls: calls[index]! }
          child.stdin.write(`${JSON.stringify(heat, (_, value) => (typeof value === "bigint" ? value.toString() : value))}\n`)
          return JSON.parse(await line()) as ReadonlyArray<Outcome>
        })
      )
    }
  }
}
