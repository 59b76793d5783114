/**
 * Row-level security of Postgres: `SELECT billwright_row_level_security(true)` puts every table of ours under a policy, and `false` takes them out. The
 * function is made from the tables as they are, after each migration, so that none is forgotten; where it is on, it is run again.
 */
import type { DialectShape } from "./dialect.js"
import type { Table } from "./table.js"

const POLICY = "billwright_organization"

/** The statements that make the function anew, and bring tables that are new under it where it is on. */
export const rowLevelSecurity = (dialect: DialectShape, tables: ReadonlyArray<Table>): ReadonlyArray<string> => {
  if (dialect.engine === "sqlite") return []
  // What is staged for the audit log is an organization's too.
  const names = [...tables.map(({ name }) => name), "billwright_changes"]
  // Asked once for a statement, not for each row: what a policy calls stands in a subquery.
  const create = `CREATE POLICY ${POLICY} ON %I USING ((SELECT billwright_all_organizations()) OR %I = (SELECT billwright_organization()))`
  return [
    `CREATE OR REPLACE FUNCTION billwright_row_level_security(switched_on boolean) RETURNS void LANGUAGE plpgsql AS $$
      DECLARE name text;
      BEGIN
        FOREACH name IN ARRAY ARRAY[${names.map((name) => `'${name}'`).join(", ")}] LOOP
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
