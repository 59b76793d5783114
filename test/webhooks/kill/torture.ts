/** `npm run torture:webhooks -- --kills N --seed S [--engine sqlite|postgres]`: kills processes that tell and deliver, on both engines unless told otherwise. */
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
    kills: { type: "string", default: "50" },
    seed: { type: "string", default: `${Math.floor(Date.now() / 1000)}` },
    engine: { type: "string" }
  }
})
const [kills, seed] = [Number(values.kills), Number(values.seed)]
const engines = values.engine === undefined ? ["sqlite", "postgres"] : [values.engine]
if (!Number.isSafeInteger(kills) || !Number.isSafeInteger(seed) || engines.some((engine) => engine !== "sqlite" && engine !== "postgres")) {
  process.stderr.write("usage: npm run torture:webhooks -- --kills N --seed S [--engine sqlite|postgres]\n")
  process.exit(1)
}

const onSqlite = async (): Promise<CampaignReport> => {
  const folder = mkdtempSync(join(tmpdir(), "billwright-kill-"))
  try {
    const url = join(folder, "billing.db")
    return await killCampaign({ database: sqlite(url), url, kills, seed })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const onPostgres = async (): Promise<CampaignReport> => {
  const server = await startPostgres()
  const { drop, url } = await freshDatabase({ server: server.url })
  try {
    return await killCampaign({ database: postgres(url), url, kills, seed })
  } finally {
    await drop()
    await server.stop()
  }
}

for (const engine of engines) {
  process.stdout.write(`${engine}: seed ${seed}\n`)
  const { customers, kills: done, requests, webhooks, wrong } = await (engine === "sqlite" ? onSqlite() : onPostgres())
  process.stdout.write(
    `${engine}: ${done} killed, ${customers} customers, ${webhooks} webhooks, ${requests} requests, ${wrong.length} wrong\n`
  )
  for (const reason of wrong) process.stdout.write(`  ${reason}\n`)
  if (wrong.length > 0) process.exitCode = 1
}
