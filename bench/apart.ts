/** A part of a benchmark in a process of its own, in one file as a host has it, so that nothing else counts: no loader of TypeScript either. */
import { fork } from "node:child_process"
import { once } from "node:events"
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

/** Runs the file at `url` with arguments and answers what it sends. */
export const apart = async (url: string, ...given: ReadonlyArray<string>): Promise<unknown> => {
  // By a name that no bundler follows: the process that is measured must not hold the bundler.
  const bundler = new URL("../test/support/bundle.js", import.meta.url).href
  const { bundled }: typeof import("../test/support/bundle.js") = await import(bundler)
  const child = fork(await bundled(fileURLToPath(url)), given, { execArgv: [] })
  const [answer] = await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code]) => Promise.reject(new Error(`${given}: ${code}`)))
  ])
  return answer
}

/**
 * The most memory, in MB, that this process has taken. On Linux `maxRSS` begins with what its parent had, so it is read where the kernel
 * counts this program alone.
 */
export const peakMegabytes = (): number => {
  const status = "/proc/self/status"
  const [, kilobytes] = (existsSync(status) ? /VmHWM:\s+(\d+) kB/.exec(readFileSync(status, "utf8")) : null) ?? []
  return Number(kilobytes ?? process.resourceUsage().maxRSS) / 1024
}
