/** Lists of the field side and the reporting dashboard take a constant number of statements, whatever the number of rows. */
import { Effect } from "effect"
import { expect, it } from "vitest"
import { Calls, Emergencies, Installations, Leads, Oems, Payouts, Surveys } from "../../src/fieldwork/index.js"
import { ClosurePacks, MonthlyReports, Submissions, WeeklyReports } from "../../src/reporting/index.js"
import { countStatements } from "../support/count-statements.js"
import { describeField, users } from "../support/field.js"

const reads = {
  oems: Effect.flatMap(Oems, (service) => service.list()),
  leads: Effect.flatMap(Leads, (service) => service.list({ oem: users.oem })),
  surveys: Effect.flatMap(Surveys, (service) => service.list({ oem: users.oem })),
  installations: Effect.flatMap(Installations, (service) => service.list({ oem: users.oem })),
  calls: Effect.flatMap(Calls, (service) => service.list()),
  missing: Effect.flatMap(Calls, (service) => service.missing({ oem: users.oem })),
  emergencies: Effect.flatMap(Emergencies, (service) => service.list()),
  payouts: Effect.flatMap(Payouts, (service) => service.list()),
  packs: Effect.flatMap(ClosurePacks, (service) => service.list({ oem: users.oem })),
  weekly: Effect.flatMap(WeeklyReports, (service) => service.list({ oem: users.oem })),
  monthly: Effect.flatMap(MonthlyReports, (service) => service.list({ oem: users.oem })),
  submissions: Effect.flatMap(Submissions, (service) => service.list({ oem: users.oem })),
  dashboard: Effect.flatMap(Submissions, (service) => service.dashboard())
}

describeField("lists and the dashboard", (host) => {
  it("take as many statements for three times the rows", async () => {
    const { at, closed, log, run } = await host.operator()
    /** A job of every kind of row: a pack that was submitted, one that was not, reports, an emergency, a payout. */
    const furnish = async (week_start: string, month: string) => {
      const job = await run(
        Effect.gen(function* () {
          const { id } = yield* closed()
          yield* (yield* Leads).create({ oem: users.oem, customer: users.customer, phone: "+4915112345678" })
          yield* log({ call_type: "post_install", context_id: id })
          const raised = { installation: id, reason: "smoke" }
          yield* (yield* Emergencies).raise(raised)
          yield* (yield* Payouts).markPayable({
            installation: id,
            payee: users.field_team,
            amount_cents: 100n,
            currency: "EUR",
            schedule: "per_job"
          })
          return id
        })
      )
      await run(
        Effect.gen(function* () {
          const packs = yield* ClosurePacks
          const { id } = yield* packs.compile(job)
          yield* packs.markConfirmed(id)
          yield* packs.submit(id)
          yield* (yield* WeeklyReports).create({ oem: users.oem, week_start })
          yield* (yield* MonthlyReports).create({ oem: users.oem, month })
        }),
        "oem_reporting"
      )
    }
    const counted = async () => {
      const counts: Record<string, number> = {}
      for (const [name, read] of Object.entries(reads)) {
        const [, statements] = await run(
          countStatements(Effect.asVoid(read as typeof reads.dashboard)),
          ["packs", "weekly", "monthly", "submissions", "dashboard"].includes(name) ? "oem_reporting" : "central_ops"
        )
        counts[name] = statements
      }
      return counts
    }
    await furnish("2025-02-03", "2025-01-01")
    const few = await counted()
    await furnish("2025-02-10", "2025-02-01")
    await furnish("2025-02-17", "2025-03-01")
    expect(await counted()).toEqual(few)
    expect(Math.max(...Object.values(few))).toBeLessThanOrEqual(8)
    at("2025-03-01T09:00:00Z")
  })
})
