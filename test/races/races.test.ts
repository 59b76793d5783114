/** Eight processes on one Postgres race on wallets, coupons, credit notes and numbers; `npm run races` does it as often as one likes. */
import { expect, it } from "vitest"
import { freshDatabase } from "../support/postgres.js"
import { raceAll } from "./run.js"

const TRIALS = 10

it(`of ${TRIALS} races of each pair by eight processes each has the winners it may have, and the doctor finds nothing`, {
  timeout: 600_000
}, async () => {
  const { drop, url } = await freshDatabase()
  try {
    const { trials, wrong } = await raceAll(url, { trials: TRIALS, seed: 1 })
    expect(wrong).toEqual([])
    expect(trials).toBeGreaterThanOrEqual(18 * TRIALS)
  } finally {
    await drop()
  }
})
