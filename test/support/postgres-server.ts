/**
 * The real PostgreSQL that tests, benchmarks and scripts run on: the server of `DATABASE_URL` where that is set, else a
 * throw-away one from npm. There is no third way: without a server this fails, nothing is skipped.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { Client } from "pg"

export interface PostgresServer {
  /** A role that may create databases. */
  readonly url: string
  /** Such as `PostgreSQL 18.4 (embedded)`. */
  readonly name: string
  readonly stop: () => Promise<void>
}

/** The server of `DATABASE_URL`, or an own one. Stops with this process even where `stop` is never reached. */
export const startPostgres = async (): Promise<PostgresServer> => {
  const given = process.env.DATABASE_URL
  if (given === undefined || given === "") return startEmbedded()
  return { url: given, name: `PostgreSQL ${await examine(given)} (DATABASE_URL)`, stop: async () => {} }
}

/** A server of one's own, whatever `DATABASE_URL` says: for a test that crashes or restarts it. */
const startEmbedded = async (): Promise<PostgresServer> => {
  const keeper = spawn(process.execPath, [fileURLToPath(new URL("postgres-keeper.mjs", import.meta.url))], {
    detached: true,
    stdio: ["pipe", "pipe", "inherit"],
    windowsHide: true
  })
  const exited = once(keeper, "exit")
  const lines = createInterface({ input: keeper.stdout })
  const [line] = (await Promise.race([once(lines, "line"), exited.then(() => [undefined])])) as [string | undefined]
  lines.close()
  const answer =
    line === undefined ? { error: "its keeper ended without an answer" } : (JSON.parse(line) as { url?: string; error?: string })
  if (answer.url === undefined) throw new Error(`no PostgreSQL for this run: ${answer.error}`)
  // Whoever forgets to stop the server can still end.
  keeper.unref()
  ;(keeper.stdin as unknown as { unref(): void }).unref()
  ;(keeper.stdout as unknown as { unref(): void }).unref()
  return {
    url: answer.url,
    name: `PostgreSQL ${await examine(answer.url)} (embedded)`,
    stop: async () => {
      keeper.ref()
      keeper.stdin.end()
      await exited
    }
  }
}

/** Connects once; answers the server's version. */
const examine = async (url: string): Promise<string> => {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  try {
    await client.connect()
    const { rows } = await client.query<{ version: string; may_create: boolean }>(
      "select current_setting('server_version') as version, rolcreatedb or rolsuper as may_create from pg_roles where rolname = current_user"
    )
    if (rows[0]?.may_create !== true) throw new Error("its role may not create databases")
    return String(rows[0].version.split(" ")[0])
  } catch (error) {
    throw new Error(`no PostgreSQL for this run: the server at ${withoutSecret(url)} cannot be used: ${reason(error)}`)
  } finally {
    await client.end().catch(() => {})
  }
}

const withoutSecret = (url: string): string => {
  if (!URL.canParse(url)) return "DATABASE_URL"
  const { host, pathname } = new URL(url)
  return `${host}${pathname}`
}

/** An `AggregateError` of a refused connection has an empty message. */
const reason = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(reason).join(", ")
  return error instanceof Error ? error.message : String(error)
}
