/** Search in SQL: all kinds with one statement. Texts are looked for as they stand, never as patterns. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Layer } from "effect"
import { CurrentOrganization } from "../../../src/core/index.js"
import { type SearchHits, SearchStore, type SearchText } from "../../../src/operations/index.js"
import { Dialect } from "../dialect.js"
import { asStorage } from "../failure.js"
import { readValue } from "../table.js"

type Kind = keyof SearchHits

interface Searched {
  /** The columns that are looked through. */
  readonly texts: ReadonlyArray<string>
  /** The columns that a hit shows beside its id. */
  readonly shown: readonly [string, string, string?]
}

const SEARCHED: Readonly<Record<Kind, Searched>> = {
  customers: { texts: ["name", "email", "external_id"], shown: ["external_id", "name", "email"] },
  invoices: { texts: ["invoice_number"], shown: ["invoice_number", "customer_id", "status"] },
  subscriptions: { texts: ["external_id"], shown: ["external_id", "customer_id", "status"] },
  plans: { texts: ["code", "name"], shown: ["code", "name"] }
}
const KINDS = Object.keys(SEARCHED) as ReadonlyArray<Kind>

type Raw = Readonly<Record<string, unknown>>

export const searchStoreLayer: Layer.Layer<SearchStore, never, SqlClient.SqlClient | Dialect> = Layer.effect(
  SearchStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const dialect = yield* Dialect
    const place = sql.literal(dialect.engine === "postgres" ? "strpos" : "instr")
    const text = (column: string | undefined) =>
      column === undefined ? "NULL" : dialect.engine === "postgres" ? `t.${column}::text` : `t.${column}`

    /** Whether some column is, or contains, the text in one of its forms. */
    const either = (columns: ReadonlyArray<string>, { lower, upper }: SearchText, whole: boolean) =>
      sql.or(
        columns.flatMap((column) => {
          const [small, large] = [sql.literal(`lower(t.${column})`), sql.literal(`upper(t.${column})`)]
          return whole
            ? [sql`${small} = ${lower}`, sql`${large} = ${upper}`]
            : [sql`${place}(${small}, ${lower}) > 0`, sql`${place}(${large}, ${upper}) > 0`]
        })
      )

    const hits = (kind: Kind, given: SearchText, organization: string, limit: number) => {
      const { shown, texts } = SEARCHED[kind]
      const columns = sql.literal(`'${kind}' AS kind, t.id AS id, t.created_at AS created_at, ${text(shown[0])} AS first,
        ${text(shown[1])} AS second, ${text(shown[2])} AS third`)
      return sql`SELECT * FROM (SELECT ${columns}, CASE WHEN ${either(texts, given, true)} THEN 1 ELSE 0 END AS exact
        FROM ${sql.literal(kind)} t WHERE t.organization_id = ${organization} AND ${either(texts, given, false)}
        ORDER BY exact DESC, t.created_at DESC, t.id DESC LIMIT ${limit}) ${sql.literal(kind)}`
    }

    const hitOf = (raw: Raw) => {
      const [first, second, third] = SEARCHED[raw.kind as Kind].shown
      return {
        id: raw.id,
        exact: Number(raw.exact) === 1,
        created_at: readValue("instant", raw.created_at),
        [first]: raw.first,
        [second]: raw.second,
        ...(third === undefined ? {} : { [third]: raw.third })
      }
    }

    return SearchStore.of({
      find: Effect.fnUntraced(
        function* (given, limit) {
          const organization = yield* CurrentOrganization
          const [customers, invoices, subscriptions, plans] = KINDS.map((kind) => hits(kind, given, organization, limit))
          const found = yield* sql`${customers!} UNION ALL ${invoices!} UNION ALL ${subscriptions!} UNION ALL ${plans!}`
          const of = (kind: Kind) => found.filter((row) => (row as Raw).kind === kind).map((row) => hitOf(row as Raw))
          return Object.fromEntries(KINDS.map((kind) => [kind, of(kind)])) as unknown as SearchHits
        },
        asStorage(dialect, "search.find")
      )
    })
  })
)
