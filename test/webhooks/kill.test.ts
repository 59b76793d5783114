/** Processes that tell and deliver are killed: nothing is lost, everything arrives. Any number of kills by `npm run torture:webhooks`. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { postgres } from "../../adapters/postgres/index.js"
import { sqlite } from "../../adapters/sqlite/index.js"
import { freshDatabase } from "../support/postgres.js"
import { killCampaign } from "./kill/campaign.js"

const KILLS = 3

describe("a worker that is killed", () => {
  it("loses no webhook and changes no byte of one, on SQLite", { timeout: 120_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "billwright-kill-"))
    try {
      const url = join(folder, "billing.db")
      const report = await killCampaign({ database: sqlite(url), url, kills: KILLS, seed: 1 })
      expect(report).toMatchObject({ kills: KILLS, wrong: [] })
      expect(report.customers).toBeGreaterThan(KILLS)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it("loses no webhook and changes no byte of one, on Postgres", { timeout: 120_000 }, async () => {
    const { drop, url } = await freshDatabase()
    try {
      const report = await killCampaign({ database: postgres(url), url, kills: KILLS, seed: 2 })
      expect(report).toMatchObject({ kills: KILLS, wrong: [] })
      expect(report.customers).toBeGreaterThan(KILLS)
    } finally {
      await drop()
    }
  })
})
