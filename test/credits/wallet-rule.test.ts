import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { addDays, addMonths, BillingInterval, Exact, instant, localDate, parseInstant, unsafeLocalDate } from "../../src/core/index.js"
import { type RuleTopUp, ruleDays, ruleTopUp, type WalletRuleTerms } from "../../src/credits/index.js"

const at = (iso: string) => instant(parseInstant(iso) as number)
const NOW = at("2025-01-01T00:00:00Z")

/** Ten-thousandths of credits as decimal text. */
const text = (tenThousandths: bigint) => Exact.toText(Exact.make(tenThousandths, 4))
const tenThousandths = (credits: string) => Exact.toMinorUnits(Exact.unsafeFromText(credits), 4)
const credits = fc.oneof(
  fc.bigInt({ min: 0n, max: 10n }).map((whole) => whole * 10_000n),
  fc.bigInt({ min: 0n, max: 10n ** 8n })
)
const ongoing = fc.oneof(credits, fc.bigInt({ min: -(10n ** 8n), max: 10n ** 8n }))

const threshold = (fields: { limit: string; paid?: string; granted?: string }): WalletRuleTerms => ({
  trigger: "threshold",
  threshold_credits: fields.limit,
  method: "fixed",
  paid_credits: fields.paid ?? "0",
  granted_credits: fields.granted ?? "0",
  expiration_at: null
})
const target = (target_credits: string, grants = false): WalletRuleTerms => ({
  trigger: "interval",
  interval: "monthly",
  started_at: null,
  method: "target",
  target_credits,
  grants,
  expiration_at: null
})
const fired = (rule: WalletRuleTerms, ongoing_credits: string, pending_credits = "0"): RuleTopUp | null =>
  ruleTopUp(rule, { ongoing_credits, pending_credits }, NOW)

describe("a threshold rule", () => {
  it("fires exactly at or below its limit, and buys as often as it takes to lift the wallet above it, and not once more", () => {
    fc.assert(
      fc.property(ongoing, credits, credits, fc.bigInt({ min: 1n, max: 10n ** 7n }), credits, (now, pending, limit, paid, granted) => {
        const result = fired(threshold({ limit: text(limit), paid: text(paid), granted: text(granted) }), text(now), text(pending))
        expect(result !== null).toBe(now + pending <= limit)
        if (result === null) return
        const bought = tenThousandths(result.paid_credits)
        expect(tenThousandths(result.granted_credits)).toBe(granted)
        expect(bought % paid).toBe(0n)
        expect(bought).toBeGreaterThan(0n)
        expect(now + pending + granted + bought).toBeGreaterThan(limit)
        if (bought > paid) expect(now + pending + granted + bought - paid).toBeLessThanOrEqual(limit)
      }),
      { numRuns: 1000 }
    )
  })

  it("the worked example: limit 5, paid 10, ongoing −18.40 buys 30", () => {
    expect(fired(threshold({ limit: "5", paid: "10" }), "-18.40")).toEqual({ paid_credits: "30", granted_credits: "0" })
  })

  it("buys once where what it grants would lift the wallet already; grants alone where it buys nothing; is silent without either", () => {
    expect(fired(threshold({ limit: "6", paid: "10", granted: "3" }), "6")).toEqual({ paid_credits: "10", granted_credits: "3" })
    expect(fired(threshold({ limit: "6", granted: "3" }), "-100")).toEqual({ paid_credits: "0", granted_credits: "3" })
    expect(fired(threshold({ limit: "6" }), "0")).toBeNull()
  })

  it("from its own expiry on is silent", () => {
    const rule = { ...threshold({ limit: "6", paid: "1" }), expiration_at: NOW }
    expect(fired(rule, "0")).toBeNull()
    expect(ruleTopUp(rule, { ongoing_credits: "0", pending_credits: "0" }, instant(NOW.epochMillis - 1))).not.toBeNull()
  })
})

describe("a rule with a target", () => {
  it("tops up exactly what is missing to it, unpaid purchases counted, and nothing where nothing is", () => {
    fc.assert(
      fc.property(ongoing, credits, credits, fc.boolean(), (now, pending, wanted, grants) => {
        const result = fired(target(text(wanted), grants), text(now), text(pending))
        expect(result !== null).toBe(now + pending < wanted)
        if (result === null) return
        const missing = text(wanted - now - pending)
        expect(result).toEqual(grants ? { paid_credits: "0", granted_credits: missing } : { paid_credits: missing, granted_credits: "0" })
      }),
      { numRuns: 1000 }
    )
  })

  it("by balance: silent above the limit, else up to the target", () => {
    const rule: WalletRuleTerms = {
      trigger: "threshold",
      threshold_credits: "10",
      method: "target",
      target_credits: "100",
      grants: false,
      expiration_at: null
    }
    expect(fired(rule, "10.0001")).toBeNull()
    expect(fired(rule, "10")).toEqual({ paid_credits: "90", granted_credits: "0" })
  })
})

describe("the days of an interval rule", () => {
  const day = fc.integer({ min: 0, max: 3000 }).map((days) => addDays(unsafeLocalDate("2020-01-01"), days))
  const moment = fc.integer({ min: 0, max: 3000 * 86_400 }).map((seconds) => instant(Date.UTC(2020, 0, 1) + seconds * 1000))
  const calendar = fc.record({
    interval: fc.constantFrom(...BillingInterval.literals),
    started_at: fc.option(moment),
    wallet_created_at: moment,
    timezone: fc.constantFrom("UTC", "Pacific/Noumea", "America/Los_Angeles")
  })

  it("are the anchor and whole intervals after it, after the day on which the wallet was made", () => {
    const MONTHS = { monthly: 1, quarterly: 3, semiannual: 6, yearly: 12 }
    fc.assert(
      fc.property(calendar, day, fc.integer({ min: 0, max: 800 }), (given, from, length) => {
        const until = addDays(from, length)
        const made = localDate(given.wallet_created_at, given.timezone)
        const anchor = given.started_at === null ? made : localDate(given.started_at, given.timezone)
        const all = Array.from({ length: 700 }, (_, n) =>
          given.interval === "weekly" ? addDays(anchor, 7 * n) : addMonths(anchor, MONTHS[given.interval] * n)
        )
        expect(ruleDays(given, from, until)).toEqual(all.filter((each) => each > made && each >= from && each <= until))
      }),
      { numRuns: 1000 }
    )
  })

  it("of two stretches that touch are those of both together: no day is missed, none comes twice", () => {
    fc.assert(
      fc.property(calendar, day, fc.nat(400), fc.nat(400), (given, from, first, second) => {
        const middle = addDays(from, first)
        const until = addDays(middle, second + 1)
        const parts = [...ruleDays(given, from, middle), ...ruleDays(given, addDays(middle, 1), until)]
        expect(parts).toEqual(ruleDays(given, from, until))
      }),
      { numRuns: 1000 }
    )
  })
})
