/** What the policies of row-level security ask (`adapters/sql/row-level-security.ts` makes them); on Postgres only. */
import type { Migration } from "../migration.js"

export const rowLevelSecurity: Migration = {
  id: 37,
  name: "row_level_security",
  statements: ({ engine }) =>
    engine === "sqlite"
      ? []
      : [
          `CREATE FUNCTION billwright_organization() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
            $$ SELECT NULLIF(NULLIF(current_setting('billwright.organization', true), ''), '*')::uuid $$`,
          `CREATE FUNCTION billwright_all_organizations() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
            $$ SELECT COALESCE(current_setting('billwright.organization', true) = '*', false) $$`
        ]
}
