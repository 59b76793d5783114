/**
 * Row-level security of Postgres: `SELECT billwright_row_level_security(true)` puts every table of ours under a policy, and `false` takes them out. The
 * function is made from the tables as they are, after each migration, so that none is forgotten; where it is on, it is run again. And what a host says about
 * it is held against the database when it starts.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import type { StorageError } from "../../src/core/index.js"
import { RowLevelSecurityMismatch } from "../../src/operations/index.js"
import { Dialect, type DialectShape } from "./dialect.js"
import { asStorage } from "./failure.js"
import type { Table } from "./table.js"

const POLICY = "billwright_organization"

/** All of them as an array of SQL; what is staged for the audit log is an organization's too. */
const namesOf = (tables: ReadonlyArray<Table>): string =>
  `ARRAY[${[...tables.map(({ name }) => name), "billwright_changes"].map((name) => `'${name}'`).join(", ")}]`

/** The statements that make the function anew, and bring tables that are new under it where it is on. */
export const rowLevelSecurity = (dialect: DialectShape, tables: ReadonlyArray<Table>): ReadonlyArray<string> => {
  if (dialect.engine === "sqlite") return []
  // Asked once for a statement, not for each row: what a policy calls stands in a subquery.
  const create = `CREATE POLICY ${POLICY} ON %I USING ((SELECT billwright_all_organizations()) OR %I = (SELECT billwright_organization()))`
  return [
    `CREATE OR REPLACE FUNCTION billwright_row_level_security(switched_on boolean) RETURNS void LANGUAGE plpgsql AS $$
      DECLARE name text;
      BEGIN
        FOREACH name IN ARRAY ${namesOf(tables)} LOOP
          IF EXISTS (SELECT FROM pg_policy WHERE polrelid = name::regclass AND polname = '${POLICY}') THEN
            EXECUTE format('DROP POLICY ${POLICY} ON %I', name);
          END IF;
          IF switched_on THEN
            EXECUTE format('${create}', name, CASE name WHEN 'organizations' THEN 'id' ELSE 'organization_id' END);
            EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
          ELSE
            EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY', name);
          END IF;
        END LOOP;
      END $$`,
    `SELECT billwright_row_level_security(true) FROM pg_class WHERE oid = 'organizations'::regclass AND relrowsecurity`
  ]
}

interface Secured {
  readonly role: string
  readonly name: string
  /** Whether it has our policy, and it counts. */
  readonly secured: boolean
  /** Whether policies bind the role: no superuser's, no owner's who is not forced. */
  readonly bound: boolean
}

/** Refuses to start where the database's row-level security is not what the host says: nothing would be guarded, or no row would be seen. */
export const requireSecurity = (
  tables: ReadonlyArray<Table>
): Effect.Effect<void, StorageError | RowLevelSecurityMismatch, SqlClient.SqlClient | Dialect> =>
  Effect.gen(function* () {
    const dialect = yield* Dialect
    const { engine, rowLevelSecurity: said } = dialect
    if (engine === "sqlite" || said === "either") return
    const sql = yield* SqlClient.SqlClient
    const found = yield* sql<Secured>`SELECT current_user::text AS role, c.relname::text AS name, row_security_active(c.oid) AS bound,
        c.relrowsecurity AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = ${POLICY}) AS secured
      FROM pg_class c WHERE c.oid = ANY (${sql.literal(namesOf(tables))}::regclass[]::oid[]) ORDER BY c.relname`.pipe(
      asStorage(dialect, "row-level security")
    )
    const refuse = (problem: RowLevelSecurityMismatch["problem"], of: ReadonlyArray<Secured>) =>
      of.length === 0 ? Effect.void : new RowLevelSecurityMismatch({ problem, role: of[0]!.role, tables: of.map(({ name }) => name) })
    if (!said) {
      return yield* refuse(
        "unannounced",
        found.filter(({ bound, secured }) => bound && secured)
      )
    }
    yield* refuse(
      "off",
      found.filter(({ secured }) => !secured)
    )
    yield* refuse(
      "bypassed",
      found.filter(({ bound }) => !bound)
    )
  })
