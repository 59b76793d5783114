/** Calls: which type fits what, what an outcome leaves to do, what is kept of a call, and what waits for one. */
import { Effect } from "effect"
import { expect, it } from "vitest"
import {
  CallOutcome,
  Calls,
  CallType,
  CurrentUser,
  Installations,
  Leads,
  type LogCallInput,
  Oems,
  Surveys
} from "../../src/fieldwork/index.js"
import { describeField, PHONE, users } from "../support/field.js"

const calls = <A, E, R>(use: (all: typeof Calls.Service) => Effect.Effect<A, E, R>) => Effect.flatMap(Calls, use)
const LEAD = { oem: users.oem, customer: users.customer, phone: PHONE }

/** The contexts of section 6, in the order lead, survey, installation. */
const FITS: Readonly<Record<string, string>> = {
  introductory: "lead",
  survey_confirmation: "survey",
  installation_confirmation: "installation",
  post_install: "installation",
  emergency: "lead survey installation",
  reschedule: "survey installation"
}

describeField("calls", (host) => {
  it("fit what they are about, are kept as they were made, and remind who did not get through", async () => {
    const { at, fail, run, surveyed } = await host.operator()
    at("2025-03-01T09:00:00Z")
    const things = await run(
      Effect.gen(function* () {
        const { id: survey, lead } = yield* surveyed()
        const plan = { survey, installation_date: "2025-03-10", slot: "evening" } as const
        return { lead, survey, installation: (yield* (yield* Installations).plan(plan)).id as string }
      })
    )
    const call: LogCallInput = {
      callee_phone: PHONE,
      call_type: "introductory",
      context_type: "lead",
      context_id: things.lead,
      outcome: "busy"
    }
    const log = (input: Partial<LogCallInput>) => calls((all) => all.log({ ...call, ...input }))
    const kinds = ["lead", "survey", "installation"] as const
    const fitting = await run(
      Effect.forEach(CallType.literals, (call_type) =>
        Effect.map(
          Effect.filter(kinds, (kind) =>
            Effect.map(Effect.either(log({ call_type, context_type: kind, context_id: things[kind] })), ({ _tag }) => _tag === "Right")
          ),
          (fit) => [call_type, fit.join(" ")] as const
        )
      )
    )
    expect(Object.fromEntries(fitting)).toEqual(FITS)

    host.told.length = 0
    await run(Effect.forEach(CallOutcome.literals, (outcome) => log({ outcome })))
    const reminded = host.told.flatMap((event) =>
      event.type === "call_logged" ? [[event.call.outcome, event.remind_at && new Date(event.remind_at.epochMillis).toISOString()]] : []
    )
    const two_hours_later = "2025-03-01T11:00:00.000Z"
    expect(reminded).toEqual([
      ["connected", null],
      ["no_answer", two_hours_later],
      ["busy", two_hours_later],
      ["wrong_number", null],
      ["callback_requested", two_hours_later],
      ["voicemail", two_hours_later]
    ])

    expect(
      await run(log({ outcome: "connected", duration_seconds: 0, notes: "N", called_at: "2025-03-01T08:00:00Z" }), "field_team")
    ).toMatchObject({
      caller: users.field_team,
      duration_seconds: 0,
      notes: "N"
    })
    // Fifteen characters with the plus sign, and one more.
    expect((await run(log({ callee_phone: "00 12 (345) 6789-0123.4" }))).callee_phone).toBe("+12345678901234")
    const refused: ReadonlyArray<readonly [Partial<LogCallInput>, string]> = [
      [{ callee_phone: "+123456789012345" }, "callee_phone"],
      [{ callee_phone: "030 1234567" }, "callee_phone"],
      [{ outcome: "connected", duration_seconds: -1 }, "duration_seconds"],
      [{ duration_seconds: 10 }, "duration_seconds"],
      [{ called_at: "2025-03-01T09:00:01Z" }, "called_at"],
      [{ context_id: users.oem }, "context_id"]
    ]
    for (const [input, field] of refused) expect(await fail(log(input))).toMatchObject({ _tag: "InvalidInput", field })
  })

  it("are listed newest first, by each of their fields", async () => {
    const { at, log, run } = await host.operator()
    const [lead, other] = await run(
      Effect.flatMap(Leads, (all) =>
        Effect.all([Effect.map(all.create(LEAD), ({ id }) => id), Effect.map(all.create(LEAD), ({ id }) => id)])
      )
    )
    at("2025-03-04T00:00:00Z")
    const made = await run(
      Effect.all([
        log({ call_type: "introductory", context_id: lead, outcome: "busy", called_at: "2025-03-02T00:00:00Z" }),
        log({ call_type: "emergency", context_type: "lead", context_id: lead, called_at: "2025-03-03T00:00:00Z" }),
        Effect.provideService(
          log({ call_type: "introductory", context_id: other, called_at: "2025-03-01T00:00:00Z" }),
          CurrentUser,
          users.field_team
        )
      ])
    )
    const found = (input: Parameters<typeof Calls.Service.list>[0]) =>
      run(calls((all) => Effect.map(all.list(input), ({ items }) => items.map(({ id }) => made.findIndex((one) => one.id === id)))))
    expect(await found({})).toEqual([1, 0, 2])
    expect(await found({ call_type: "introductory" })).toEqual([0, 2])
    expect(await found({ context_type: "lead", context_id: other })).toEqual([2])
    expect(await found({ outcome: "connected" })).toEqual([1, 2])
    expect(await found({ caller: users.field_team })).toEqual([2])
    expect(await found({ from: "2025-03-02T00:00:00Z", to: "2025-03-03T00:00:00Z" })).toEqual([0])
    at("2025-03-01T09:00:00Z")
  })

  it("are missing where something waits at a gate, from when it does, oldest first, by type and OEM", async () => {
    const { at, log, ready, run, surveyed } = await host.operator()
    const found = await run(
      Effect.gen(function* () {
        const [installations, surveys] = [yield* Installations, yield* Surveys]
        yield* (yield* Oems).create({ user: users.other_oem })
        const approved = yield* surveyed()
        const { id: installation } = yield* installations.plan({ survey: approved.id, installation_date: "2025-03-10", slot: "evening" })
        const { id: lead } = yield* ready()
        at("2025-03-02T09:00:00Z")
        const { id: survey } = yield* surveys.schedule({ lead, survey_date: "2025-03-05", slot: "morning" })
        at("2025-03-03T09:00:00Z")
        const other = yield* (yield* Leads).create({ ...LEAD, oem: users.other_oem })
        at("2025-03-04T09:00:00Z")
        // Planned days ago, it waits since its material is there; what was called about its date before counts.
        yield* log({ call_type: "installation_confirmation", context_id: installation, outcome: "voicemail" })
        yield* installations.receiveMaterial(installation)
        yield* log({ call_type: "survey_confirmation", context_id: survey, outcome: "busy", called_at: "2025-03-01T10:00:00Z" })
        const names: Readonly<Record<string, string>> = { [installation]: "installation", [survey]: "survey", [other.id]: "lead" }
        const missing = (input: Parameters<typeof Calls.Service.missing>[0] = {}) =>
          calls((all) =>
            Effect.map(all.missing(input), (items) =>
              items.map(({ context_id, last_outcome, since, tries }) =>
                [names[context_id], new Date(since.epochMillis).toISOString().slice(8, 10), tries, last_outcome].join(" ")
              )
            )
          )
        return {
          all: yield* missing(),
          of_type: yield* missing({ call_type: "survey_confirmation" }),
          of_oem: yield* missing({ oem: users.other_oem })
        }
      })
    )
    expect(found).toEqual({
      // A call of before the date was set is none about it.
      all: ["survey 02 0 ", "lead 03 0 ", "installation 04 1 voicemail"],
      of_type: ["survey 02 0 "],
      of_oem: ["lead 03 0 "]
    })
    at("2025-03-01T09:00:00Z")
  })
})
