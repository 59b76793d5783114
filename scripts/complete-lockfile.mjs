/**
 * Adds to package-lock.json the platform packages (optional dependencies for other systems) that the registry in use did not
 * offer when the lock file was written. Without them `npm ci` calls the lock file incomplete, on every machine.
 * Run it after `npm install` where `npm ci --dry-run` reports "Missing: … from lock file", and `npm install` again: that sorts it.
 */
import { readFileSync, writeFileSync } from "node:fs"

const path = new URL("../package-lock.json", import.meta.url)
const lock = JSON.parse(readFileSync(path, "utf8"))

const one = (name, known) => known.find((word) => new RegExp(`(^|[-/])${word}(-|$)`).test(name))

/** The system that a platform package is for, as its name tells. */
const platform = (name) => {
  const os = one(name, ["android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"])
  const cpu = one(name, ["arm64", "x64", "arm", "ia32", "loong64", "ppc64", "riscv64", "s390x"])
  if (os === undefined || cpu === undefined) throw new Error(`${name}: for which system?`)
  const libc = os === "linux" ? (/-musl/.test(name) ? ["musl"] : /-gnu/.test(name) ? ["glibc"] : undefined) : undefined
  return { os: [os], cpu: [cpu], ...(libc === undefined ? {} : { libc }) }
}

let added = 0
for (const { optionalDependencies, dev } of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies ?? {})) {
    const key = `node_modules/${name}`
    if (lock.packages[key] !== undefined || !/^\d/.test(version)) continue
    lock.packages[key] = { version, ...platform(name), ...(dev === true ? { dev } : {}), optional: true }
    added++
  }
}

writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
process.stdout.write(`${added} platform packages added to package-lock.json\n`)
