/**
 * `npm run conformance -- FOLDER [--engine postgres]`: runs the cases of a folder, absolute or relative to the project; timelines
 * on SQLite in memory unless told otherwise. Ends with 1 if one failed or there was none.
 *
 * `--owed` runs the project's own cases and writes down which of them later work owes.
 */
import { writeFileSync } from "node:fs"
import { resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { checksOn } from "./checks.js"
import { report } from "./runner.js"
import { type EngineName, engines } from "./timeline/engines.js"

const project = fileURLToPath(new URL("../..", import.meta.url))
const owedFile = fileURLToPath(new URL("owed.json", import.meta.url))

const run = async (folder: string, name: EngineName) => {
  const engine = await engines[name]()
  try {
    return await report(resolve(project, folder), checksOn(engine), (line) => process.stdout.write(`${line}\n`))
  } finally {
    await engine.stop()
  }
}

const usage = () => {
  process.stderr.write(`usage: npm run conformance -- FOLDER [--engine ${Object.keys(engines).join("|")}]\n`)
  process.exitCode = 1
}

const read = () =>
  parseArgs({
    allowPositionals: true,
    options: { engine: { type: "string", default: "sqlite" }, owed: { type: "boolean", default: false } }
  })

const given = (() => {
  try {
    return read()
  } catch {
    return undefined
  }
})()
const [folder] = given?.positionals ?? []
const engine = given?.values.engine

if (given?.values.owed === true) {
  const { failed } = await run("test/vectors", "sqlite")
  writeFileSync(owedFile, `${JSON.stringify(failed, undefined, 2)}\n`)
} else if (folder === undefined || engine === undefined || !Object.hasOwn(engines, engine)) {
  usage()
} else {
  process.exitCode = (await run(folder, engine as EngineName)).exitCode
}
