/** A part of a benchmark on each engine, in processes of their own. */
import { startPostgres } from "../test/support/postgres-server.js"
import { apart } from "./apart.js"
import { type Engine, engineAt } from "./databases.js"
import type { BenchLine } from "./line.js"

/** The lines of the part of the file at `url`, over a file of SQLite and over a Postgres of this run. */
export const onEngines = async (url: string, part: string): Promise<ReadonlyArray<BenchLine>> => {
  const server = await startPostgres()
  try {
    const lines: Array<BenchLine> = []
    for (const given of [[], [server.url]]) lines.push(...((await apart(url, part, ...given)) as ReadonlyArray<BenchLine>))
    return lines
  } finally {
    await server.stop()
  }
}

/** What the file does in such a process: measures its part over the database that it was told of. */
export const whereAsked = async (part: string, measure: (engine: Engine) => Promise<ReadonlyArray<BenchLine>>): Promise<void> => {
  const [, , asked, server] = process.argv
  if (process.send !== undefined && asked === part) process.send(await measure(await engineAt(server)))
}
