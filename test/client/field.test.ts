/** The field side through the client: its jobs by their schedule, each once for what it is for, and what a host sets. */
import { expect, it } from "vitest"
import { sqlite } from "../../adapters/sqlite/index.js"
import { testClock } from "../../adapters/testing/index.js"
import { createBilling } from "../../src/client/index.js"
import { directory, PHONE, users } from "../support/field.js"
import { artefact } from "../support/field-ports.js"

it("jobs of the field side do what is due, once, with the delay and the artefacts that the host says", async () => {
  const clock = testClock("2025-03-01T09:00:00Z")
  const billing = await createBilling({
    database: sqlite(":memory:"),
    clock,
    users: {
      find: async (ids) => directory.filter(({ id }) => ids.includes(id)),
      inRole: async (role) => directory.filter((user) => user.role === role)
    },
    artefacts: { of: async () => [artefact("photo")] },
    requiredArtefacts: ["photo"],
    callReminderHours: 0.5
  })
  const operator = billing.organization((await billing.organizations.create({ name: "Chargers" })).id)
  const desk = operator.actingAs(users.central_ops)
  const { calls, emergencies, installations, leads, surveys } = desk
  await desk.templates.installCatalogue()
  await desk.oems.create({ user: users.oem })
  const called = (call_type: string, context_type: string, context_id: string, outcome = "connected") =>
    calls.log({ callee_phone: PHONE, call_type, context_type, context_id, outcome } as Parameters<typeof calls.log>[0])
  const lead = await leads.create({
    oem: users.oem,
    customer: users.customer,
    phone: PHONE,
    charger_model: "W",
    assigned_handler: users.central_ops,
    electricity_bill_received: true
  })
  await called("introductory", "lead", lead.id)
  await leads.contact(lead.id)
  await leads.requestDocuments(lead.id)
  await leads.receiveDocuments(lead.id)
  const survey = await surveys.schedule({ lead: lead.id, survey_date: "2025-03-05", slot: "morning" })
  await emergencies.raise({ survey: survey.id, reason: "flood" })
  await called("survey_confirmation", "survey", survey.id, "busy")

  /** What the jobs of section 11 do at a time, and then again. */
  const { billInstallations, escalateEmergencies, remindCalls, remindSurveys } = operator.fieldJobs
  const due = async (time: string) => {
    clock.set(time)
    const jobs = [() => remindCalls(), () => escalateEmergencies(), () => remindSurveys(), () => billInstallations()]
    const done = []
    for (const job of [...jobs, ...jobs]) done.push(Object.values(await job()).reduce((sum, one) => sum + one, 0))
    return done.join(" ")
  }
  /** The reminder to telephone is a message too; the others wait for their gateways. */
  const sent = async () => (await billing.messages.sendDue()).sent
  expect([await due("2025-03-01T09:29:59Z"), await sent()]).toEqual(["0 0 0 0 0 0 0 0", 0])
  expect([await due("2025-03-01T09:30:00Z"), await sent(), await sent()]).toEqual(["1 0 0 0 0 0 0 0", 1, 0])
  expect(await due("2025-03-01T11:00:00Z")).toBe("0 1 0 0 0 0 0 0")
  expect(await due("2025-03-04T09:00:00Z")).toBe("0 0 1 0 0 0 0 0")

  await called("survey_confirmation", "survey", survey.id)
  await surveys.confirm(survey.id)
  await surveys.start(survey.id)
  await surveys.complete(survey.id)
  await surveys.submitReport(survey.id, { report_reference: users.oem })
  await surveys.approve(survey.id)
  const { id } = await installations.plan({ survey: survey.id, installation_date: "2025-03-10", slot: "evening" })
  await installations.receiveMaterial(id)
  await called("installation_confirmation", "installation", id)
  await installations.confirm(id)
  await installations.start(id)
  await installations.complete(id, { charger_serial: "S", demo_completed: true })
  await installations.submitReport(id, { report_reference: users.oem })
  await installations.close(id)
  expect((await operator.actingAs(users.oem_reporting).closurePacks.compile(id)).status).toBe("compiled")
  await billing.close()
})
