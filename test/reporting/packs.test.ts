/** What packs ask for, who sees them, what they keep from being deleted, and how the desk finds them again. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { expect, it } from "vitest"
import { Installations, Leads, Users } from "../../src/fieldwork/index.js"
import { ClosurePacks, Submissions } from "../../src/reporting/index.js"
import { describeField, users } from "../support/field.js"
import { ALL_KINDS } from "../support/field-ports.js"

const desk = "oem_reporting" as const
const packs = <A, E, R>(use: (all: typeof ClosurePacks.Service) => Effect.Effect<A, E, R>) => Effect.flatMap(ClosurePacks, use)

describeField("closure packs", (host) => {
  it("need a closed installation and a call about it, are handed to its OEM alone, and are found by what became of them", async () => {
    const { at, closed, fail, log, run, surveyed, violations } = await host.operator()
    host.host.artefacts = ALL_KINDS
    const [first, second, planned] = await run(
      Effect.gen(function* () {
        const survey = yield* surveyed()
        const { id } = yield* (yield* Installations).plan({ survey: survey.id, installation_date: "2025-03-10", slot: "evening" })
        return [(yield* closed()).id, (yield* closed()).id, id] as const
      })
    )
    const compile = (installation: string) => packs((all) => all.compile(installation))
    expect(await fail(compile(planned), desk)).toMatchObject({ _tag: "RequirementMissing", what: "closed_installation" })
    expect(await fail(compile(users.oem), desk)).toMatchObject({ _tag: "InstallationNotFound" })

    // A call that comes after the pack marks it; one that was there before is marked by hand.
    await run(log({ call_type: "post_install", context_id: first }))
    const [a, b] = [await run(compile(first), desk), await run(compile(second), desk)]
    const job = await run(Effect.flatMap(Installations, (all) => all.get(first)))
    expect(a).toMatchObject({
      lead: job.lead,
      installation: first,
      installation_report: job.report_reference,
      compiled_by: users.oem_reporting
    })
    expect([a.status, a.confirmation_call_completed, b.confirmation_call_completed]).toEqual(["compiled", false, false])
    const submit = (id: string, oem?: string) => packs((all) => all.submit(id, oem === undefined ? {} : { oem }))
    expect(await fail(submit(a.id), desk)).toMatchObject({ _tag: "CallMissing", call_type: "post_install" })
    expect(await fail(packs((all) => all.markConfirmed(b.id)))).toMatchObject({ _tag: "CallMissing", call_type: "post_install" })
    expect(await run(packs((all) => all.markConfirmed(a.id)))).toMatchObject({ status: "compiled", confirmation_call_completed: true })
    await run(log({ call_type: "post_install", context_id: second, outcome: "busy" }))
    expect((await run(packs((all) => all.get(b.id)))).confirmation_call_completed).toBe(false)
    await run(log({ call_type: "post_install", context_id: second }))
    expect(await run(packs((all) => all.get(b.id)))).toMatchObject({ status: "compiled", confirmation_call_completed: true })

    expect(await fail(submit(a.id, users.other_oem), desk)).toMatchObject({ _tag: "OemMismatch", expected: users.oem })
    await run(submit(a.id, users.oem), desk)
    at("2025-03-02T09:00:00Z")
    await run(submit(b.id), desk)
    const accept = packs((all) => all.accept(a.id))
    expect(await fail(accept, "other_oem")).toMatchObject({ _tag: "ClosurePackNotFound" })
    await run(accept, "oem")
    expect(await fail(accept, "oem")).toMatchObject({ _tag: "InvalidTransition", from: "accepted" })
    const revise = (note: string) => packs((all) => all.askForRevision(b.id, { note }))
    expect(await fail(revise(""), "oem")).toMatchObject({ _tag: "InvalidInput", field: "note" })
    expect(await run(revise("blurred"), desk)).toMatchObject({ status: "rejected", revision_note: "blurred" })
    expect(await fail(submit(b.id), desk)).toMatchObject({ _tag: "InvalidTransition", from: "rejected" })
    host.host.artefacts = ALL_KINDS.slice(1)
    const recompile = packs((all) => all.recompile(b.id))
    expect(await fail(recompile, desk)).toMatchObject({ _tag: "RequirementMissing", what: "survey_report" })
    host.host.artefacts = ALL_KINDS

    const found = (input: Parameters<typeof ClosurePacks.Service.list>[0], user: "oem" | "other_oem" | typeof desk = desk) =>
      run(
        packs((all) =>
          Effect.map(all.list({ order_by: "created_at:asc", ...input }), ({ items }) =>
            items.map(({ id }) => (id === a.id ? "a" : "b")).toSorted()
          )
        ),
        user
      )
    expect(await found({ status: "rejected" })).toEqual(["b"])
    expect(await found({ oem: users.oem })).toEqual(["a", "b"])
    expect(await found({ oem: users.other_oem })).toEqual([])
    expect(await found({ submitted_from: "2025-03-01T00:00:00Z", submitted_to: "2025-03-02T09:00:00Z" })).toEqual(["a"])
    expect([await found({}, "oem"), await found({}, "other_oem")]).toEqual([["a", "b"], []])
    const board = await run(
      Effect.flatMap(Submissions, (all) => all.dashboard()),
      desk
    )
    expect([board.open_packs.map(({ id }) => id), board.accepted_at_first_submission]).toEqual([[b.id], "50.00"])

    at("2025-03-03T09:00:00Z")
    await run(recompile, desk)
    const again = await run(submit(b.id), desk)
    expect([again.oem_response, new Date(again.submitted_to_oem_at!.epochMillis).toISOString()]).toEqual([
      "pending",
      "2025-03-03T09:00:00.000Z"
    ])
    expect((await run(Effect.flatMap(Leads, (all) => all.get(b.lead)))).status).toBe("closed")

    // What a pack refers to cannot go, nor who compiled and submitted it.
    const remove = (user: string) => Effect.flatMap(Users, (all) => all.remove(user))
    expect(await fail(remove(users.oem_reporting))).toMatchObject({ _tag: "StillReferenced", by: "closure_packs", count: 2 })
    const refused = await host.asOwner(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const remove = (statement: string) =>
          Effect.map(Effect.flip(sql.unsafe(statement)), ({ cause }) => (cause as { code: string }).code)
        return yield* Effect.all([
          remove(`DELETE FROM installations WHERE id = '${first}'`),
          remove(`DELETE FROM leads WHERE id = '${a.lead}'`),
          remove(`DELETE FROM surveys WHERE lead = '${a.lead}'`)
        ])
      })
    )
    const foreign = host.engine === "Postgres" ? "23503" : "SQLITE_CONSTRAINT_FOREIGNKEY"
    expect(refused).toEqual([foreign, foreign, foreign])
    expect(await violations()).toEqual([])
    at("2025-03-01T09:00:00Z")
  })
})
