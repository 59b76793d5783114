/** A job from the lead to the closed installation: gates, holds, cancellations, what others may see, and what listeners are told. */
import { Effect } from "effect"
import { expect, it } from "vitest"
import { type FieldEvent, Installations, Leads, Surveys } from "../../src/fieldwork/index.js"
import { describeField, PHONE, users } from "../support/field.js"

const LEAD = { oem: users.oem, customer: users.customer, phone: "0091 98765-43210" }
const SURVEY = { survey_date: "2025-03-05", slot: "morning" } as const

describeField("jobs", (host) => {
  it("goes from the lead to the closed installation, step by step, and tells of each", async () => {
    const { closed, run } = await host.operator()
    host.told.length = 0
    const installation = await run(closed())
    const steps = host.told.flatMap((event: FieldEvent) =>
      event.type === "status_changed" ? [`${event.kind} ${event.from ?? "–"} → ${event.to}`] : []
    )
    expect(steps).toMatchInlineSnapshot(`
      [
        "lead – → new",
        "lead new → contacted",
        "lead contacted → documents_pending",
        "lead documents_pending → documents_received",
        "survey – → scheduled",
        "lead documents_received → survey_scheduled",
        "survey scheduled → confirmed",
        "survey confirmed → in_progress",
        "survey in_progress → completed",
        "survey completed → report_submitted",
        "survey report_submitted → reviewed_approved",
        "lead survey_scheduled → survey_completed",
        "installation – → planned",
        "lead survey_completed → installation_scheduled",
        "installation planned → material_ready",
        "installation material_ready → confirmed",
        "installation confirmed → in_progress",
        "installation in_progress → completed",
        "installation completed → report_submitted",
        "installation report_submitted → closed",
        "lead installation_scheduled → installation_completed",
      ]
    `)
    const [lead, history, surveys] = await run(
      Effect.gen(function* () {
        const leads = yield* Leads
        const { items } = yield* (yield* Surveys).list({ lead: installation.lead })
        return [yield* leads.get(installation.lead), yield* leads.history(installation.lead), items] as const
      })
    )
    expect([lead.status, installation.number, surveys.length]).toEqual(["installation_completed", "INS-2025-00001", 1])
    expect(history.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(history.every(({ from_status }, place) => from_status === (history[place - 1]?.to_status ?? null))).toBe(true)
  })

  it("opens a gate for a connected call only, and for each date anew", async () => {
    const { fail, log, ready, run } = await host.operator()
    const lead = await run(Effect.flatMap(Leads, (leads) => leads.create(LEAD)))
    expect(lead.phone).toBe(PHONE)
    await run(log({ call_type: "introductory", context_id: lead.id, outcome: "no_answer" }))
    const contact = Effect.flatMap(Leads, (leads) => leads.contact(lead.id))
    expect(await fail(contact)).toMatchObject({ _tag: "CallMissing", call_type: "introductory" })
    await run(log({ call_type: "introductory", context_id: lead.id }))
    expect((await run(contact)).status).toBe("contacted")

    const survey = await run(
      Effect.gen(function* () {
        const surveys = yield* Surveys
        const { id } = yield* surveys.schedule({ lead: (yield* ready()).id, ...SURVEY })
        yield* log({ call_type: "survey_confirmation", context_id: id })
        yield* surveys.confirm(id)
        return yield* surveys.reschedule(id, { reason: "rain" })
      })
    )
    host.told.length = 0
    const confirm = Effect.gen(function* () {
      const surveys = yield* Surveys
      yield* surveys.setDate(survey.id, { survey_date: "2025-03-09", slot: "evening" })
      return yield* surveys.confirm(survey.id)
    })
    const { at } = await host.operator()
    at("2025-03-02T09:00:00Z")
    expect(await fail(confirm)).toMatchObject({ _tag: "CallMissing", call_type: "survey_confirmation" })
    expect(host.told.map((event) => event.type === "status_changed" && [event.before, event.after])).toMatchObject([
      [{ survey_date: "2025-03-05" }, { survey_date: "2025-03-09", status: "scheduled" }]
    ])
    at("2025-03-01T09:00:00Z")
  })

  it("holds a lead where it is, and cancels it with what is open of it", async () => {
    const { fail, run, surveyed } = await host.operator()
    const found = await run(
      Effect.gen(function* () {
        const [leads, installations] = [yield* Leads, yield* Installations]
        const survey = yield* surveyed()
        const planned = yield* installations.plan({ survey: survey.id, installation_date: "2025-03-10", slot: "evening" })
        const held = yield* leads.hold(survey.lead, { reason: "holiday" })
        const resumed = yield* leads.resume(survey.lead)
        const alone = yield* installations.cancel(planned.id, { reason: "wrong day" })
        const back = yield* leads.get(survey.lead)
        const again = yield* installations.plan({ survey: survey.id, installation_date: "2025-03-11", slot: "evening" })
        const cancelled = yield* leads.cancel(survey.lead, { reason: "sold the car" })
        const gone = yield* installations.get(again.id)
        return { held, resumed, alone, back, again, cancelled, gone }
      })
    )
    expect([found.held.status, found.held.held_status, found.resumed.status, found.resumed.held_status]).toEqual([
      "on_hold",
      "installation_scheduled",
      "installation_scheduled",
      null
    ])
    expect([found.alone.status, found.back.status, found.again.number]).toEqual(["cancelled", "survey_completed", "INS-2025-00002"])
    expect([found.cancelled.status, found.gone.status]).toEqual(["cancelled", "cancelled"])
    expect(await fail(Effect.flatMap(Leads, (leads) => leads.resume(found.cancelled.id)))).toMatchObject({ _tag: "InvalidTransition" })
  })

  it("changes nothing where a condition is not met, and burns no number", async () => {
    const { fail, ready, run, surveyed } = await host.operator()
    const lead = await run(ready({ assigned_handler: null }))
    const schedule = Effect.flatMap(Surveys, (surveys) => surveys.schedule({ lead: lead.id, ...SURVEY }))
    expect(await fail(schedule)).toMatchObject({ _tag: "RequirementMissing", what: "assigned_handler" })
    const survey = await run(surveyed())
    const plan = Effect.flatMap(Installations, (installations) =>
      installations.plan({ survey: survey.id, installation_date: "2025-03-10", slot: "evening" })
    )
    expect((await run(plan)).number).toBe("INS-2025-00001")
    expect(await fail(plan)).toMatchObject({ _tag: "RequirementMissing", what: "no_other_open_installation" })
    const next = await run(
      Effect.flatMap(surveyed(), ({ id }) =>
        Effect.flatMap(Installations, (all) => all.plan({ survey: id, installation_date: "2025-03-10", slot: "evening" }))
      )
    )
    expect(next.number).toBe("INS-2025-00002")
  })

  it("lets each role do its own, and shows an OEM its own", async () => {
    const { fail, ready, run } = await host.operator()
    const create = (oem: string) => Effect.flatMap(Leads, (leads) => leads.create({ ...LEAD, oem }))
    const lead = await run(create(users.oem), "oem")
    expect(await fail(create(users.oem), "other_oem")).toMatchObject({ _tag: "OemNotFound" })
    expect(await fail(create(users.oem), "finance")).toMatchObject({ _tag: "NotPermitted", role: "finance" })
    const get = Effect.flatMap(Leads, (leads) => leads.get(lead.id))
    expect(await fail(get, "other_oem")).toMatchObject({ _tag: "LeadNotFound" })
    expect((await run(get, "customer")).id).toBe(lead.id)
    const listed = Effect.flatMap(Leads, (leads) => leads.list())
    expect([(await run(listed, "oem")).items.length, (await run(listed, "other_oem")).items.length]).toEqual([1, 0])

    const survey = await run(
      Effect.gen(function* () {
        return yield* (yield* Surveys).schedule({ lead: (yield* ready()).id, ...SURVEY, surveyor: users.field_team })
      })
    )
    const start = Effect.flatMap(Surveys, (surveys) => surveys.start(survey.id))
    expect(await fail(start, "other_team")).toMatchObject({ _tag: "NotPermitted" })
    expect(await fail(start, "field_team")).toMatchObject({ _tag: "InvalidTransition", from: "scheduled" })
  })
})
