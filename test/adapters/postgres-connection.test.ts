/** What becomes of a transaction when the connection, the server or an administrator ends it. */
import { connect, createServer, type Socket } from "node:net"
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import pg from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { layer } from "../../adapters/postgres/index.js"
import { Dialect } from "../../adapters/sql/dialect.js"
import { asStorage } from "../../adapters/sql/failure.js"
import { StorageError, Transactor } from "../../src/core/index.js"
import { type FreshDatabase, freshDatabase } from "../support/postgres.js"

/** A way to the server that breaks, when it is told to, as a statement comes by: before the server hears it, or before its answer is heard. */
const wayTo = async (url: string) => {
  const server = new URL(url)
  const { hostname } = server
  const port = server.port || server.searchParams.get("port") || "5432"
  // Either a directory with the server's socket, or a name.
  const socket = server.searchParams.get("host")
  for (const name of ["host", "port"]) server.searchParams.delete(name)
  let cut: { readonly at: string; readonly answered: boolean } | undefined
  const end = (...sockets: ReadonlyArray<Socket>) => {
    for (const socket of sockets) socket.destroy()
  }
  const between = createServer((client) => {
    const upstream = socket?.startsWith("/") ? connect(`${socket}/.s.PGSQL.${port}`) : connect(Number(port), hostname)
    let heard = false
    client.on("data", (bytes) => {
      if (cut !== undefined && bytes.includes(cut.at)) {
        if (!cut.answered) return end(client, upstream)
        heard = true
      }
      upstream.write(bytes)
    })
    upstream.on("data", (bytes) => (heard ? end(client, upstream) : client.write(bytes)))
    for (const [one, other] of [
      [client, upstream],
      [upstream, client]
    ] as const)
      one.on("error", () => {}).on("close", () => other.destroy())
  })
  await new Promise<void>((resolve) => between.listen(0, "127.0.0.1", resolve))
  server.hostname = "127.0.0.1"
  server.port = String((between.address() as { readonly port: number }).port)
  return {
    url: server.href,
    break: (at: string, answered: boolean) => {
      cut = { at, answered }
    },
    mend: () => {
      cut = undefined
    },
    close: () => between.close()
  }
}

describe("a transaction on Postgres", () => {
  let database: FreshDatabase
  let way: Awaited<ReturnType<typeof wayTo>>
  let owner: pg.Client
  let begun = 0

  beforeAll(async () => {
    database = await freshDatabase()
    way = await wayTo(database.url)
    owner = new pg.Client({ connectionString: database.url })
    await owner.connect()
    await owner.query("CREATE TABLE notes (name text)")
  })
  afterAll(async () => {
    way?.close()
    await owner?.end()
    await database?.drop()
  })

  const written = async () => (await owner.query<{ name: string }>("SELECT name FROM notes ORDER BY name")).rows.map(({ name }) => name)

  /** Writes a note in a transaction, and another one, over the same pool of one connection, once the way is mended. */
  const write = (name: string, during: Effect.Effect<unknown> = Effect.void) =>
    Effect.runPromise(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const { transaction } = yield* Transactor
        begun = 0
        const work = (text: string) =>
          Effect.suspend(() => {
            begun++
            return sql`INSERT INTO notes (name) VALUES (${text})`
          })
        const error = yield* Effect.flip(transaction(Effect.zipRight(work(name), during)))
        const times = begun
        way.mend()
        yield* transaction(work(`${name}, then`))
        return { error, times }
      }).pipe(Effect.provide(layer({ url: way.url, maxConnections: 1 })))
    )

  it("whose COMMIT has no answer fails as unavailable and is not repeated: it may have been committed", async () => {
    way.break("COMMIT", true)
    const { error, times } = await write("unheard")
    expect(error).toBeInstanceOf(StorageError)
    expect(error).toMatchObject({ operation: "commit", reason: "unavailable" })
    expect(times).toBe(1)
    expect(await written()).toEqual(["unheard", "unheard, then"])
  })

  it("whose connection breaks before its COMMIT is taken back, and the pool has another one", async () => {
    way.break("COMMIT", false)
    const { error } = await write("unsaid")
    expect(error).toMatchObject({ operation: "commit", reason: "unavailable" })
    expect((await written()).filter((name) => name.startsWith("unsaid"))).toEqual(["unsaid, then"])
  })

  it("in which a failed statement was passed over fails at its COMMIT, which the server answers with a rollback", async () => {
    const wrong = Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { transaction } = yield* Transactor
      return yield* Effect.flip(
        transaction(Effect.zipRight(sql`INSERT INTO notes (name) VALUES ('lost')`, Effect.ignore(sql`SELECT 1 / 0`)))
      )
    })
    const error = await Effect.runPromise(Effect.provide(wrong, layer({ url: database.url, maxConnections: 1 })))
    expect(error).toMatchObject({ _tag: "StorageError", operation: "commit" })
    expect(await written()).not.toContain("lost")
  })

  it("that an administrator or a time limit cancels is not tried again", async () => {
    const cancelled = Effect.flatMap(SqlClient.SqlClient, (sql) =>
      sql`SET LOCAL statement_timeout = 10`.pipe(Effect.zipRight(sql`SELECT pg_sleep(5)`))
    )
    const outcome = await Effect.runPromise(
      Effect.gen(function* () {
        const { transaction } = yield* Transactor
        const storage = asStorage(yield* Dialect, "sleep")
        let tries = 0
        const counted = Effect.suspend(() => {
          tries++
          return storage(cancelled)
        })
        const { reason } = yield* Effect.flip(transaction(counted))
        return { reason, tries }
      }).pipe(Effect.provide(layer({ url: database.url, maxConnections: 1 })))
    )
    expect(outcome).toEqual({ reason: "unavailable", tries: 1 })
  })
})
