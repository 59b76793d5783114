import { execFile } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import Driver from "better-sqlite3"
import { Client } from "pg"
import { describe, expect, it } from "vitest"
import { run } from "../../adapters/cli/run.js"
import { postgres } from "../../adapters/postgres/index.js"
import { sqlite } from "../../adapters/sqlite/index.js"
import { createBilling, type Database } from "../../src/client/index.js"
import { freshDatabase } from "../support/postgres.js"
import { freshFile } from "../support/sqlite.js"

const billwright = async (...args: ReadonlyArray<string>) => {
  const said: Array<string> = []
  const complained: Array<string> = []
  const code = await run(
    args,
    (line) => said.push(line),
    (line) => complained.push(line)
  )
  return { code, out: said.join("\n"), err: complained.join("\n") }
}

const seed = async (database: Database) => {
  const billing = await createBilling({ database })
  const organization = billing.organization((await billing.organizations.create({ name: "Acme" })).id)
  await organization.customers.create({ external_id: "c", name: "C" })
  await organization.plans.create({ code: "p", name: "P", interval: "monthly", amount_cents: 1000n })
  await organization.subscriptions.create({
    external_id: "s",
    external_customer_id: "c",
    plan_code: "p",
    started_at: "2025-01-01T00:00:00Z"
  })
  await billing.close()
}

describe.each([
  [
    "SQLite",
    async () => {
      const file = freshFile()
      const alter = async (statement: string): Promise<string> => {
        const shell = new Driver(file.path)
        shell.exec("DROP TRIGGER fees_frozen")
        shell.exec(statement)
        const { id } = shell.prepare("SELECT id FROM fees ORDER BY id LIMIT 1").get() as { id: string }
        shell.close()
        return id
      }
      return { location: file.path, database: sqlite(file.path), close: file.remove, alter }
    }
  ],
  [
    "Postgres",
    async () => {
      const { drop, url } = await freshDatabase()
      const alter = async (statement: string): Promise<string> => {
        const shell = new Client({ connectionString: url })
        await shell.connect()
        await shell.query("ALTER TABLE fees DISABLE TRIGGER ALL")
        await shell.query(statement)
        const { rows } = await shell.query<{ id: string }>("SELECT id FROM fees ORDER BY id LIMIT 1")
        await shell.end()
        return rows[0]!.id
      }
      return { location: url, database: postgres(url), close: drop, alter }
    }
  ]
] as const)("billwright (%s)", (_, open) => {
  it("migrates once, bills what is due, and the doctor finds nothing", async () => {
    const { close, database, location } = await open()
    const first = await billwright("migrate", location)
    expect([first.code, first.out]).toEqual([0, expect.stringContaining("applied accounts, metering, catalog")])
    expect(await billwright("migrate", "--database", location)).toEqual({ code: 0, out: "up to date", err: "" })
    const status = await billwright("migrate", "--status", location)
    expect([status.code, status.out.split("\n")[0], status.out.includes("missing")]).toEqual([0, "applied  1 accounts", false])
    await seed(database)
    expect(await billwright("bill", location, "--now", "2025-03-01T00:00:00Z")).toEqual({
      code: 0,
      out: "Acme: 2 invoices made, 2 issued",
      err: ""
    })
    expect(await billwright("bill", location, "--now", "2025-03-01T00:00:00Z")).toEqual({
      code: 0,
      out: "Acme: 0 invoices made, 0 issued",
      err: ""
    })
    expect(await billwright("doctor", location)).toEqual({
      code: 0,
      out: "Acme: 2 invoices, 2 fees, 1 subscription: nothing wrong",
      err: ""
    })
    await close()
  })

  it("the doctor names a fee that was altered by hand, and ends with exit code 1", async () => {
    const { alter, close, database, location } = await open()
    await billwright("migrate", location)
    await seed(database)
    await billwright("bill", location, "--now", "2025-03-01T00:00:00Z")
    const id = await alter("UPDATE fees SET amount_cents = amount_cents + 1, total_amount_cents = total_amount_cents + 1")
    const { code, out } = await billwright("doctor", location)
    // Who could alter it has switched its guard off.
    expect(out).toMatch(/^A1 fees: the trigger fees_frozen is (?:missing|off)$/m)
    expect([code, out]).toEqual([1, expect.stringContaining(`M2 fees ${id}: amount_cents 1001 is not precise_amount_cents 1000 rounded`)])
    await close()
  })

  it("bills and checks no database that was not migrated", async () => {
    const { close, location } = await open()
    for (const command of ["bill", "doctor"]) {
      // A file that is there, as an empty database is.
      if (!location.includes("://")) writeFileSync(location, "")
      const { code, err } = await billwright(command, location)
      expect([code, err]).toEqual([2, expect.stringMatching(/^billwright: the database is at revision 0, .* needs \d+: run migrate$/)])
    }
    await close()
  })
})

