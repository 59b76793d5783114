/** Steps beside the straight way from the lead to the closed installation: holds, refusals, rejections, new dates, cancellations, and what each asks for. */
import { Effect } from "effect"
import { expect, it } from "vitest"
import { Organizations } from "../../src/accounts/index.js"
import { Installations, Leads, Surveys } from "../../src/fieldwork/index.js"
import { describeField, PHONE, users } from "../support/field.js"

const REPORT = "00000000-0000-7000-8000-000000000500"
const BECAUSE = { reason: "rain" }
const SURVEY_DAY = { survey_date: "2025-03-07", slot: "evening" } as const
const DAY = { installation_date: "2025-03-12", slot: "morning" } as const

const leads = <A, E, R>(use: (all: typeof Leads.Service) => Effect.Effect<A, E, R>) => Effect.flatMap(Leads, use)
const surveys = <A, E, R>(use: (all: typeof Surveys.Service) => Effect.Effect<A, E, R>) => Effect.flatMap(Surveys, use)
const installations = <A, E, R>(use: (all: typeof Installations.Service) => Effect.Effect<A, E, R>) => Effect.flatMap(Installations, use)
/** Why steps are refused, and that nothing changed. */
const refusals = <A, E extends { readonly _tag: string }, R>(...steps: ReadonlyArray<Effect.Effect<A, E, R>>) =>
  Effect.forEach(steps, (step) =>
    Effect.map(Effect.flip(step), (error) => {
      const { call_type, field, from, what } = error as Readonly<Record<string, unknown>>
      return `${error._tag} ${call_type ?? what ?? from ?? field}`
    })
  )

