/** `npm run torture:payments -- --kills N --seed S [--engine sqlite|postgres]`: kills processes that charge and refund, on both engines unless told otherwise. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { postgres } from "../../../adapters/postgres/index.js"
import { sqlite } from "../../../adapters/sqlite/index.js"
import { freshDatabase } from "../../support/postgres.js"
import { startPostgres } from "../../support/postgres-server.js"
import { type CampaignReport, killCampaign } from "./campaign.js"

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "100" },
    seed: { type: "string", default: `${Math.floor(Date.now() / 1000)}` },
    engine: { type: "string" }
  }
})
const [kills, seed] = [Number(values.kills), Number(values.seed)]
const engines = values.engine === undefined ? ["sqlite", "postgres"] : [values.engine]
if (!Number.isSafeInteger(kills) || !Number.isSafeInteger(seed) || engines.some((engine) => engine !== "sqlite" && engine !== "postgres")) {
  process.stderr.write("usage: npm run torture:payments -- --kills N --seed S [--engine sqlite|postgres]\n")
  process.exit(1)
}

const onSqlite = (folder: string): Promise<CampaignReport> => {
  const url = join(folder, "billing.db")
  return killCampaign({ database: sqlite(url), url, folder, kills, seed })
}

const onPostgres = async (folder: string): Promise<CampaignReport> => {
  const server = await startPostgres()
  const { drop, url } = await freshDatabase({ server: server.url })
  try {
    return await killCampaign({ database: postgres(url), url, folder, kills, seed })
  } finally {
    await drop()
    await server.stop()
  }
}

for (const engine of engines) {
  const folder = mkdtempSync(join(tmpdir(), "billwright-kill-"))
  try {
    process.stdout.write(`${engine}: seed ${seed}\n`)
    const { charges, done, kills, refunds, wrong } = await (engine === "sqlite" ? onSqlite(folder) : onPostgres(folder))
    process.stdout.write(`${engine}: ${kills} killed, ${done} done before, ${charges} charges, ${refunds} refunds, ${wrong.length} wrong\n`)
    for (const reason of wrong) process.stdout.write(`  ${reason}\n`)
    if (wrong.length > 0) process.exitCode = 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
