/** Several processes that bill one database at the same time. */
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { bundled } from "./bundle.js"

const script = fileURLToPath(new URL("bill-process.ts", import.meta.url))

/** What a process did. */
export interface ProcessRun {
  readonly failures: number
  readonly invoices: number
  readonly issued: number
  readonly pieces: number
}

/** Starts `count` processes, lets them go together once all are ready, and answers what each did, and the seconds it took. */
export const billInProcesses = async (
  count: number,
  url: string,
  organization: string,
  now: string,
  batch_size = 250
): Promise<{ readonly runs: ReadonlyArray<ProcessRun>; readonly seconds: number }> => {
  const file = await bundled(script)
  const processes = Array.from({ length: count }, () => {
    const child = spawn(process.execPath, [file, url, organization, now, String(batch_size)], { stdio: ["pipe", "pipe", "inherit"] })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const line = async () => {
      const { done, value } = await lines.next()
      if (done === true) throw new Error("a billing process ended without an answer")
      return value
    }
    return { child, line }
  })
  try {
    await Promise.all(processes.map(({ line }) => line()))
    const before = performance.now()
    for (const { child } of processes) child.stdin.write("go\n")
    const runs = await Promise.all(processes.map(async ({ line }) => JSON.parse(await line()) as ProcessRun))
    return { runs, seconds: (performance.now() - before) / 1000 }
  } finally {
    for (const { child } of processes) child.kill()
  }
}
