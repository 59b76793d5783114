/** The example as a person starts it: a process of its own, on both engines, killed, repeated, and given what it cannot use. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, it } from "vitest"
import { bundled } from "../../support/bundle.js"
import { freshDatabase } from "../../support/postgres.js"
import { freshFile } from "../../support/sqlite.js"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const builtIn = join(root, "examples/charging-bill/data/charging-sessions.csv")

/** A whole run takes seconds; this is for a machine that does much else. */
const LONG = 240_000

interface Outcome {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

/** Over the sources: the package's name is what tsconfig.json says. */
const start = async (args: ReadonlyArray<string>): Promise<ChildProcess> =>
  spawn(process.execPath, [await bundled(join(root, "examples/charging-bill/main.ts")), ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"]
  })

/** Runs it to its end, or kills it as soon as it says `killAt` on stderr. */
const run = async (args: ReadonlyArray<string>, killAt?: RegExp): Promise<Outcome> => {
  const child = await start(args)
  let [stdout, stderr] = ["", ""]
  child.stdout!.setEncoding("utf8").on("data", (text: string) => {
    stdout += text
  })
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    stderr += text
    if (killAt?.test(stderr)) child.kill("SIGKILL")
  })
  const [code, signal] = (await once(child, "close")) as [number | null, string | null]
  return { code, signal, stdout, stderr }
}

/** Without expected ones. */
const figuresOf = (stdout: string): string => stdout.slice(stdout.search(/^ *energy events /m))

const tableOf = (stdout: string): string => stdout.slice(stdout.indexOf(" expected "))

const files = { main: freshFile(), calm: freshFile(), killed: freshFile(), other: freshFile(), bad: freshFile() }
afterAll(() => {
  for (const file of Object.values(files)) file.remove()
})

describe("the charging bill", () => {
  let whole: Outcome

  it("comes to the expected figures on a SQLite file, row by row and customer by customer", { timeout: LONG }, async () => {
    whole = await run(["--database", files.main.path])
    expect(whole).toMatchObject({ code: 0 })
    expect(whole.stdout).toContain("New: 88,186 events, 5,640 invoices.")
    expect(tableOf(whole.stdout).match(/✓/g)).toHaveLength(13)
    expect(whole.stdout).not.toContain("✗")
    expect(whole.stdout).toMatch(/✓ +196 +customers, each as expected 196\n/)
    expect(whole.stdout).toMatch(/✓ +5,640 +invoices 5,640\n/)
    expect(whole.stdout.endsWith(" total 1,193,680.17 NOK\n")).toBe(true)
  })

  it("explains one invoice line by line", () => {
    const explained = whole.stdout.slice(whole.stdout.indexOf("Invoice "), whole.stdout.indexOf("The database is"))
    expect(explained.match(/^ {2}\d\. /gm)!.length).toBeGreaterThanOrEqual(3)
    expect(explained).toMatch(/MVA 25 % on/)
    expect(explained).toMatch(/to pay +[\d,.]+ NOK/)
  })

  it("changes nothing when it is started again, and says so", { timeout: LONG }, async () => {
    const again = await run(["--database", files.main.path])
    expect(again).toMatchObject({ code: 0 })
    expect(again.stdout).toContain("Nothing changed: every event and every invoice was there already.")
    expect(tableOf(again.stdout)).toBe(tableOf(whole.stdout))
  })

  it("comes to the same figures on Postgres", { timeout: LONG }, async () => {
    const { drop, url } = await freshDatabase()
    try {
      const billed = await run(["--database", url])
      expect(billed).toMatchObject({ code: 0 })
      expect(billed.stdout).not.toContain(new URL(url).password || "\0")
      expect(tableOf(billed.stdout)).toBe(tableOf(whole.stdout))
    } finally {
      await drop()
    }
  })
})

/** The sessions of five of the ten sites, with the header. */
const someSites = (): string => {
  const path = join(dirname(files.killed.path), "five-sites.csv")
  const lines = readFileSync(builtIn, "utf8").split("\n")
  writeFileSync(path, lines.filter((line, index) => index === 0 || /^"(BAR|BAR_2|BER|BOD|OSL_1)"/.test(line)).join("\n"))
  return path
}

const engines: ReadonlyArray<readonly [string, () => Promise<readonly [database: string, drop: () => unknown]>]> = [
  ["SQLite", async () => [files.killed.path, () => {}]],
  [
    "Postgres",
    async () => {
      const { drop, url } = await freshDatabase()
      return [url, drop]
    }
  ]
]

describe.each(engines)("killed in the middle of the events and in the middle of the months (%s)", (_, open) => {
  it("ends with the figures of a run that was not", { timeout: LONG }, async () => {
    const data = someSites()
    const calm = await run(["--database", files.calm.path, "--data", data])
    expect(calm).toMatchObject({ code: 0 })
    const [location, drop] = await open()
    try {
      const killed = ["--database", location, "--data", data]
      expect(await run(killed, /events\n[\s\S]*50 %/u)).toMatchObject({ signal: "SIGKILL" })
      expect(await run(killed, /invoices\n[\s\S]*50 %/u)).toMatchObject({ signal: "SIGKILL" })
      const last = await run(killed)
      expect(last).toMatchObject({ code: 0 })
      expect(last.stdout).toMatch(/New: 0 events, [1-9][\d,]* invoices/)
      expect(figuresOf(last.stdout)).toBe(figuresOf(calm.stdout))
    } finally {
      await drop()
    }
  })
})

