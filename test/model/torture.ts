/**
 * `npm run torture -- --commands N --seed S [--engine sqlite|postgres] [--path P] [--quick]`: random commands against the reference model,
 * on both engines unless told otherwise. A failure names its seed and path; the same ones run it again. With `--quick` the
 * first sequence that fails is shown as it is, and no shorter one is looked for.
 */
import { parseArgs } from "node:util"
import type { EngineName } from "../conformance/timeline/engines.js"
import { engines } from "./engines.js"
import { type Tally, torture } from "./run.js"

const { values } = parseArgs({
  options: {
    commands: { type: "string", default: "30000" },
    seed: { type: "string", default: `${Math.floor(Date.now() / 1000)}` },
    engine: { type: "string" },
    path: { type: "string" },
    quick: { type: "boolean", default: false }
  }
})
const [commands, seed] = [Number(values.commands), Number(values.seed)]
const names = (values.engine === undefined ? Object.keys(engines) : [values.engine]) as ReadonlyArray<EngineName>
if (!Number.isSafeInteger(commands) || !Number.isSafeInteger(seed) || names.some((name) => !Object.hasOwn(engines, name))) {
  process.stderr.write("usage: npm run torture -- --commands N --seed S [--engine sqlite|postgres] [--path P] [--quick]\n")
  process.exit(1)
}

const share = (part: number, whole: number): string => `${((100 * part) / Math.max(1, whole)).toFixed(0)} %`

/** How many commands of each kind were done; the rest were refused as the model says, or had nothing to be done to. */
const outcomes = (tally: Tally, commands: number): string => {
  const lines = Object.entries(tally).map(
    ([op, { done, idle, refused }]) =>
      `  ${op.padEnd(14)}${`${done}`.padStart(7)} done${`${refused}`.padStart(7)} refused${`${idle}`.padStart(7)} idle`
  )
  const done = Object.values(tally).reduce((sum, each) => sum + each.done, 0)
  return [...lines, `  ${share(done, commands)} of the commands were done`].join("\n")
}

for (const name of names) {
  const engine = await engines[name]()
  try {
    process.stdout.write(`${name}: seed ${seed}\n`)
    const report = await torture(engine, {
      commands,
      seed,
      quick: values.quick,
      ...(values.path === undefined ? {} : { path: values.path })
    })
    const seconds = report.milliseconds / 1000
    if (report.failure === null)
      process.stdout.write(
        `${name}: ${report.commands} commands in ${seconds.toFixed(0)} s, nothing wrong\n${outcomes(report.tally, report.commands)}\n`
      )
    else {
      process.exitCode = 1
      process.stdout.write(`${name}: FAILED after ${report.commands} commands\n${report.failure}\n`)
    }
  } finally {
    await engine.stop()
  }
}
