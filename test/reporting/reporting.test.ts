/** Packs and reports of an OEM: from the closed installation to the accepted pack, and a month's figures that are final once handed over. */
import { Effect } from "effect"
import { expect, it } from "vitest"
import { BillingEntities, Customers } from "../../src/accounts/index.js"
import { Calls, InstallationBills, Installations, Leads, Oems } from "../../src/fieldwork/index.js"
import { AddOns } from "../../src/invoicing/index.js"
import { AdminNotifications } from "../../src/operations/index.js"
import { ClosurePacks, MonthlyReports, Submissions, WeeklyReports } from "../../src/reporting/index.js"
import { describeField, users } from "../support/field.js"
import { ALL_KINDS, artefact } from "../support/field-ports.js"

const desk = "oem_reporting" as const
const packs = <A, E, R>(use: (service: typeof ClosurePacks.Service) => Effect.Effect<A, E, R>) => Effect.flatMap(ClosurePacks, use)

describeField("packs and reports", (host) => {
  it("take a pack from its draft to the OEM and back, and close its lead", async () => {
    const { at, closed, fail, log, run } = await host.operator()
    const early = await run(Effect.flatMap(closed(), ({ id }) => Effect.succeed(id)))
    const compile = packs((service) => service.compile(early))
    expect(await fail(compile, "finance")).toMatchObject({ _tag: "NotPermitted" })
    host.host.artefacts = ALL_KINDS.slice(0, 2)
    const draft = await run(compile, desk)
    expect([draft.status, draft.manifest.length, draft.compiled_by]).toEqual(["draft", 2, users.oem_reporting])
    expect(await fail(compile, desk)).toMatchObject({ _tag: "PackExists" })
    const complete = packs((service) => service.complete(draft.id))
    expect(await fail(complete, desk)).toMatchObject({ _tag: "RequirementMissing", what: "photo" })
    host.host.artefacts = ALL_KINDS
    expect((await run(complete, desk)).status).toBe("compiled")

    const submit = packs((service) => service.submit(draft.id))
    expect(await fail(submit, desk)).toMatchObject({ _tag: "CallMissing", call_type: "post_install" })
    expect(await fail(packs((service) => service.markConfirmed(draft.id)))).toMatchObject({ _tag: "CallMissing" })
    expect(
      await fail(
        packs((service) => service.get(draft.id)),
        "oem"
      )
    ).toMatchObject({ _tag: "ClosurePackNotFound" })
    await run(log({ call_type: "post_install", context_id: early }))
    const submitted = await run(submit, desk)
    expect(submitted).toMatchObject({ status: "submitted", oem_response: "pending", pack_file: `packs/${draft.id}.pdf` })
    expect(host.host.files.get(submitted.pack_file!)?.table?.rows.length).toBe(4)
    expect((await run(Effect.flatMap(Leads, (leads) => leads.get(draft.lead)))).status).toBe("closed")

    at("2025-03-02T09:00:00Z")
    const revised = await run(
      packs((service) => service.askForRevision(draft.id, { note: "blurred" })),
      "oem"
    )
    expect([revised.status, revised.oem_response]).toEqual(["rejected", "revision_needed"])
    host.host.artefacts = [...ALL_KINDS, artefact("photo")]
    const again = await run(
      packs((service) => service.recompile(draft.id)),
      desk
    )
    expect([again.status, again.oem_response, again.manifest.length]).toEqual(["compiled", "revision_needed", 5])
    await run(submit, desk)
    const accepted = await run(
      packs((service) => service.accept(draft.id)),
      "oem"
    )
    expect([accepted.status, accepted.oem_response]).toEqual(["accepted", "accepted"])
    const [rows, board] = await run(
      Effect.gen(function* () {
        const service = yield* Submissions
        return [(yield* service.list({ report_type: "closure_pack" })).items, yield* service.dashboard()] as const
      }),
      desk
    )
    expect([rows.length, board.accepted_at_first_submission, board.submissions]).toEqual([
      2,
      "0.00",
      [{ report_type: "closure_pack", acknowledged: 0, open: 2 }]
    ])
    const acknowledge = Effect.flatMap(Submissions, (service) => service.acknowledge(rows[0]!.id))
    expect(await fail(acknowledge, "other_oem")).toMatchObject({ _tag: "SubmissionNotFound" })
    expect((await run(acknowledge, "oem")).acknowledged).toBe(true)
    host.host.artefacts = ALL_KINDS
    at("2025-03-01T09:00:00Z")
  })

  it("count a month in the OEM's zone, with revenue, days without hold, and the time agreed", async () => {
    const { at, fail, installed, log, run, surveyed, violations } = await host.operator({ timezone: "Asia/Kolkata" })
    await run(
      Effect.gen(function* () {
        yield* (yield* BillingEntities).create({ code: "main", name: "Acme", invoice_prefix: "INV" })
        yield* (yield* Customers).create({ external_id: "oem", name: "Maker", currency: "EUR" })
        yield* (yield* AddOns).create({ code: "install", name: "Installation", amount_cents: "50000", amount_currency: "EUR" })
        yield* (yield* Oems).update(users.oem, { external_customer_id: "oem", add_on_code: "install" })
      })
    )
    // Received on 1 March, on hold for 5 days, completed on 24 March at the same hour: 18 days.
    const lead = await run(surveyed())
    at("2025-03-05T09:00:00Z")
    await run(Effect.flatMap(Leads, (leads) => leads.hold(lead.lead, { reason: "holiday" })))
    at("2025-03-10T09:00:00Z")
    await run(Effect.flatMap(Leads, (leads) => leads.resume(lead.lead)))
    at("2025-03-24T09:00:00Z")
    const first = await run(
      Effect.gen(function* () {
        const installations = yield* Installations
        const { id } = yield* installations.plan({ survey: lead.id, installation_date: "2025-03-24", slot: "morning" })
        yield* installations.receiveMaterial(id)
        yield* log({ call_type: "installation_confirmation", context_id: id })
        yield* installations.confirm(id)
        yield* installations.start(id)
        yield* installations.complete(id)
        yield* installations.submitReport(id, { report_reference: users.oem, charger_serial: "S", demo_completed: true })
        return yield* installations.close(id)
      })
    )
    const bill = await run(Effect.flatMap(InstallationBills, (bills) => bills.get(first.id)))
    expect([bill?.status, first.signature]).toEqual(["billed", null])
    // The last minute of March in Kolkata, and the first of April.
    at("2025-03-31T18:29:00Z")
    await run(installed({ received_at: "2025-03-03T09:00:00Z" }))
    at("2025-03-31T18:30:00Z")
    await run(installed())
    const [invoice] = await run(Effect.flatMap(AddOns, (addOns) => Effect.map(addOns.applications(), ({ items }) => items)))
    expect(invoice?.invoice_id).toBe(bill?.invoice_id)

    const create = Effect.flatMap(MonthlyReports, (reports) => reports.create({ oem: users.oem, month: "2025-03-01" }))
    const report = await run(create, desk)
    expect(report).toMatchObject({
      total_leads: 2,
      surveys_completed: 2,
      installations_completed: 2,
      closure_packs_submitted: 0,
      total_revenue: "500.0000",
      revenue_currency: "EUR",
      average_installation_time_days: "23.2",
      sla_compliance_rate: "50.00",
      report_file: `reports/monthly/${report.id}.pdf`
    })
    expect(await fail(create, desk)).toMatchObject({ _tag: "ReportExists" })
    const future = Effect.flatMap(MonthlyReports, (reports) => reports.create({ oem: users.oem, month: "2025-05-01" }))
    expect(await fail(future, desk)).toMatchObject({ _tag: "InvalidInput", field: "month" })

    const submit = Effect.flatMap(MonthlyReports, (reports) => reports.submit(report.id))
    expect(
      await fail(
        Effect.flatMap(MonthlyReports, (all) => all.submit(report.id, { oem: users.other_oem })),
        desk
      )
    ).toMatchObject({
      _tag: "OemMismatch"
    })
    const april = await run(
      Effect.flatMap(MonthlyReports, (reports) => reports.create({ oem: users.oem, month: "2025-04-01" })),
      desk
    )
    expect([april.total_leads, april.installations_completed, april.average_installation_time_days]).toEqual([1, 1, "0.0"])
    expect(
      await fail(
        Effect.flatMap(MonthlyReports, (reports) => reports.submit(april.id)),
        desk
      )
    ).toMatchObject({ from: "running" })
    const regenerate = Effect.flatMap(MonthlyReports, (reports) => reports.regenerate(report.id))
    const agreed = (sla_days: number) => run(Effect.flatMap(Oems, (oems) => oems.update(users.oem, { sla_days })))
    const rateIn = async (days: number) => {
      await agreed(days)
      return (await run(regenerate, desk)).sla_compliance_rate
    }
    // Eighteen days are within eighteen.
    expect([await rateIn(17), await rateIn(18), await rateIn(29)]).toEqual(["0.00", "50.00", "100.00"])
    await agreed(21)
    const same = await run(regenerate, desk)
    expect({ ...same, updated_at: report.updated_at }).toEqual(report)
    await run(submit, desk)
    expect(await fail(submit, desk)).toMatchObject({ _tag: "InvalidTransition" })
    expect(
      await fail(
        Effect.flatMap(MonthlyReports, (reports) => reports.regenerate(report.id)),
        desk
      )
    ).toMatchObject({ _tag: "Immutable" })

    // The weeks from 3 to 30 March and what is around them add up to the month.
    const weeks = ["2025-02-24", "2025-03-03", "2025-03-10", "2025-03-17", "2025-03-24", "2025-03-31"]
    const counted = await run(
      Effect.forEach(weeks, (week_start) => Effect.flatMap(WeeklyReports, (reports) => reports.create({ oem: users.oem, week_start }))),
      desk
    )
    expect(counted.map((week) => [week.total_leads, week.installations_completed])).toEqual([
      [1, 0],
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 1],
      [2, 2]
    ])
    expect(counted.at(-1)!.week_end).toBe("2025-04-06")
    expect(
      (
        await run(
          Effect.flatMap(WeeklyReports, (reports) => reports.list({ from: "2025-03-10", to: "2025-03-24" })),
          desk
        )
      ).items.length
    ).toBe(3)
    expect(
      (
        await run(
          Effect.flatMap(MonthlyReports, (reports) => reports.list()),
          "oem"
        )
      ).items.map(({ id }) => id)
    ).toEqual([report.id])
    expect(await violations()).toEqual([])
    at("2025-03-01T09:00:00Z")
  })

  it("tell of a bill that failed, keep the closing, and bill it later, once", async () => {
    const { closed, run } = await host.operator()
    host.told.length = 0
    const bills = await run(
      Effect.gen(function* () {
        const [service, oems] = [yield* InstallationBills, yield* Oems]
        yield* (yield* Customers).create({ external_id: "oem", name: "Maker", currency: "EUR" })
        yield* (yield* AddOns).create({ code: "install", name: "Installation", amount_cents: "50000", amount_currency: "EUR" })
        const installation = yield* closed()
        const nobody = yield* service.get(installation.id)
        const lead = yield* (yield* Leads).get(installation.lead)
        // The OEM stops being a customer between the closing and the bill.
        yield* oems.update(users.oem, { external_customer_id: "oem", add_on_code: "install" })
        yield* service.note(installation, lead, installation.updated_at)
        yield* oems.update(users.oem, { external_customer_id: null })
        const runs = [yield* service.billDue(), yield* service.billDue()]
        const administrators = yield* AdminNotifications
        yield* administrators.raiseDue()
        const notices = (yield* administrators.list()).items
        yield* oems.update(users.oem, { external_customer_id: "oem" })
        const billed = yield* service.retry(installation.id)
        const again = yield* Effect.flip(service.retry(installation.id))
        return { nobody, runs, notices, billed, again, sold: (yield* (yield* AddOns).applications()).items.length }
      })
    )
    expect(bills.nobody).toBeUndefined()
    expect(bills.runs).toEqual([
      { billed: 0, failed: 1 },
      { billed: 0, failed: 0 }
    ])
    expect([bills.billed.status, bills.again._tag, bills.sold]).toEqual(["billed", "InvalidTransition", 1])
    expect(host.told.filter(({ type }) => type === "billing_failed").length).toBe(1)
    expect(bills.notices.map(({ resource_type, title }) => [resource_type, title])).toEqual([
      ["installation", "A closed installation could not be billed"]
    ])
  })

  it("list the calls that are missing, and remind of those to try again", async () => {
    const { at, closed, log, ready, run } = await host.operator()
    const [lead, installation] = await run(
      Effect.gen(function* () {
        const { id } = yield* (yield* Leads).create({ oem: users.oem, customer: users.customer, phone: "+919876543210" })
        yield* ready()
        return [id, (yield* closed()).id] as const
      })
    )
    await run(log({ call_type: "introductory", context_id: lead, outcome: "busy" }))
    await run(log({ call_type: "introductory", context_id: lead, outcome: "wrong_number" }))
    const missing = await run(Effect.flatMap(Calls, (calls) => calls.missing()))
    expect(missing.map(({ call_type, context_id, last_outcome, tries }) => [call_type, context_id, tries, last_outcome])).toEqual(
      expect.arrayContaining([
        ["introductory", lead, 2, "wrong_number"],
        ["post_install", installation, 0, null]
      ])
    )
    expect(missing.length).toBe(2)
    await run(log({ call_type: "post_install", context_id: installation, outcome: "voicemail" }))
    host.told.length = 0
    const remind = Effect.flatMap(Calls, (calls) => calls.remindDue())
    expect(await run(remind)).toEqual({ reminded: 0 })
    at("2025-03-01T11:00:00Z")
    // The lead was called again since: nobody is reminded of it.
    expect([await run(remind), await run(remind)]).toEqual([{ reminded: 1 }, { reminded: 0 }])
    expect(host.told).toMatchObject([{ type: "call_reminder_due", call: { context_id: installation, caller: users.central_ops } }])
    at("2025-03-01T09:00:00Z")
  })
})
