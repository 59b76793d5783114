/** What has to be there before anything of this project runs: dependencies and, for some, the built package. Node built-ins only. */
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("..", import.meta.url))

const at = (path) => join(root, path)
const stamp = at("dist/.stamp")

/** Ends the process with one line. */
export const giveUp = (line, output = "") => {
  if (output !== "") process.stderr.write(`${output.trimEnd().split("\n").slice(-30).join("\n")}\n`)
  process.stderr.write(`${line}\n`)
  process.exit(2)
}

/** One line per step, on stderr: stdout belongs to what is run. */
export const step = (what, work) => {
  process.stderr.write(`${what} … `)
  const begin = performance.now()
  const outcome = work()
  if (outcome.status !== 0) {
    process.stderr.write("failed\n")
    giveUp(
      `${what}: failed${outcome.error === undefined ? "" : ` (${outcome.error.message})`}`,
      `${outcome.stdout ?? ""}${outcome.stderr ?? ""}`
    )
  }
  process.stderr.write(`${Math.max(1, Math.round((performance.now() - begin) / 1000))} s\n`)
}

export const quietly = { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 26, windowsHide: true }

export const npm = (...args) => {
  const inside = process.env.npm_execpath
  return inside?.endsWith("npm-cli.js")
    ? spawnSync(process.execPath, [inside, ...args], quietly)
    : spawnSync("npm", args, { ...quietly, shell: process.platform === "win32" })
}

const readPackages = (path) => {
  try {
    return JSON.parse(readFileSync(at(path), "utf8")).packages
  } catch {
    return undefined
  }
}

/** Whether node_modules holds what package-lock.json says; npm writes its own lock file there last, so half an install does not count. */
const isInstalled = () => {
  const wanted = readPackages("package-lock.json")
  const present = readPackages("node_modules/.package-lock.json")
  if (wanted === undefined || present === undefined) return false
  return Object.entries(wanted).every(([path, { version, optional }]) =>
    path === "" ? true : present[path] === undefined ? optional === true : present[path].version === version
  )
}

/** A native module is bound to the Node that it was installed with. */
const sqliteLoads = () => {
  try {
    const Database = createRequire(at("package.json"))("better-sqlite3")
    new Database(":memory:").close()
    return true
  } catch {
    return false
  }
}

/** Installs the dependencies unless they are there already. */
export const install = () => {
  const [major] = process.versions.node.split(".")
  if (Number(major) < 20) giveUp(`Billwright needs Node 20 or later; this is Node ${process.versions.node}`)
  if (!isInstalled()) step("installing dependencies (a minute or two the first time)", () => npm("ci", "--no-audit", "--no-fund"))
  if (!sqliteLoads()) step(`preparing SQLite for Node ${process.versions.node}`, () => npm("rebuild", "better-sqlite3"))
}

const sources = [
  "src",
  "adapters",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "tsup.config.mjs",
  "scripts/entries.mjs",
  "scripts/declarations.mjs",
  "scripts/import-meta-url.cjs.js"
]

/** A hash over the path and content of everything that the build reads. */
const fingerprint = () => {
  const hash = createHash("sha256")
  const add = (path) =>
    hash
      .update(path)
      .update("\0")
      .update(readFileSync(at(path)))
      .update("\0")
  for (const source of sources) {
    if (source.includes(".")) add(source)
    else for (const file of filesUnder(source)) add(file)
  }
  return hash.digest("hex")
}

const filesUnder = (folder) =>
  readdirSync(at(folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? filesUnder(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`]))

/** Builds `dist/`, unless it was built from exactly these sources. */
export const build = ({ always = false } = {}) => {
  const now = fingerprint()
  if (!always && existsSync(stamp) && readFileSync(stamp, "utf8") === now) return
  rmSync(at("dist"), { recursive: true, force: true })
  step("building", () => spawnSync(process.execPath, [at("node_modules/tsup/dist/cli-default.js")], quietly))
  step("writing declarations", () => spawnSync(process.execPath, [at("scripts/declarations.mjs")], quietly))
  importAsEsm("dinero.js")
  // Last, so that a build that was cut short is done again.
  writeFileSync(stamp, now)
}

/**
 * A package without a CommonJS face: our CommonJS declarations say how they mean it, else TypeScript refuses them there (TS1479).
 * At run time Node's `require` takes such a package from 20.19 on.
 */
const importAsEsm = (name) => {
  const statement = new RegExp(`^import (?:type )?(.+ from '${name.replace(".", "\\.")}(?:/[^']+)?');$`, "gm")
  for (const file of filesUnder("dist").filter((path) => path.endsWith(".d.cts"))) {
    const text = readFileSync(at(file), "utf8")
    writeFileSync(at(file), text.replace(statement, 'import type $1 with { "resolution-mode": "import" };'))
  }
}
