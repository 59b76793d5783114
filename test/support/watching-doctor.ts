/**
 * The doctor for tests that ask it after every step. What a part of it says follows from the rows that it reads and perhaps the
 * time: a part is asked again only where one of the tables that its statements name was written since, or where it asked for the
 * time and that has passed. Triggers of the database tell which tables were written, whoever wrote them.
 */
import { SqlClient } from "@effect/sql/SqlClient"
import { withTransformer } from "@effect/sql/Statement"
import { Effect } from "effect"
import { Dialect } from "../../adapters/sql/dialect.js"
import { CurrentOrganization, Transactor } from "../../src/core/index.js"
import { brokenEnd, type ChainReader, chainReader } from "../../src/operations/audit/chain.js"
import { AuditStore, type Examination, Examinations, type Violation } from "../../src/operations/index.js"

const TABLES = {
  sqlite: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
  postgres: "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() AND tablename <> 'written_tables'"
} as const

const tables = Effect.gen(function* () {
  const sql = yield* SqlClient
  const { engine } = yield* Dialect
  return (yield* sql.unsafe<{ name: string }>(TABLES[engine])).map(({ name }) => name)
})

const EVENTS = ["INSERT", "UPDATE", "DELETE"] as const

/** Triggers that note each table that is written. On SQLite they are the connection's own, on Postgres the database's. */
export const watchTables = Effect.gen(function* () {
  const sql = yield* SqlClient
  const { engine } = yield* Dialect
  const found = yield* tables
  if (engine === "sqlite") {
    yield* sql.unsafe("CREATE TEMP TABLE IF NOT EXISTS written_tables (id INTEGER PRIMARY KEY, name TEXT, event TEXT)")
    for (const name of found) {
      for (const event of EVENTS) {
        yield* sql.unsafe(`CREATE TEMP TRIGGER IF NOT EXISTS written_${name}_${event} AFTER ${event} ON main.${name}
          BEGIN INSERT INTO written_tables (name, event) VALUES ('${name}', '${event}'); END`)
      }
    }
    return
  }
  yield* sql.unsafe("CREATE UNLOGGED TABLE written_tables (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, event text)")
  yield* sql.unsafe(`CREATE FUNCTION write_down() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO written_tables (name, event) VALUES (TG_TABLE_NAME, TG_OP); RETURN NULL; END $$`)
  for (const name of found) {
    yield* sql.unsafe(`CREATE TRIGGER written AFTER INSERT OR UPDATE OR DELETE ON ${name} FOR EACH STATEMENT EXECUTE FUNCTION write_down()`)
  }
})

interface Known {
  /** The tables that its statements name, of all times that it was asked. */
  readonly reads: Set<string>
  /** When it was asked, where it asked for the time itself. */
  at: number | undefined
  violations: ReadonlyArray<Violation>
}

interface Written {
  readonly name: string
  readonly event: string
  readonly last: string
}

/** The log of what was done grows only: rows that were read are read again only where one was changed. */
const chainPart = Effect.gen(function* () {
  const audit = yield* AuditStore
  let reader: ChainReader = chainReader(audit.digest)
  const examine = Effect.gen(function* () {
    const organization = yield* CurrentOrganization
    const head = yield* audit.head
    for (const row of yield* audit.behind(reader.end().position, 1_000_000)) reader.read(row)
    const violations = [...reader.broken, ...brokenEnd(organization, reader.end(), head)].map((row): Violation => ({ code: "A1", ...row }))
    return { invoices: 0, fees: 0, subscriptions: 0, violations }
  })
  return {
    part: { name: "audit", examine } satisfies Examination,
    forget: () => {
      reader = chainReader(audit.digest)
    }
  }
})

/** One for each organization: what the doctor would say of it now. */
export const watchingDoctor = Effect.gen(function* () {
  const sql = yield* SqlClient
  const { snapshot } = yield* Transactor
  const chain = yield* chainPart
  const parts = (yield* Examinations).map((part) => (part.name === "audit" ? chain.part : part))
  const names = new Set(yield* tables)
  const known = new Map<string, Known>()
  const namedIn = new Map<string, ReadonlyArray<string>>()
  let seen = "0"

  const tablesOf = (text: string): ReadonlyArray<string> => {
    const found = namedIn.get(text) ?? [...new Set(text.match(/\w+/g))].filter((word) => names.has(word))
    namedIn.set(text, found)
    return found
  }

  const ask = ({ examine, name }: Examination) =>
    Effect.clockWith((clock) => {
      const reads = known.get(name)?.reads ?? new Set<string>()
      let isTimed = false
      const noting = new Proxy(clock, {
        get: (target, key) => {
          // What is not "unsafe" is read by effects; the other one the driver's cache of statements reads each time.
          if (key === "currentTimeMillis") isTimed = true
          return Reflect.get(target, key) as unknown
        }
      })
      return withTransformer(Effect.withClock(examine, noting), (statement) => {
        for (const table of tablesOf(statement.compile()[0])) reads.add(table)
        return Effect.succeed(statement)
      }).pipe(
        Effect.map(({ violations }): Known => ({ reads, at: isTimed ? clock.unsafeCurrentTimeMillis() : undefined, violations })),
        Effect.tap((found) => Effect.sync(() => void known.set(name, found)))
      )
    })

  return Effect.gen(function* () {
    const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
    const written =
      yield* sql<Written>`SELECT name, event, CAST(MAX(id) AS TEXT) AS last FROM written_tables WHERE id > ${seen} GROUP BY name, event`
    for (const { event, last, name } of written) {
      if (BigInt(last) > BigInt(seen)) seen = last
      if (name === "audit_logs" && event !== "INSERT") chain.forget()
    }
    const due = parts.filter(({ name }) => {
      const before = known.get(name)
      return before === undefined || (before.at ?? now) !== now || written.some((one) => before.reads.has(one.name))
    })
    if (due.length > 0) yield* snapshot(Effect.forEach(due, ask, { discard: true }))
    return parts.flatMap(({ name }) => known.get(name)!.violations)
  })
})
