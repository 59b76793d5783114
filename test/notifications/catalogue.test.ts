/** The catalogue: what each text takes, and a whole way of jobs that says each of them to whom it is for. */
import { Effect, Either, Layer } from "effect"
import { describe, expect, it } from "vitest"
import { Emergencies, Installations, Leads, Payouts, Surveys } from "../../src/fieldwork/index.js"
import { catalogueTemplates } from "../../src/notifications/catalogue.js"
import { MessageVariables, Notifications, NotificationTemplates } from "../../src/notifications/index.js"
import { parseTemplate, variablesOf } from "../../src/notifications/language/index.js"
import { describeField, PHONE, users } from "../support/field.js"

/** The variables of section 5.2; what the library does not know is the host's. */
const VARIABLES: Readonly<Record<string, string>> = {
  lead_received: "customer_name oem_name charger_model reference",
  intro_call_missed: "customer_name callback_phone",
  documents_request: "customer_name document_list upload_link",
  documents_received: "customer_name",
  lead_on_hold: "customer_name reason",
  lead_cancelled: "customer_name reason",
  survey_scheduled: "customer_name survey_date slot address",
  survey_confirmation: "customer_name survey_date slot surveyor_name surveyor_phone address",
  survey_reminder: "customer_name survey_date slot",
  survey_rescheduled: "customer_name old_date new_date reason",
  survey_approved: "customer_name next_step",
  installation_scheduled: "customer_name installation_date slot installation_id",
  installation_confirmation: "customer_name installation_date slot team_name team_phone",
  installation_rescheduled: "customer_name old_date new_date reason",
  installation_completed: "customer_name charger_serial charger_model support_phone",
  post_install_feedback: "customer_name feedback_link",
  emergency_backup_assigned: "customer_name new_team_name eta",
  emergency_priority_reschedule: "customer_name new_date",
  payment_marked_payable: "payee_name amount",
  payment_paid: "payee_name amount transaction_reference",
  // Section 10: central_ops is told of what stands unresolved.
  emergency_escalated: "user_name raised_at reason customer_name customer_phone"
}

const wordsOf = (text: string) => text.split(" ").toSorted()

