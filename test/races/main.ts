/** `npm run races -- --trials N --seed S`: each pair of operations N times by eight processes on one Postgres. */
import { parseArgs } from "node:util"
import { freshDatabase } from "../support/postgres.js"
import { startPostgres } from "../support/postgres-server.js"
import { raceAll } from "./run.js"

const { values } = parseArgs({
  options: { trials: { type: "string", default: "100" }, seed: { type: "string", default: `${Math.floor(Date.now() / 1000)}` } }
})
const [trials, seed] = [Number(values.trials), Number(values.seed)]
if (!Number.isSafeInteger(trials) || trials < 1 || !Number.isSafeInteger(seed)) {
  process.stderr.write("usage: npm run races -- [--trials N] [--seed S]\n")
  process.exit(1)
}

const server = await startPostgres()
try {
  const { drop, url } = await freshDatabase({ server: server.url })
  process.stdout.write(`seed ${seed}, ${trials} trials of each pair by eight processes\n`)
  const report = await raceAll(url, {
    trials,
    seed,
    tell: (name, { slowest, wrong }) =>
      process.stdout.write(`${name}: ${wrong.length === 0 ? "nothing wrong" : wrong.join("\n  ")} (slowest call ${slowest} ms)\n`)
  })
  process.stdout.write(`${report.trials} trials in ${report.seconds.toFixed(0)} s, ${report.wrong.length} wrong\n`)
  if (report.wrong.length > 0) process.exitCode = 1
  await drop()
} finally {
  await server.stop()
}
