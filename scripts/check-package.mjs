/**
 * `npm run check:package`: what is published, as a stranger gets it. Packs the package, looks at the tarball, installs it in an
 * empty folder and uses every entry from ESM, CommonJS and TypeScript.
 */
import { spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { builtinModules } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { build, giveUp, install, npm, quietly, root, step } from "./setup.mjs"

install()
build()
const { default: ts } = await import("typescript")

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
const folder = mkdtempSync(join(tmpdir(), "billwright-package-"))
process.on("exit", () => rmSync(folder, { recursive: true, force: true }))

const installed = (name) => JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version
const program = (file) => join(root, "node_modules", file)
const node = (args, options = {}) => spawnSync(process.execPath, args, { ...quietly, ...options })

/** A step that looks at the build: `look` answers what is wrong. */
const inspect = (what, look) =>
  step(what, () => {
    const wrong = look()
    return { status: wrong.length === 0 ? 0 : 1, stdout: wrong.join("\n") }
  })

const dist = readdirSync(join(root, "dist"), { recursive: true }).map(String)
const text = (file) => readFileSync(join(root, "dist", file), "utf8")

inspect("no foreign code inside the build", () =>
  dist
    .filter((file) => file.endsWith(".map"))
    .flatMap((file) =>
      JSON.parse(text(file))
        .sources.filter((source) => source.includes("node_modules"))
        .map((source) => `${file} contains ${source}`)
    )
)

inspect("every import of the build is declared", () => {
  const declared = new Set([...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }), ...builtinModules])
  const packageOf = (specifier) =>
    specifier
      .replace(/^node:/, "")
      .split("/")
      .slice(0, specifier.startsWith("@") ? 2 : 1)
      .join("/")
  return dist
    .filter((file) => /\.[cm]?(js|ts)$/.test(file))
    .flatMap((file) =>
      ts
        .preProcessFile(text(file), true, true)
        .importedFiles.map(({ fileName }) => fileName)
        .filter((specifier) => !specifier.startsWith("."))
        .map(packageOf)
        .filter((name) => !declared.has(name))
        .map((name) => `${file} imports ${name}, which package.json does not declare`)
    )
})

step("packing", () => npm("pack", "--pack-destination", folder))
const tarball = join(folder, `${manifest.name}-${manifest.version}.tgz`)
if (!existsSync(tarball)) giveUp(`npm pack left no ${tarball}`)

step("publint", () => node([program("publint/src/cli.js"), "run", tarball, "--strict"]))
step("are the types wrong", () =>
  node([program("@arethetypeswrong/cli/dist/index.js"), tarball, "--profile", "node16", "--no-emoji", "--no-color"])
)

/** The same versions as here, so that npm's cache has them. */
const beside = [...Object.keys(manifest.peerDependencies), ...["typescript", "@types/node", "@types/pg"]].map(
  (name) => `${name}@${installed(name)}`
)

const host = join(folder, "host")
cpSync(join(root, "test/package"), host, { recursive: true })
cpSync(join(host, "types.ts"), join(host, "types.mts"))
cpSync(join(host, "types.ts"), join(host, "types.cts"))
writeFileSync(join(host, "package.json"), JSON.stringify({ name: "host", private: true, type: "module" }))

step("installing the tarball in an empty folder", () =>
  npm("install", "--prefix", host, "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", tarball, ...beside)
)
// Compiled for this machine already: compiling it again takes a minute.
const binary = "node_modules/better-sqlite3/build"
cpSync(join(root, binary), join(host, binary), { recursive: true })

step("used from ESM", () => node(["esm.mjs"], { cwd: host }))
step("used from CommonJS", () => node(["cjs.cjs"], { cwd: host }))

/** Declarations are checked too, but only ours: other packages' are not ours to mend. */
const typeCheck = (files, options) => {
  const flags = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--target", "es2022", "--types", "node", "--pretty", "false"]
  const outcome = node([join(host, "node_modules/typescript/bin/tsc"), ...flags, ...options, ...files], { cwd: host })
  const ours = outcome.stdout.split("\n").filter((line) => /error TS/.test(line) && !/^node_modules\/(?!billwright\/)/.test(line))
  return { status: outcome.error === undefined && ours.length === 0 ? 0 : 1, stdout: ours.join("\n"), error: outcome.error }
}
step("TypeScript, as Node resolves", () => typeCheck(["types.mts", "types.cts"], ["--module", "node16", "--moduleResolution", "node16"]))
step("TypeScript, as bundlers resolve", () => typeCheck(["types.ts"], ["--module", "esnext", "--moduleResolution", "bundler"]))
step("the command starts", () => {
  const outcome = node([join(host, "node_modules/billwright", manifest.bin.billwright), "--help"], { cwd: host })
  return { ...outcome, status: outcome.stderr.includes("    at ") ? 1 : 0 }
})
