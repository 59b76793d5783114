/** Databases of their own for the benchmarks: migrated, reachable through the library and through the bare driver. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type * as SqlClient from "@effect/sql/SqlClient"
import Sqlite from "better-sqlite3"
import { Effect, Layer, ManagedRuntime } from "effect"
import pg from "pg"
import { layer as postgresLayer } from "../adapters/postgres/index.js"
import type { Dialect } from "../adapters/sql/dialect.js"
import { eventStoreLayer } from "../adapters/sql/metering/event-store.js"
import { metricStoreLayer } from "../adapters/sql/metering/metric-store.js"
import { usageStoreLayer } from "../adapters/sql/metering/usage/usage-store.js"
import { migrate } from "../adapters/sql/migrate.js"
import { layer as sqliteLayer } from "../adapters/sqlite/index.js"
import { CurrentOrganization, Ids, OrganizationId, type StorageError, type Transactor } from "../src/core/index.js"
import { Arrivals, EventBilling, type EventStore, Events, type MetricStore, Metrics, type UsageStore } from "../src/metering/index.js"
import { freshDatabase } from "../test/support/postgres.js"

type Foundation = SqlClient.SqlClient | Dialect | Transactor

type BenchServices = Foundation | Ids | Events | Metrics | EventStore | MetricStore | UsageStore

/** The driver without the library: rows as it returns them, parameters as `?` or `$1`. */
interface Bare {
  readonly query: (text: string, parameters: ReadonlyArray<unknown>) => Promise<ReadonlyArray<Record<string, unknown>>>
  /** Runs the work in one transaction. */
  readonly transaction: (work: () => Promise<void>) => Promise<void>
}

export interface BenchEngine {
  readonly name: "SQLite" | "Postgres"
  readonly organization: OrganizationId
  readonly run: <A, E>(effect: Effect.Effect<A, E, BenchServices | CurrentOrganization>) => Promise<A>
  readonly bare: Bare
  readonly close: () => Promise<void>
}

export const ORGANIZATION = OrganizationId.make("0190a000-0000-7000-8000-000000000001")

/** No subscription waits for events here. */
const nobody = Layer.merge(
  Layer.succeed(Arrivals, { note: () => Effect.void, check: () => Effect.succeed([]) }),
  Layer.succeed(EventBilling, { takeTurns: () => Effect.succeed([]), bill: () => Effect.succeed([]) })
)

const services = (foundation: Layer.Layer<Foundation, StorageError>) =>
  Layer.mergeAll(Events.layer, Metrics.layer).pipe(
    Layer.provideMerge(Layer.mergeAll(eventStoreLayer, metricStoreLayer, usageStoreLayer, nobody)),
    Layer.provideMerge(Layer.merge(foundation, Ids.layer))
  )

const over = async (
  name: BenchEngine["name"],
  foundation: Layer.Layer<Foundation, StorageError>,
  bare: Bare,
  drop: () => Promise<void>
): Promise<BenchEngine> => {
  const runtime = ManagedRuntime.make(services(foundation))
  await runtime.runPromise(migrate)
  const now = "2026-01-01T00:00:00.000Z"
  const places = name === "SQLite" ? "?, ?, ?, ?, ?, ?" : "$1, $2, $3, $4, $5, $6"
  const columns = "id, name, default_currency, timezone, created_at, updated_at"
  await bare.query(`INSERT INTO organizations (${columns}) VALUES (${places})`, [ORGANIZATION, "Acme", "EUR", "UTC", now, now])
  return {
    name,
    organization: ORGANIZATION,
    run: (effect) => runtime.runPromise(Effect.provideService(effect, CurrentOrganization, ORGANIZATION)),
    bare,
    close: async () => {
      await runtime.dispose()
      await drop()
    }
  }
}

export const sqliteEngine = async (): Promise<BenchEngine> => {
  const directory = mkdtempSync(join(tmpdir(), "billwright-bench-"))
  const filename = join(directory, "billing.db")
  const layer = sqliteLayer({ filename, durability: "normal" })
  // The library makes the file and its journal mode first.
  await Effect.runPromise(Effect.asVoid(migrate).pipe(Effect.provide(layer)))
  const database = new Sqlite(filename)
  for (const pragma of ["foreign_keys = ON", "busy_timeout = 5000", "synchronous = NORMAL"]) database.pragma(pragma)
  const prepared = new Map<string, Sqlite.Statement>()
  const statement = (text: string) => {
    const known = prepared.get(text) ?? database.prepare(text)
    prepared.set(text, known)
    return known
  }
  const bare: Bare = {
    query: async (text, parameters) => {
      const ready = statement(text)
      if (ready.reader) return ready.all(...parameters) as ReadonlyArray<Record<string, unknown>>
      ready.run(...parameters)
      return []
    },
    transaction: async (work) => {
      database.exec("BEGIN IMMEDIATE")
      await work()
      database.exec("COMMIT")
    }
  }
  return over("SQLite", layer, bare, async () => {
    database.close()
    rmSync(directory, { recursive: true, force: true })
  })
}

export const postgresEngine = async (server: string): Promise<BenchEngine> => {
  const database = await freshDatabase({ server })
  await Effect.runPromise(Effect.asVoid(migrate).pipe(Effect.provide(postgresLayer({ url: database.url }))))
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const names = new Map<string, string>()
  const bare: Bare = {
    query: async (text, parameters) => {
      const name = names.get(text) ?? `s${names.size}`
      names.set(text, name)
      return (await client.query({ name, text, values: [...parameters] })).rows
    },
    transaction: async (work) => {
      await client.query("BEGIN")
      await work()
      await client.query("COMMIT")
    }
  }
  return over("Postgres", postgresLayer({ url: database.url, maxConnections: 4 }), bare, async () => {
    await client.end()
    await database.drop()
  })
}

/** Seconds that work takes. */
export const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const before = performance.now()
  await work()
  return (performance.now() - before) / 1000
}
