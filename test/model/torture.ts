/**
 * `npm run torture -- --commands N --seed S [--engine sqlite|postgres] [--path P]`: random commands against the reference model,
 * on both engines unless told otherwise. A failure names its seed and path; the same ones run it again.
 */
import { parseArgs } from "node:util"
import { type EngineName, engines } from "../conformance/timeline/engines.js"
import { torture } from "./run.js"

const { values } = parseArgs({
  options: {
    commands: { type: "string", default: "30000" },
    seed: { type: "string", default: `${Math.floor(Date.now() / 1000)}` },
    engine: { type: "string" },
    path: { type: "string" }
  }
})
const [commands, seed] = [Number(values.commands), Number(values.seed)]
const names = (values.engine === undefined ? Object.keys(engines) : [values.engine]) as ReadonlyArray<EngineName>
if (!Number.isSafeInteger(commands) || !Number.isSafeInteger(seed) || names.some((name) => !Object.hasOwn(engines, name))) {
  process.stderr.write("usage: npm run torture -- --commands N --seed S [--engine sqlite|postgres] [--path P]\n")
  process.exit(1)
}

for (const name of names) {
  const engine = await engines[name]()
  try {
    process.stdout.write(`${name}: seed ${seed}\n`)
    const report = await torture(engine, { commands, seed, ...(values.path === undefined ? {} : { path: values.path }) })
    const seconds = report.milliseconds / 1000
    if (report.failure === null) process.stdout.write(`${name}: ${report.commands} commands in ${seconds.toFixed(0)} s, nothing wrong\n`)
    else {
      process.exitCode = 1
      process.stdout.write(`${name}: FAILED after ${report.commands} commands\n${report.failure}\n`)
    }
  } finally {
    await engine.stop()
  }
}
