/** Databases of their own for tests on PostgreSQL: created in the run's server in some milliseconds, dropped afterwards. */
import { randomBytes } from "node:crypto"
import { Client } from "pg"

export interface FreshDatabase {
  readonly url: string
  readonly drop: () => Promise<void>
}

export interface FreshDatabaseOptions {
  /** Where to create it; the run's server unless given (outside `npm test`: what `startPostgres` answered). */
  readonly server?: string
  /** Prepares an empty database once per run; each fresh database of this name is a copy of it. */
  readonly template?: { readonly name: string; readonly prepare: (url: string) => Promise<void> }
}

/** Every database of this run carries it, so that the run can drop what a failed test left. */
export const prefixVariable = "BILLWRIGHT_TEST_PREFIX"
export const serverVariable = "BILLWRIGHT_TEST_POSTGRES"

/** An empty database, or a copy of the named template. */
export const freshDatabase = async (options: FreshDatabaseOptions = {}): Promise<FreshDatabase> => {
  const server = options.server ?? process.env[serverVariable]
  if (server === undefined) throw new Error("no PostgreSQL server: run through vitest, or pass what startPostgres() answered")
  const name = `${prefix()}_${randomBytes(6).toString("hex")}`
  await asAdministrator(server, async (client) => {
    const template = options.template === undefined ? "template1" : await prepared(client, server, options.template)
    await client.query(`create database ${name} template ${template}`)
  })
  return {
    url: databaseUrl(server, name),
    drop: () => asAdministrator(server, (client) => dropDatabase(client, name))
  }
}

/** Drops every database of this run. */
export const dropAll = (server: string): Promise<void> =>
  asAdministrator(server, async (client) => {
    const { rows } = await client.query<{ datname: string }>("select datname from pg_database where starts_with(datname, $1)", [prefix()])
    for (const { datname } of rows) await dropDatabase(client, datname)
  })

/** The template's database; whoever comes first makes it while the others wait. */
const prepared = async (client: Client, server: string, template: NonNullable<FreshDatabaseOptions["template"]>): Promise<string> => {
  if (!/^[a-z0-9_]+$/.test(template.name)) throw new Error(`a template's name is lower case letters, digits and _: ${template.name}`)
  const name = `${prefix()}_template_${template.name}`
  const exists = async () => (await client.query("select from pg_database where datname = $1", [name])).rowCount === 1
  if (await exists()) return name
  await client.query("select pg_advisory_lock(hashtext($1))", [name])
  try {
    if (await exists()) return name
    const draft = `${name}_draft`
    await dropDatabase(client, draft)
    await client.query(`create database ${draft} template template1`)
    await template.prepare(databaseUrl(server, draft))
    await client.query(`alter database ${draft} rename to ${name}`)
    return name
  } finally {
    await client.query("select pg_advisory_unlock(hashtext($1))", [name])
  }
}

const prefix = (): string => process.env[prefixVariable] ?? `billwright_${process.pid}`

const databaseUrl = (server: string, name: string): string => {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

const dropDatabase = async (client: Client, name: string): Promise<void> => {
  await client.query(`drop database if exists ${name} with (force)`)
}

const asAdministrator = async <A>(server: string, work: (client: Client) => Promise<A>): Promise<A> => {
  const client = new Client({ connectionString: server })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