const HEADER = "location;user_id;session_id;plugin_time;plugout_time;connection_time;energy_session"
const write = (name: string, ...lines: ReadonlyArray<string>): string => {
  const path = join(dirname(files.bad.path), name)
  writeFileSync(path, lines.join("\n"))
  return path
}

describe("another file", () => {
  it("is billed by its own figures; lines that cannot be read and sessions that contradict each other are named", {
    timeout: LONG
  }, async () => {
    const data = write(
      "mine.csv",
      HEADER,
      "x;anna;1;2024-03-31 02:30:00;NA;NA;150,5",
      "x;anna;2;2024-04-01 00:30:00;NA;210;10",
      "x;anna",
      "x;anna;1;2024-03-31 02:30:00;NA;NA;150,6",
      "x;bo;3;2024-04-30 23:59:59;NA;1;0,25"
    )
    const { code, stderr, stdout } = await run(["--database", files.other.path, "--data", data])
    expect(code).toBe(0)
    expect(stderr).toContain("line 4: 2 fields instead of 7\n")
    expect(stderr).toMatch(/^line 5: refused: .*1:energy/m)
    expect(stdout).not.toContain("✓")
    // anna in March: 49 + 100 × 1.95 + 50.5 × 1.725 = 331.11, tax 82.78; in April: 49 + 10 × 1.95 + 210 × 0.0525 = 79.53, tax 19.88;
    // bo: 49 + 0.49, tax 12.37.
    expect(stdout.slice(stdout.indexOf("  energy events"))).toContain("customers 2\n")
    expect(stdout).toMatch(/ subtotal 460\.13 NOK\n +tax 115\.03 NOK\n +total 575\.16 NOK\n$/)
  })
})

// Side by side: each is little but the start of a process.
describe.concurrent("what cannot work", { timeout: LONG }, () => {
  const untouched = files.bad.path
  const refused = async (args: ReadonlyArray<string>, line: string | RegExp) => {
    const outcome = await run(args)
    expect(outcome).toMatchObject({ code: 2 })
    expect(outcome.stderr).toMatch(line)
    expect(outcome.stderr.trimEnd().split("\n")).toHaveLength(1)
    expect(existsSync(untouched)).toBe(false)
  }
  const directory = dirname(untouched)
  const data = (path: string) => ["--database", untouched, "--data", path]

  it.each([
    ["a data file that is not there", () => data(join(directory, "none.csv")), "there is no such file"],
    ["a directory as data", () => data(directory), "is a directory; a CSV file is wanted"],
    ["an unknown column", () => data(write("column.csv", `${HEADER};colour`)), "unknown column colour"],
    ["a missing column", () => data(write("missing.csv", "location;user_id")), "the column session_id is missing"],
    ["a file of something else", () => data(write("else.csv", "a,b", "1,2")), "is no file of charging sessions"],
    ["a file without any line that can be read", () => data(write("unreadable.csv", HEADER, "1;2")), "no line can be read; line 2"],
    ["an empty file", () => data(write("empty.csv")), "is empty"],
    ["an unknown option", () => ["--database", untouched, "--speed", "9"], "Unknown option '--speed'"],
    ["a stray argument", () => ["--database", untouched, "charge"], "'charge'"],
    ["a directory as database", () => ["--database", directory], "is a directory; a file is wanted"],
    ["a database in a directory that is not there", () => ["--database", join(directory, "none/a.db")], "there is no directory"],
    ["another kind of database", () => ["--database", "mysql://localhost/a"], "--database takes"],
    ["a file that is no database", () => ["--database", write("text.db", "no database ".repeat(200))], "not a database"]
  ])("%s: one line, exit code 2, nothing written", async (_, args, line) => {
    await refused(args(), line)
  })

  it("a server that does not answer: one line, exit code 2, without the password", async () => {
    const server = createServer().listen(0, "127.0.0.1")
    await once(server, "listening")
    const { port } = server.address() as { port: number }
    server.close()
    const { code, stderr } = await run(["--database", `postgres://anna:secret@127.0.0.1:${port}/billing`])
    expect(code).toBe(2)
    expect(stderr).toContain("ECONNREFUSED")
    expect(stderr).not.toContain("secret")
    expect(stderr.trimEnd().split("\n")).toHaveLength(1)
  })

  it("shows its options when asked", async () => {
    const { code, stdout } = await run(["--help"])
    expect(code).toBe(0)
    expect(stdout).toContain("--database")
    expect(existsSync(builtIn)).toBe(true)
  })
})

describe("after what could not work", () => {
  it("no database file is left behind", () => {
    const left = readdirSync(dirname(files.bad.path)).filter((name) => /\.db(-\w+)?$/.test(name))
    expect(left).toEqual(["text.db"])
  })
})