it("prints the schema of either engine without a database", async () => {
  const forSqlite = await billwright("migrate", "--print-sql", "nowhere/at/all.db")
  const forPostgres = await billwright("migrate", "--print-sql", "postgres://nobody@nowhere/none")
  expect([forSqlite.code, forPostgres.code]).toEqual([0, 0])
  expect(forSqlite.out).toContain("STRICT")
  expect(forPostgres.out).toContain("timestamptz")
})

describe("wrong input is one line and exit code 2", () => {
  const file = freshFile()
  const directory = `${file.path}.directory`
  mkdirSync(directory)
  writeFileSync(`${file.path}.txt`, "this is a letter, and no database at all ".repeat(50))

  it.each([
    [["launch"], "no command launch"],
    [["bill"], "bill of which database"],
    [["doctor", "a.db", "b.db"], "one database at a time"],
    [["doctor", "a.db", "--now", "2025-01-01T00:00:00Z"], "doctor has no option --now"],
    [["bill", "a.db", "--now", "yesterday"], "--now yesterday"],
    [["bill", "a.db", "--now", "2025-02-30T00:00:00Z"], "date and time that exist"],
    [["bill", "--verbose", "a.db"], "billwright: Unknown option '--verbose'; billwright --help shows what there is"],
    [["migrate", "--status", "--print-sql", "a.db"], "either --status or --print-sql"],
    [["doctor", "mysql://localhost/x"], "mysql:// is no database"],
    [["doctor", `${file.path}.missing`], "there is no file"],
    [["migrate", "/nowhere/at/all/billing.db"], "there is no directory /nowhere/at/all"],
    [["migrate", directory], "is a directory; a file is wanted"],
    [["doctor", `${file.path}.txt`], "not a database"],
    [
      ["doctor", "postgres://nobody@127.0.0.1:1/none"],
      "billwright: connect to Postgres: storage unavailable (connect ECONNREFUSED 127.0.0.1:1)"
    ]
  ])("%j", async (args, said) => {
    const { code, err, out } = await billwright(...args)
    expect([code, out]).toEqual([2, ""])
    expect(err).toContain(said)
    expect(err).toMatch(/^billwright: [^\n]+$/)
  })

  it("also from the shell, without a stack", async () => {
    const main = fileURLToPath(new URL("../../adapters/cli/main.ts", import.meta.url))
    const failed = await promisify(execFile)(process.execPath, ["--import", "tsx", main, "doctor", "/nowhere.db"]).then(
      () => undefined,
      (error: { code: number; stderr: string }) => error
    )
    expect([failed?.code, failed?.stderr]).toEqual([2, "billwright: there is no file /nowhere.db\n"])
  })
})

it("--help tells what there is", async () => {
  for (const args of [[], ["--help"], ["help"], ["bill", "-h"]]) {
    const { code, out } = await billwright(...args)
    expect([code, out]).toEqual([0, expect.stringContaining("billwright doctor <database>")])
  }
})

it("--version tells which version this is", async () => {
  expect(await billwright("--version")).toEqual({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+/), err: "" })
})
