/**
 * Row-level security for tests: the whole suite passes with it on (`npm run test:rls`). What is done to role and database is the SQL that
 * docs/security.md tells a database administrator.
 */
import { readFileSync } from "node:fs"
import { Client } from "pg"

/** Whether databases of this run have it. */
export const isSecured = process.env.BILLWRIGHT_TEST_RLS === "1"

const ROLE = "billing_app"

/** The SQL of the document that is marked with a word. */
const documented = (mark: string): string => {
  const text = readFileSync(new URL("../../docs/security.md", import.meta.url), "utf8")
  const [, block] = new RegExp(`^ *\`\`\`sql ${mark}\\n([\\s\\S]*?)^ *\`\`\``, "m").exec(text) ?? []
  if (block === undefined) throw new Error(`docs/security.md has no SQL that is marked ${mark}`)
  return block
}

/** Switches it on in a migrated database of the run's server, and lets the role of Billwright in. */
export const secure = async (url: string): Promise<void> => {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    // Roles are the server's: several workers may come at once.
    await client.query("SELECT pg_advisory_lock(hashtext('billwright_test_role'))")
    const { rowCount } = await client.query("SELECT FROM pg_roles WHERE rolname = $1", [ROLE])
    if (rowCount === 0) await client.query(documented("role"))
    await client.query("SELECT pg_advisory_unlock(hashtext('billwright_test_role'))")
    await client.query(documented("database"))
  } finally {
    await client.end()
  }
}

/** The same database, as the role of Billwright. */
export const asRuntime = (url: string): string => {
  const own = new URL(url)
  own.username = ROLE
  own.password = "secret"
  return own.href
}