describe("the catalogue", () => {
  it("has an SMS and an e-mail of every stem, with the variables that are there for it", () => {
    const taken = catalogueTemplates.map(({ body_template, name, subject_template }) => {
      const variables = [subject_template, body_template].flatMap((text) => variablesOf(Either.getOrThrow(parseTemplate(text))))
      return [name, [...new Set(variables)].toSorted()] as const
    })
    const expected = Object.entries(VARIABLES).flatMap(([stem, variables]) =>
      ["email", "sms"].map((channel) => [`${stem}_${channel}`, wordsOf(variables)] as const)
    )
    expect(taken.toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual(expected.toSorted(([a], [b]) => (a < b ? -1 : 1)))
  })
})

const variables = Layer.succeed(MessageVariables, {
  of: () =>
    Effect.succeed({
      callback_phone: "+49 30 1",
      document_list: ["bill"],
      upload_link: "https://up.example",
      address: "Pune",
      next_step: "we plan the installation",
      support_phone: "+49 30 2",
      feedback_link: "https://ask.example",
      eta: "14:00",
      new_date: "2025-03-07"
    })
})

describeField(
  "the messages of a job",
  (host) => {
    it("say every text of the catalogue at its step, with nothing missing, to the customer or the payee", async () => {
      const { log, run } = await host.operator()
      await run(
        Effect.gen(function* () {
          const templates = yield* NotificationTemplates
          yield* templates.installCatalogue()
          for (const { id } of yield* templates.list({ channel: "email" })) yield* templates.update(id, { is_active: false })
          yield* templates.create({ name: "lead_cancelled_push", channel: "push", body_template: "{{ reason }}" })
        })
      )
      host.host.backups = {}
      const installation = await run(
        Effect.gen(function* () {
          const [leads, surveys, emergencies] = [yield* Leads, yield* Surveys, yield* Emergencies]
          const given = { oem: users.oem, customer: users.customer, phone: PHONE, reference: "R", charger_model: "W" }
          const { id } = yield* leads.create({ ...given, assigned_handler: users.central_ops, electricity_bill_received: true })
          yield* log({ call_type: "introductory", context_id: id, outcome: "no_answer" })
          yield* log({ call_type: "introductory", context_id: id })
          yield* leads.contact(id)
          yield* leads.requestDocuments(id)
          yield* leads.receiveDocuments(id)
          yield* leads.hold(id, { reason: "holiday" })
          yield* leads.resume(id)
          const survey = yield* surveys.schedule({ lead: id, survey_date: "2025-03-05", slot: "morning", surveyor: users.field_team })
          yield* emergencies.assign((yield* emergencies.raise({ survey: survey.id, reason: "ill" })).id)
          yield* surveys.setDate(survey.id, { survey_date: "2025-03-07", slot: "morning" })
          yield* log({ call_type: "survey_confirmation", context_id: survey.id })
          yield* surveys.confirm(survey.id)
          yield* surveys.start(survey.id)
          yield* surveys.complete(survey.id)
          yield* surveys.submitReport(survey.id, { report_reference: users.oem })
          yield* surveys.approve(survey.id)
          const plan = { survey: survey.id, installation_date: "2025-03-10", slot: "morning", team: users.field_team } as const
          return (yield* (yield* Installations).plan(plan)).id
        })
      )
      host.host.backups = { same_zone_same_type: users.other_team }
      await run(
        Effect.gen(function* () {
          const [all, emergencies, leads] = [yield* Installations, yield* Emergencies, yield* Leads]
          yield* all.receiveMaterial(installation)
          yield* all.reschedule(installation, { reason: "rain" })
          yield* all.setDate(installation, { installation_date: "2025-03-12", slot: "morning" })
          yield* log({ call_type: "installation_confirmation", context_id: installation })
          yield* all.confirm(installation)
          yield* emergencies.assign((yield* emergencies.raise({ installation, reason: "ill" })).id)
          yield* all.start(installation)
          yield* all.complete(installation, { charger_serial: "S-1" })
          yield* all.submitReport(installation, { report_reference: users.oem })
          yield* all.close(installation, { demo_completed: true })
          const second = yield* leads.create({ oem: users.oem, customer: users.customer, phone: PHONE, reference: "R", charger_model: "W" })
          yield* leads.cancel(second.id, { reason: "sold" })
        })
      )
      host.host.backups = {}
      const payout = await run(
        Effect.flatMap(Payouts, (all) =>
          all.markPayable({ installation, payee: users.field_team, amount_cents: 5000n, currency: "EUR", schedule: "fortnightly" })
        )
      )
      await run(
        Effect.flatMap(Payouts, (all) => all.pay(payout.id, { transaction_reference: "T-1" })),
        "finance"
      )
      const told = (user: string) =>
        run(
          Effect.flatMap(Notifications, (all) =>
            Effect.map(all.history(user, { channel: "sms", order_by: "created_at:asc", limit: 1000 }), ({ items }) =>
              items.map(({ body, context_type, status, transition_key }) => ({
                said: [context_type, status, transition_key!.split(":").at(-1)!.replace("_sms", "")].join(" "),
                body
              }))
            )
          )
        )
      // Nobody has an address for push here, and what is inactive is left out.
      const { items } = await run(Effect.flatMap(Notifications, (all) => all.history(users.customer, { limit: 1000 })))
      expect(items.filter(({ channel }) => channel !== "sms").map(({ body, channel, last_error }) => [channel, body, last_error])).toEqual([
        ["push", "sold", "the recipient has no address for push"]
      ])
      const customer = await told(users.customer)
      expect(customer.map(({ said }) => said)).toEqual([
        "lead queued lead_received",
        "lead queued intro_call_missed",
        "lead queued documents_request",
        "lead queued documents_received",
        "lead queued lead_on_hold",
        "survey queued survey_scheduled",
        "emergency queued emergency_priority_reschedule",
        "survey queued survey_rescheduled",
        "survey queued survey_confirmation",
        "survey queued survey_approved",
        "installation queued installation_scheduled",
        "installation queued installation_rescheduled",
        "installation queued installation_confirmation",
        "emergency queued emergency_backup_assigned",
        "installation queued installation_completed",
        "installation queued post_install_feedback",
        "lead queued lead_received",
        "lead queued lead_cancelled"
      ])
      const saying = (stem: string) => customer.find(({ said }) => said.endsWith(stem))!.body
      expect(saying("emergency_backup_assigned")).toBe(
        "Hello customer, other_team will come instead of the team that was planned. Expected: 14:00."
      )
      expect(saying("installation_completed")).toBe("Hello customer, your charger W (serial S-1) is installed. Questions: +49 30 2.")
      expect(await told(users.field_team)).toEqual([
        { said: "payment queued payment_marked_payable", body: "Hello field_team, 50.00 EUR is marked for payment." },
        { said: "payment queued payment_paid", body: "Hello field_team, 50.00 EUR has been paid, reference T-1." }
      ])
    })
  },
  variables
)
