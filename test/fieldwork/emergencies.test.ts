/** Emergencies and payouts: one search, one escalation, one payment. */
import { Effect } from "effect"
import { expect, it } from "vitest"
import { Emergencies, Installations, Payouts, Surveys } from "../../src/fieldwork/index.js"
import { describeField, users } from "../support/field.js"

describeField("emergencies and payouts", (host) => {
  it("look for a backup in order, reschedule where there is none, and escalate once", async () => {
    const { at, fail, ready, run, violations } = await host.operator()
    host.told.length = 0
    host.host.backups = { adjacent_zones: users.other_team }
    const found = await run(
      Effect.gen(function* () {
        const [surveys, emergencies] = [yield* Surveys, yield* Emergencies]
        const schedule = { survey_date: "2025-03-05", slot: "morning", surveyor: users.field_team } as const
        const first = yield* surveys.schedule({ lead: (yield* ready()).id, ...schedule })
        const second = yield* surveys.schedule({ lead: (yield* ready()).id, ...schedule })
        const backed = yield* emergencies.assign((yield* emergencies.raise({ survey: first.id, reason: "ill" })).id)
        host.host.backups = {}
        const late = yield* emergencies.assign((yield* emergencies.raise({ survey: second.id, reason: "flood" })).id)
        const open = yield* emergencies.raise({ survey: first.id, reason: "ill too" })
        const wrong = yield* Effect.flip(emergencies.raise({ reason: "which?" }))
        return { backed, late, open, wrong, first: yield* surveys.get(first.id), second: yield* surveys.get(second.id) }
      })
    )
    expect([found.backed.status, found.backed.checks.map(({ step }) => step), found.first.surveyor]).toEqual([
      "backup_assigned",
      ["same_zone_same_type", "same_zone_both_types", "adjacent_zones"],
      users.other_team
    ])
    expect([found.late.status, found.second.status, found.wrong._tag]).toEqual(["priority_rescheduled", "rescheduled", "InvalidInput"])
    const escalate = Effect.flatMap(Emergencies, (emergencies) => emergencies.escalateDue())
    const resolve = (id: string) => Effect.flatMap(Emergencies, (emergencies) => emergencies.resolve(id, { note: "done" }))
    expect((await run(resolve(found.backed.id))).target_missed).toBe(false)
    expect(await run(escalate)).toEqual({ escalated: 0 })
    at("2025-03-01T13:00:01Z")
    expect([await run(escalate), await run(escalate)]).toEqual([{ escalated: 2 }, { escalated: 0 }])
    expect(host.told.filter(({ type }) => type === "emergency_escalated").length).toBe(2)
    expect((await run(resolve(found.open.id))).target_missed).toBe(true)
    expect(await fail(resolve(found.open.id))).toMatchObject({ _tag: "InvalidTransition", from: "resolved" })
    expect(await violations()).toEqual([])
    at("2025-03-01T09:00:00Z")
  })

  it("are about one thing that there is, hand an installation over, and are late after four hours whether resolved or not", async () => {
    const { at, fail, run, surveyed, violations } = await host.operator()
    host.host.backups = { same_zone_both_types: users.other_team }
    const emergencies = <A, E, R>(use: (all: typeof Emergencies.Service) => Effect.Effect<A, E, R>) => Effect.flatMap(Emergencies, use)
    const [survey, installation] = await run(
      Effect.gen(function* () {
        const { id } = yield* surveyed()
        const plan = { survey: id, installation_date: "2025-03-10", slot: "evening", team: users.field_team } as const
        return [id, (yield* (yield* Installations).plan(plan)).id] as const
      })
    )
    const raise = (about: { readonly survey?: string; readonly installation?: string }) =>
      emergencies((all) => all.raise({ ...about, reason: "flood" }))
    const refused = { _tag: "InvalidInput", field: "survey" }
    expect(await fail(raise({ survey, installation }))).toMatchObject(refused)
    expect(await fail(raise({ survey: users.oem }))).toMatchObject(refused)
    const [handed, open] = [await run(raise({ installation }), "field_team"), await run(raise({ installation }))]
    const assign = emergencies((all) => all.assign(handed.id))
    expect((await run(assign)).checks.map(({ backup, step }) => [step, backup])).toEqual([
      ["same_zone_same_type", null],
      ["same_zone_both_types", users.other_team]
    ])
    expect((await run(Effect.flatMap(Installations, (all) => all.get(installation)))).team).toBe(users.other_team)
    expect(await fail(assign)).toMatchObject({ _tag: "InvalidTransition", from: "backup_assigned" })

    const escalated = () => run(emergencies((all) => all.escalateDue()))
    const missed = (id: string) => run(emergencies((all) => Effect.map(all.get(id), (one) => one.target_missed)))
    at("2025-03-01T10:59:59.999Z")
    expect(await escalated()).toEqual({ escalated: 0 })
    at("2025-03-01T11:00:00Z")
    expect(await escalated()).toEqual({ escalated: 2 })
    at("2025-03-01T13:00:00Z")
    const resolved = await run(emergencies((all) => all.resolve(handed.id, { note: "done" })))
    expect([resolved.target_missed, resolved.note, await missed(open.id)]).toEqual([false, "done", false])
    at("2025-03-01T13:00:00.001Z")
    expect([await escalated(), await missed(open.id), await missed(handed.id)]).toEqual([{ escalated: 0 }, true, false])
    const listed = await run(emergencies((all) => all.list({ status: "open" })))
    expect(listed.items.map(({ id }) => id)).toEqual([open.id])
    expect(await violations()).toEqual([])
    host.host.backups = {}
    at("2025-03-01T09:00:00Z")
  })

  it("mark a payout once for a closed installation and payee, and pay it with a reference", async () => {
    const { closed, fail, run, surveyed } = await host.operator()
    const [done, open] = await run(
      Effect.gen(function* () {
        const survey = yield* surveyed()
        const planned = yield* (yield* Installations).plan({ survey: survey.id, installation_date: "2025-03-10", slot: "evening" })
        return [(yield* closed()).id, planned.id] as const
      })
    )
    const mark = (installation: string, payee: string = users.field_team) =>
      Effect.flatMap(Payouts, (payouts) =>
        payouts.markPayable({ installation, payee, amount_cents: 5000n, currency: "EUR", schedule: "per_job" })
      )
    expect(await fail(mark(open))).toMatchObject({ _tag: "RequirementMissing", what: "closed_installation" })
    const payout = await run(mark(done))
    expect(await fail(mark(done))).toMatchObject({ _tag: "InvalidTransition" })
    expect(await run(mark(done, users.other_team))).toMatchObject({ status: "marked_payable", transaction_reference: null })
    const pay = (transaction_reference: string) => Effect.flatMap(Payouts, (payouts) => payouts.pay(payout.id, { transaction_reference }))
    expect(await fail(pay("T-1"))).toMatchObject({ _tag: "NotPermitted" })
    expect(await fail(pay(" "), "finance")).toMatchObject({ _tag: "InvalidInput" })
    expect(await run(pay("T-1"), "finance")).toMatchObject({ status: "paid", amount_cents: 5000n })
    expect(await fail(pay("T-2"), "finance")).toMatchObject({ _tag: "InvalidTransition", from: "paid" })
  })
})