describeField("steps of a job", (host) => {
  it("a lead is held wherever it is on its way, goes back to there, and asks for what the next step needs", async () => {
    const { log, run } = await host.operator()
    const found = await run(
      Effect.gen(function* () {
        const [all, seen] = [yield* Leads, [] as Array<string>]
        const { id } = yield* all.create({ oem: users.oem, customer: users.customer, phone: PHONE })
        const heldAndBack = Effect.gen(function* () {
          const { held_status, status } = yield* all.hold(id, BECAUSE)
          seen.push(`${held_status} ${status} ${(yield* all.resume(id)).status}`)
        })
        yield* heldAndBack
        yield* log({ call_type: "introductory", context_id: id })
        yield* all.contact(id)
        yield* heldAndBack
        yield* all.requestDocuments(id)
        yield* heldAndBack
        const refused = yield* refusals(all.receiveDocuments(id), all.contact(id), all.resume(id), all.hold(id, { reason: " " }))
        yield* all.update(id, { electricity_bill_received: true })
        yield* all.receiveDocuments(id)
        yield* heldAndBack
        const schedule = surveys((one) => one.schedule({ lead: id, ...SURVEY_DAY }))
        refused.push(...(yield* refusals(schedule)))
        yield* all.update(id, { assigned_handler: users.central_ops })
        const survey = yield* schedule
        yield* heldAndBack
        refused.push(...(yield* refusals(schedule)))
        const alone = yield* surveys((one) => one.cancel(survey.id, BECAUSE))
        const back = yield* all.get(id)
        const again = yield* schedule
        yield* all.hold(id, BECAUSE)
        const cancelled = yield* all.cancel(id, { reason: "sold" })
        refused.push(...(yield* refusals(all.cancel(id, BECAUSE), all.hold(id, BECAUSE), all.cancel(id, { reason: "" }))))
        const states = [
          alone.status,
          back.status,
          cancelled.status,
          cancelled.held_status,
          (yield* surveys((one) => one.get(again.id))).status
        ]
        return { seen, refused, states, last: (yield* all.history(id)).at(-1)! }
      })
    )
    expect(found.seen).toEqual(
      ["new", "contacted", "documents_pending", "documents_received", "survey_scheduled"].map((status) => `${status} on_hold ${status}`)
    )
    expect(found.refused).toEqual([
      "RequirementMissing electricity_bill",
      "InvalidTransition documents_pending",
      "InvalidTransition documents_pending",
      "InvalidInput reason",
      "RequirementMissing assigned_handler",
      "InvalidTransition survey_scheduled",
      "InvalidTransition cancelled",
      "InvalidTransition cancelled",
      "InvalidInput reason"
    ])
    expect(found.states).toEqual(["cancelled", "documents_received", "cancelled", null, "cancelled"])
    expect(found.last).toMatchObject({
      from_status: "on_hold",
      to_status: "cancelled",
      user_id: users.central_ops,
      reason: "sold",
      is_first: true
    })
  })

  it("a survey is rejected or given up for a new date, each with a call of its own, and is cancelled until somebody is on site", async () => {
    const { at, log, ready, run } = await host.operator()
    const survey = await run(Effect.flatMap(ready(), ({ id }) => surveys((all) => all.schedule({ lead: id, ...SURVEY_DAY }))))
    const { id } = survey
    const confirmed = Effect.zipRight(
      log({ call_type: "survey_confirmation", context_id: id }),
      surveys((all) => all.confirm(id))
    )
    const refused = await run(
      Effect.gen(function* () {
        const all = yield* Surveys
        const early = yield* refusals(all.confirm(id), all.start(id), all.approve(id), all.setDate(id, SURVEY_DAY))
        yield* confirmed
        yield* all.start(id)
        const onSite = yield* refusals(all.cancel(id, BECAUSE), all.reschedule(id, BECAUSE))
        yield* all.complete(id)
        const unreported = yield* refusals(all.submitReport(id))
        yield* all.submitReport(id, { report_reference: REPORT })
        const unsaid = yield* refusals(all.reject(id, { reason: "" }))
        yield* all.reject(id, { reason: "blurred" })
        return [...early, ...onSite, ...unreported, ...unsaid, ...(yield* refusals(all.approve(id), all.cancel(id, BECAUSE)))]
      })
    )
    expect(refused).toEqual([
      "CallMissing survey_confirmation",
      "InvalidTransition scheduled",
      "InvalidTransition scheduled",
      "InvalidTransition scheduled",
      "InvalidTransition in_progress",
      "InvalidTransition in_progress",
      "RequirementMissing report_reference",
      "InvalidInput reason",
      "InvalidTransition reviewed_rejected",
      "InvalidTransition reviewed_rejected"
    ])
    at("2025-03-02T09:00:00Z")
    const dated = await run(
      Effect.gen(function* () {
        const all = yield* Surveys
        const { status, survey_date } = yield* all.setDate(id, { survey_date: "2025-03-20", slot: "morning" })
        const uncalled = yield* refusals(all.confirm(id))
        yield* confirmed
        const given_up = yield* all.reschedule(id, BECAUSE)
        const cancelled = yield* all.cancel(id, BECAUSE)
        const lead = yield* leads((one) => one.get(survey.lead))
        // One that was rejected cannot be cancelled; with its lead it is over all the same.
        const rejected = yield* all.schedule({ lead: lead.id, ...SURVEY_DAY })
        yield* log({ call_type: "survey_confirmation", context_id: rejected.id })
        yield* all.confirm(rejected.id)
        yield* all.start(rejected.id)
        yield* all.complete(rejected.id)
        yield* all.submitReport(rejected.id, { report_reference: REPORT })
        yield* all.reject(rejected.id, BECAUSE)
        yield* leads((one) => one.cancel(lead.id, BECAUSE))
        const over = yield* refusals(all.setDate(rejected.id, SURVEY_DAY))
        return [status, survey_date, ...uncalled, given_up.status, cancelled.status, lead.status, ...over]
      })
    )
    expect(dated).toEqual([
      "scheduled",
      "2025-03-20",
      "CallMissing survey_confirmation",
      "rescheduled",
      "cancelled",
      "documents_received",
      "InvalidTransition cancelled"
    ])
    at("2025-03-01T09:00:00Z")
  })

  it("an installation takes a new date until it is done, with its material where that is there, and closes when all is handed over", async () => {
    const { at, log, run, surveyed } = await host.operator()
    const survey = await run(surveyed({ charger_model: null }))
    const planned = await run(installations((all) => all.plan({ survey: survey.id, ...DAY })))
    const { id } = planned
    const call = log({ call_type: "installation_confirmation", context_id: id })
    const before = await run(
      Effect.gen(function* () {
        const all = yield* Installations
        const seen = [yield* all.reschedule(id, BECAUSE), yield* all.setDate(id, DAY), yield* all.requestMaterial(id)].map(
          ({ status }) => status
        )
        const refused = yield* refusals(all.confirm(id), all.start(id), all.requestMaterial(id), all.close(id))
        yield* all.receiveMaterial(id)
        refused.push(...(yield* refusals(all.confirm(id))))
        yield* call
        const confirmed = yield* all.confirm(id)
        yield* all.start(id)
        const given_up = yield* all.reschedule(id, BECAUSE)
        return { seen, refused, customers: [confirmed.customer_confirmed, given_up.customer_confirmed] }
      })
    )
    expect(before).toEqual({
      seen: ["rescheduled", "planned", "material_pending"],
      refused: [...Array.from({ length: 4 }, () => "InvalidTransition material_pending"), "CallMissing installation_confirmation"],
      customers: [true, false]
    })
    at("2025-03-02T09:00:00Z")
    const after = await run(
      Effect.gen(function* () {
        const all = yield* Installations
        const { installation_date, status } = yield* all.setDate(id, { installation_date: "2025-03-30", slot: "evening" })
        const refused = yield* refusals(all.confirm(id))
        yield* call
        yield* all.confirm(id)
        yield* all.start(id)
        yield* all.complete(id)
        const report = (input: object) => all.submitReport(id, input)
        refused.push(
          ...(yield* refusals(
            all.reschedule(id, BECAUSE),
            all.cancel(id, BECAUSE),
            report({ charger_serial: "S", charger_model: "M" }),
            report({ report_reference: REPORT, charger_model: "M" }),
            report({ report_reference: REPORT, charger_serial: "S" })
          ))
        )
        yield* report({ report_reference: REPORT, charger_serial: "S", charger_model: "M" })
        refused.push(...(yield* refusals(all.close(id))))
        const closed = yield* all.close(id, { demo_completed: true })
        refused.push(...(yield* refusals(all.plan({ survey: survey.id, ...DAY }))))
        return { set: [status, installation_date], refused, closed }
      })
    )
    expect(after.set).toEqual(["material_ready", "2025-03-30"])
    expect(after.refused).toEqual([
      "CallMissing installation_confirmation",
      "InvalidTransition completed",
      "InvalidTransition completed",
      "RequirementMissing report_reference",
      "RequirementMissing charger_serial",
      "RequirementMissing charger_model",
      "RequirementMissing demo_completed",
      "InvalidTransition installation_completed"
    ])
    expect(after.closed).toMatchObject({ status: "closed", signature: null, number: planned.number })
    at("2025-03-01T09:00:00Z")
  })

  it("an installation is numbered in the year that it is in the operator's zone, and cancelled from wherever it has not been done", async () => {
    const { at, run, surveyed } = await host.operator()
    const [first, second] = await run(
      Effect.gen(function* () {
        yield* (yield* Organizations).update({ timezone: "Asia/Kolkata" })
        const approved = yield* surveyed()
        const { id } = yield* surveyed()
        return [approved, id] as const
      })
    )
    const plan = (survey: string) => installations((all) => all.plan({ survey, ...DAY }))
    at("2025-12-31T18:29:59Z")
    const old = await run(plan(first.id))
    at("2025-12-31T18:30:00Z")
    expect([old.number, (await run(plan(second))).number]).toEqual(["INS-2025-00001", "INS-2026-00001"])
    const [given_up, cancelled, lead, again] = await run(
      Effect.gen(function* () {
        const all = yield* Installations
        const held = yield* all.reschedule(old.id, BECAUSE)
        const gone = yield* all.cancel(old.id, BECAUSE)
        return [held.status, gone.status, (yield* leads((one) => one.get(first.lead))).status, (yield* plan(first.id)).number] as const
      })
    )
    expect([given_up, cancelled, lead, again]).toEqual(["rescheduled", "cancelled", "survey_completed", "INS-2026-00002"])
    at("2025-03-01T09:00:00Z")
  })
})
