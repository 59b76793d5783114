/** A part of a benchmark in a process of its own, in one file as a host has it, so that nothing else counts: no loader of TypeScript either. */
import { fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"

/** Runs the file at `url` with arguments and answers what it sends. */
export const apart = async (url: string, ...given: ReadonlyArray<string>): Promise<unknown> => {
  // Not on top: the process that is measured has no use for the bundler.
  const { bundled } = await import("../test/support/bundle.js")
  const child = fork(await bundled(fileURLToPath(url)), given, { execArgv: [] })
  const [answer] = await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code]) => Promise.reject(new Error(`${given}: ${code}`)))
  ])
  return answer
}
