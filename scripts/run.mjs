/**
 * `node scripts/run.mjs [--build] FILE ARGUMENT…`: runs a script of this project on a machine where nothing is installed yet.
 * Installs what is missing, builds the package if asked to and it is stale, then runs the file and ends as it ends.
 */
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { constants } from "node:os"
import { join } from "node:path"
import { build, install, root } from "./setup.mjs"

const given = process.argv.slice(2)
const builds = given[0] === "--build"
const [file, ...rest] = builds ? given.slice(1) : given

install()
if (builds) build()
if (!existsSync(join(root, file))) {
  process.stderr.write(`${file} is not there yet\n`)
  process.exit(2)
}

const loader = file.endsWith(".ts") ? ["--import", "tsx"] : []
const child = spawn(process.execPath, [...loader, file, ...rest], {
  cwd: root,
  stdio: "inherit",
  // Without the paths of tsconfig.json: the package's name means the built package, as for any host.
  env: { ...process.env, TSX_TSCONFIG_PATH: join(root, "scripts/tsconfig.run.json") }
})

// Ctrl-C reaches the child by itself; this process waits for how it ends.
process.on("SIGINT", () => {})
process.on("SIGTERM", () => child.kill("SIGTERM"))
child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
