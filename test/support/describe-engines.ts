/**
 * Tests that run on both engines: `describeEngines("customers", (engine) => …)` gives each engine a migrated database of its
 * own and an organization in it.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import { DateTime, Effect, Layer, ManagedRuntime } from "effect"
import { afterAll, beforeAll, describe } from "vitest"
import { layer as postgresLayer } from "../../adapters/postgres/index.js"
import type { Dialect } from "../../adapters/sql/dialect.js"
import { migrate, revision } from "../../adapters/sql/migrate.js"
import { acrossOrganizations } from "../../adapters/sql/reach.js"
import { layer as sqliteLayer } from "../../adapters/sqlite/index.js"
import { CurrentOrganization, Ids, OrganizationId, type StorageError, type Transactor } from "../../src/core/index.js"
import { type FreshDatabase, freshDatabase } from "./postgres.js"
import { asRuntime, isSecured, secure } from "./row-level-security.js"
import { copiedFile } from "./sqlite.js"

export type EngineServices = SqlClient.SqlClient | Dialect | Transactor | Ids

export interface Engine {
  readonly name: "SQLite" | "Postgres"
  /** The services over the migrated database; every use shares one connection pool. Only inside tests and hooks. */
  readonly layer: Layer.Layer<EngineServices>
  /** On whose behalf `run` runs. Only inside tests and hooks. */
  readonly organization: OrganizationId
  /** Another organization of the same database. */
  readonly newOrganization: () => Promise<OrganizationId>
  /** Runs on behalf of the organization; a failure rejects with the error itself. */
  readonly run: <A, E>(effect: Effect.Effect<A, E, EngineServices | CurrentOrganization>) => Promise<A>
  /** Runs as the owner of the tables, whom neither rights nor policies stop. */
  readonly asOwner: <A, E>(effect: Effect.Effect<A, E, SqlClient.SqlClient>) => Promise<A>
  /** The error that an effect fails with; a success is a failed test. */
  readonly fail: <A, E>(effect: Effect.Effect<A, E, EngineServices | CurrentOrganization>) => Promise<E>
}

interface Opened {
  readonly layer: Layer.Layer<Exclude<EngineServices, Ids>, StorageError>
  readonly close: () => Promise<void> | void
  /** As whom the tables can be changed. */
  readonly owner?: Opened["layer"]
}

const migrated = (layer: Opened["layer"]) => Effect.runPromise(Effect.asVoid(migrate).pipe(Effect.provide(layer)))

/** Every database is a copy of one that was migrated once. */
const openSqlite = async (): Promise<Opened> => {
  const layerOf = (filename: string) => sqliteLayer({ filename, durability: "normal" })
  const file = await copiedFile(`revision_${revision}`, (path) => migrated(layerOf(path)))
  return { layer: layerOf(file.path), close: file.remove }
}

/** A database that is a copy of one that was migrated once; secured where the run is. */
export const migratedDatabase = (): Promise<FreshDatabase> => {
  const prepare = async (url: string) => {
    await migrated(postgresLayer({ url }))
    if (isSecured) await secure(url)
  }
  return freshDatabase({ template: { name: `revision_${revision}`, prepare } })
}

const openPostgres = async (): Promise<Opened> => {
  const { drop, url } = await migratedDatabase()
  const pool = { maxConnections: 4, rowLevelSecurity: isSecured }
  return {
    layer: postgresLayer({ url: isSecured ? asRuntime(url) : url, ...pool }),
    close: drop,
    ...(isSecured ? { owner: postgresLayer({ url, maxConnections: 1 }) } : {})
  }
}

const insertOrganization = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const id = OrganizationId.make(yield* Effect.flatMap(Ids, (ids) => ids.next))
  const now = DateTime.formatIso(yield* DateTime.now)
  yield* sql`INSERT INTO organizations (id, name, default_currency, timezone, created_at, updated_at)
    VALUES (${id}, ${"Acme"}, ${"EUR"}, ${"UTC"}, ${now}, ${now})`
  return id
}).pipe(acrossOrganizations)

/** A describe block for each engine. */
export const describeEngines = (title: string, tests: (engine: Engine) => void): void => {
  for (const [name, open] of [["SQLite", openSqlite] as const, ["Postgres", openPostgres] as const]) {
    describe(`${title} (${name})`, () => {
      let close: Opened["close"] = () => {}
      let runtime: ManagedRuntime.ManagedRuntime<EngineServices, StorageError>
      let organization: OrganizationId
      let owner: Opened["owner"]

      beforeAll(async () => {
        const opened = await open()
        close = opened.close
        owner = opened.owner
        runtime = ManagedRuntime.make(Layer.merge(opened.layer, Ids.layer))
        organization = await runtime.runPromise(insertOrganization)
      })

      afterAll(async () => {
        await runtime?.dispose()
        await close()
      })

      const orThrow = <A, E>(effect: Effect.Effect<A, E, EngineServices>): Promise<A> =>
        runtime.runPromise(Effect.either(effect)).then((result) => {
          if (result._tag === "Left") throw result.left
          return result.right
        })
      const here = Effect.provideServiceEffect(
        CurrentOrganization,
        Effect.sync(() => organization)
      )

      tests({
        name,
        get layer() {
          return Layer.effectContext(Effect.map(runtime.runtimeEffect, ({ context }) => context)).pipe(Layer.orDie)
        },
        get organization() {
          return organization
        },
        newOrganization: () => runtime.runPromise(insertOrganization),
        run: (effect) => orThrow(here(effect)),
        asOwner: (effect) => (owner === undefined ? runtime.runPromise(effect) : Effect.runPromise(Effect.provide(effect, owner))),
        fail: (effect) => orThrow(Effect.flip(here(effect)))
      })
    })
  }
}
