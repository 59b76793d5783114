/** The unit of work: all or nothing, joined, apart, typed, and lent. */
import * as SqlClient from "@effect/sql/SqlClient"
import Database from "better-sqlite3"
import { Deferred, Effect, Fiber } from "effect"
import pg from "pg"
import { describe, expect, it } from "vitest"
import { layerFromPool, layerFromTransaction } from "../../../adapters/postgres/index.js"
import { Dialect } from "../../../adapters/sql/dialect.js"
import { asStorage } from "../../../adapters/sql/failure.js"
import { layer as sqliteLayer } from "../../../adapters/sqlite/index.js"
import { StorageError, Transactor } from "../../../src/core/index.js"
import { describeEngines } from "../../support/describe-engines.js"
import { freshDatabase } from "../../support/postgres.js"
import { freshFile } from "../../support/sqlite.js"

const setUp = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY)`)
const write = (name: string) => Effect.flatMap(SqlClient.SqlClient, (sql) => sql`INSERT INTO notes (name) VALUES (${name})`)
/** A host's pool. A test's database goes while the server still says goodbye to its connections: that is no error. */
const poolOf = (url: string, max = 10) => new pg.Pool({ connectionString: url, max }).on("error", () => {})

const names = Effect.flatMap(SqlClient.SqlClient, (sql) => sql<{ name: string }>`SELECT name FROM notes ORDER BY name`).pipe(
  Effect.map((rows) => rows.map((row) => row.name))
)
const transaction = <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.flatMap(Transactor, (transactor) => transactor.transaction(work))

describeEngines("the unit of work", ({ asOwner, run }) => {
  const fresh = Effect.zipRight(
    setUp,
    Effect.flatMap(SqlClient.SqlClient, (sql) => sql`DELETE FROM notes`)
  )

  it("commits what succeeds and takes back what fails", async () => {
    await asOwner(fresh)
    await run(transaction(write("kept")))
    await expect(run(transaction(Effect.zipRight(write("lost"), Effect.fail("no"))))).rejects.toBe("no")
    expect(await run(names)).toEqual(["kept"])
  })

  it("joins an open transaction; what an inner part wrote goes when it fails, the rest stays", async () => {
    await asOwner(fresh)
    const inner = transaction(Effect.zipRight(write("inner"), Effect.fail("no")))
    await run(transaction(Effect.zipRight(write("outer"), Effect.ignore(inner))))
    expect(await run(names)).toEqual(["outer"])
    await expect(run(transaction(Effect.zipRight(transaction(write("both")), Effect.fail("later"))))).rejects.toBe("later")
    expect(await run(names)).toEqual(["outer"])
  })

  it("keeps the savepoints of siblings apart", async () => {
    await asOwner(fresh)
    const sibling = (index: number) => {
      const work = Effect.zipRight(
        write(`n${index}`),
        Effect.zipRight(Effect.yieldNow(), index % 2 === 0 ? Effect.void : Effect.fail("odd"))
      )
      return Effect.ignore(transaction(work))
    }
    await run(
      transaction(
        Effect.forEach([0, 1, 2, 3, 4, 5], sibling, {
          concurrency: "unbounded"
        })
      )
    )
    expect(await run(names)).toEqual(["n0", "n2", "n4"])
  })

  it("takes back what an interrupted fiber wrote, and leaves its neighbour alone", async () => {
    await asOwner(fresh)
    await run(
      Effect.gen(function* () {
        const written = yield* Deferred.make<void>()
        const stuck = yield* Effect.fork(
          transaction(Effect.zipRight(write("interrupted"), Effect.zipRight(Deferred.succeed(written, undefined), Effect.never)))
        )
        yield* Deferred.await(written)
        const neighbour = yield* Effect.fork(transaction(write("neighbour")))
        yield* Fiber.interrupt(stuck)
        yield* Fiber.join(neighbour)
      })
    )
    expect(await run(names)).toEqual(["neighbour"])
  })

  it("says which constraint a write broke", async () => {
    await asOwner(fresh)
    await run(write("once"))
    const error = await run(Effect.flip(Effect.flatMap(Dialect, (dialect) => write("once").pipe(asStorage(dialect, "notes.write")))))
    expect(error).toBeInstanceOf(StorageError)
    expect(error).toMatchObject({ operation: "notes.write", reason: "unique" })
  })
})

describe("SQLite", () => {
  it("answers a BEGIN that finds the file locked with a typed error, and works again afterwards", async () => {
    const file = freshFile()
    const layer = sqliteLayer({ filename: file.path, durability: "normal" })
    const holder = Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`PRAGMA busy_timeout = 20`
      return yield* transaction(write("x"))
    })
    try {
      await Effect.runPromise(setUp.pipe(Effect.provide(layer)))
      const other = new Database(file.path)
      other.exec("BEGIN IMMEDIATE")
      const error = await Effect.runPromise(Effect.flip(holder).pipe(Effect.provide(layer)))
      expect(error).toMatchObject({ _tag: "StorageError", operation: "begin immediate", reason: "busy" })
      other.exec("COMMIT")
      other.close()
      await Effect.runPromise(holder.pipe(Effect.provide(layer)))
    } finally {
      file.remove()
    }
  })

  it("loses no increment of two connections that read before they write", async () => {
    const file = freshFile()
    const layer = () => sqliteLayer({ filename: file.path, durability: "normal" })
    const increment = transaction(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const [row] = yield* sql<{ n: number }>`SELECT n FROM counter`
        yield* sql`UPDATE counter SET n = ${row!.n + 1}`
      })
    )
    const many = Effect.repeatN(increment, 29)
    try {
      const prepare = Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`CREATE TABLE counter (n INTEGER NOT NULL)`
        yield* sql`INSERT INTO counter VALUES (0)`
      })
      await Effect.runPromise(prepare.pipe(Effect.provide(layer())))
      await Promise.all([1, 2].map(() => Effect.runPromise(many.pipe(Effect.provide(layer())))))
      const read = Effect.flatMap(SqlClient.SqlClient, (sql) => sql<{ n: number }>`SELECT n FROM counter`)
      expect(await Effect.runPromise(read.pipe(Effect.provide(layer())))).toEqual([{ n: 60 }])
    } finally {
      file.remove()
    }
  })
})

describe("a transaction that the host has opened", () => {
  it("keeps or loses our rows with the host's", async () => {
    const database = await freshDatabase()
    const pool = poolOf(database.url)
    const stored = () => Effect.runPromise(names.pipe(Effect.provide(layerFromPool(pool))))
    try {
      await pool.query("CREATE TABLE notes (name TEXT PRIMARY KEY)")
      const host = await pool.connect()
      const lent = layerFromTransaction({ query: (text, values) => host.query(text, [...values]) })
      const bill = (name: string, end: Effect.Effect<void, string> = Effect.void) =>
        Effect.runPromise(Effect.either(transaction(Effect.zipRight(write(name), end))).pipe(Effect.provide(lent)))

      await host.query("BEGIN")
      await host.query("INSERT INTO notes VALUES ('host 1')")
      await bill("ours 1")
      await host.query("ROLLBACK")
      expect(await stored()).toEqual([])

      await host.query("BEGIN")
      await host.query("INSERT INTO notes VALUES ('host 2')")
      await bill("ours 2")
      await bill("ours failed", Effect.fail("no"))
      await host.query("COMMIT")
      host.release()
      expect(await stored()).toEqual(["host 2", "ours 2"])
    } finally {
      await pool.end()
      await database.drop()
    }
  })

  it("gives the host's pool back clean", async () => {
    const database = await freshDatabase()
    const pool = poolOf(database.url, 1)
    try {
      await pool.query("CREATE TABLE notes (name TEXT PRIMARY KEY)")
      const failing = transaction(Effect.zipRight(write("x"), Effect.fail("no")))
      await Effect.runPromise(Effect.ignore(failing).pipe(Effect.provide(layerFromPool(pool))))
      const { rows } = await pool.query(
        "SELECT count(*)::int AS open FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' AND datname = current_database()"
      )
      expect(rows).toEqual([{ open: 0 }])
    } finally {
      await pool.end()
      await database.drop()
    }
  })
})
