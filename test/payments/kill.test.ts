/** Processes that charge and refund are killed: one charge, one record, nothing stuck. Any number of kills by `npm run torture:payments`. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { postgres } from "../../adapters/postgres/index.js"
import { sqlite } from "../../adapters/sqlite/index.js"
import { freshDatabase } from "../support/postgres.js"
import { killCampaign } from "./kill/campaign.js"

const KILLS = 3

describe("a process that charges and refunds and is killed", () => {
  const inFolder = async (work: (folder: string) => Promise<void>) => {
    const folder = mkdtempSync(join(tmpdir(), "billwright-kill-"))
    try {
      await work(folder)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  it("leaves one charge for each amount and one record of each refund, on SQLite", { timeout: 300_000 }, () =>
    inFolder(async (folder) => {
      const url = join(folder, "billing.db")
      const report = await killCampaign({ database: sqlite(url), url, folder, kills: KILLS, seed: 4 })
      expect(report).toMatchObject({ kills: KILLS, wrong: [] })
      expect(report.charges).toBeGreaterThan(KILLS)
    })
  )

  it("leaves one charge for each amount and one record of each refund, on Postgres", { timeout: 300_000 }, () =>
    inFolder(async (folder) => {
      const { drop, url } = await freshDatabase()
      try {
        const report = await killCampaign({ database: postgres(url), url, folder, kills: KILLS, seed: 5 })
        expect(report).toMatchObject({ kills: KILLS, wrong: [] })
        expect(report.charges).toBeGreaterThan(KILLS)
      } finally {
        await drop()
      }
    })
  )
})
