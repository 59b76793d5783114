/** Scripts that tests run as processes: each in one file, made once, so that a process starts in a fraction of the time that the sources take. */
import { mkdtempSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build } from "tsup"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** What finds the rest of itself by its own place stays outside. */
const OUTSIDE = ["better-sqlite3", "pg", "tsup"]
const INSIDE = new RegExp(`^(?!(?:${OUTSIDE.join("|")})$)`)

let folder: string | undefined
const made = new Map<string, Promise<string>>()

/** A folder outside of the repository from which packages are found as from inside. */
const folderOfBundles = (): string => {
  if (folder !== undefined) return folder
  const fresh = mkdtempSync(join(tmpdir(), "billwright-scripts-"))
  symlinkSync(join(root, "node_modules"), join(fresh, "node_modules"), "junction")
  process.once("exit", () => rmSync(fresh, { recursive: true, force: true }))
  folder = fresh
  return fresh
}

const make = async (script: string): Promise<string> => {
  const outDir = folderOfBundles()
  const name = basename(script, ".ts")
  await build({
    config: false,
    entry: { [name]: script },
    outDir,
    outExtension: () => ({ js: ".mjs" }),
    format: "esm",
    platform: "node",
    target: "node20",
    noExternal: [INSIDE],
    external: OUTSIDE,
    // CommonJS packages inside ask for Node's modules.
    banner: { js: 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);' },
    // What lies beside the script is found beside the script.
    esbuildOptions: (options) => {
      options.define = { ...options.define, "import.meta.url": JSON.stringify(pathToFileURL(script).href) }
    },
    splitting: false,
    silent: true
  })
  return join(outDir, `${name}.mjs`)
}

/** The file to run for a script, by its path: alive as long as this process. */
export const bundled = (script: string): Promise<string> => {
  const known = made.get(script)
  if (known !== undefined) return known
  const making = make(script)
  made.set(script, making)
  return making
}
