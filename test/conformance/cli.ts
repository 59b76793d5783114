/**
 * `npm run conformance -- FOLDER`: runs the cases of a folder, absolute or relative to the project. Ends with 1 if one failed or there was none.
 *
 * `--owed` runs the project's own cases and writes down which of them later work owes.
 */
import { writeFileSync } from "node:fs"
import { resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { checks } from "./operations/index.js"
import { report } from "./runner.js"

const project = fileURLToPath(new URL("../..", import.meta.url))
const owedFile = fileURLToPath(new URL("owed.json", import.meta.url))
const write = (line: string) => process.stdout.write(`${line}\n`)

const [folder] = process.argv.slice(2)

if (folder === "--owed") {
  const { failed } = await report(resolve(project, "test/vectors"), checks, write)
  writeFileSync(owedFile, `${JSON.stringify(failed, undefined, 2)}\n`)
} else if (folder === undefined) {
  process.stderr.write("usage: npm run conformance -- FOLDER\n")
  process.exitCode = 1
} else {
  process.exitCode = (await report(resolve(project, folder), checks, write)).exitCode
}
