import { Effect, Layer } from "effect"
import { expect, it } from "vitest"
import { Emergencies, Leads, Surveys, Users } from "../../src/fieldwork/index.js"
import { MessageVariables, type Notification, Notifications, NotificationTemplates } from "../../src/notifications/index.js"
import { describeField, type Operator, users } from "../support/field.js"

const host: { answer: Readonly<Record<string, unknown>> | "breaks" } = { answer: {} }

const variables = Layer.succeed(MessageVariables, {
  of: () => Effect.suspend(() => (host.answer === "breaks" ? Effect.die(new Error("no links today")) : Effect.succeed(host.answer)))
})

const messagesOf = (operator: Operator, user: string): Promise<ReadonlyArray<Notification>> =>
  operator.run(
    Effect.flatMap(Notifications, (service) =>
      Effect.map(service.history(user, { order_by: "created_at:asc", limit: 1000 }), ({ items }) => items)
    )
  )

const install = Effect.flatMap(NotificationTemplates, (templates) => templates.installCatalogue())

describeField(
  "automatic messages",
  (field) => {
    it("each status change tells the customer by every active template of its stem, and never fails for it", async () => {
      const operator = await field.operator()
      await operator.run(install)
      await operator.run(
        Effect.flatMap(NotificationTemplates, (service) =>
          Effect.flatMap(service.list({ channel: "email" }), (all) =>
            Effect.forEach(all, ({ id }) => service.update(id, { is_active: false }), { discard: true })
          )
        )
      )
      host.answer = { document_list: ["bill", "identity card"], upload_link: "https://up.example/1" }
      const lead = await operator.run(operator.ready({ reference: "R-7" }))
      host.answer = "breaks"
      const survey = await operator.run(
        Effect.flatMap(Surveys, (surveys) =>
          surveys.schedule({ lead: lead.id, survey_date: "2025-03-05", slot: "morning", surveyor: users.field_team })
        )
      )
      host.answer = {}
      await operator.run(
        Effect.gen(function* () {
          const surveys = yield* Surveys
          yield* surveys.reschedule(survey.id, { reason: "rain" })
          yield* surveys.setDate(survey.id, { survey_date: "2025-03-07", slot: "evening" })
          yield* (yield* Leads).hold(lead.id, { reason: "holidays" })
          yield* (yield* Leads).resume(lead.id)
        })
      )
      const messages = await messagesOf(operator, users.customer)
      expect(messages.map(({ body, context_type, status }) => [context_type, status, body])).toEqual([
        ["lead", "queued", "Hello customer, oem has ordered the charger W22 for you. Your reference is R-7. We will call you soon."],
        ["lead", "queued", "Hello customer, we need from you: bill, identity card. Please send them here: https://up.example/1"],
        ["lead", "queued", "Hello customer, your documents are with us. Next we will agree a date for the survey with you."],
        ["survey", "failed", ""],
        ["survey", "queued", "Hello customer, your survey of March 5, 2025 will now be on March 7, 2025: rain."],
        ["lead", "queued", "Hello customer, your installation is on hold: holidays. We will be in touch."]
      ])
      const failed = messages.find(({ status }) => status === "failed")!
      expect(failed).toMatchObject({ last_error: "no links today", next_try_at: null })
      const again = await operator.run(
        Effect.flatMap(Notifications, (service) =>
          service.resend(failed.id, { variables: { customer_name: "Asha", survey_date: "2025-03-05", slot: "morning", address: "Pune" } })
        )
      )
      expect(again.body).toMatch(/^Hello Asha, the survey of your place is planned for March 5, 2025/)
    })

    it("a call that did not come through tells the customer and reminds the caller, until somebody calls again", async () => {
      const operator = await field.operator()
      await operator.run(install)
      host.answer = { callback_phone: "+49 30 1" }
      const call = (outcome: "busy" | "connected") =>
        Effect.flatMap(Leads, (leads) =>
          Effect.flatMap(leads.list(), ({ items }) => operator.log({ call_type: "introductory", context_id: items[0]!.id, outcome }))
        )
      await operator.run(
        Effect.flatMap(Leads, (leads) => leads.create({ oem: users.oem, customer: users.customer, phone: "+919876543210" }))
      )
      await operator.run(call("busy"), "field_team")
      const told = await messagesOf(operator, users.customer)
      expect(told.filter(({ body }) => body.includes("+49 30 1")).map(({ channel }) => channel)).toEqual(["sms", "email"])
      // Created without a model and a reference: told as a failed message, and the lead is there.
      expect(told.filter(({ status }) => status === "failed").map(({ last_error }) => last_error)).toContain(
        "missing variables: charger_model, reference"
      )
      expect(await messagesOf(operator, users.field_team)).toMatchObject([{ channel: "call", status: "queued", context_type: "lead" }])
      await operator.run(call("connected"))
      expect(await messagesOf(operator, users.field_team)).toMatchObject([{ channel: "call", status: "delivered" }])
    })
    it("a customer is reminded of a survey on the day before, at ten where they are, once for each date", async () => {
      const operator = await field.operator()
      const at = async (time: string) => {
        operator.at(time)
        return (await operator.run(remind)).reminded
      }
      const remind = Effect.flatMap(Surveys, (surveys) => surveys.remindDue())
      await operator.run(install)
      host.answer = {}
      const schedule = (lead: string, survey_date: string) =>
        Effect.flatMap(Surveys, (surveys) => surveys.schedule({ lead, survey_date, slot: "morning", surveyor: users.field_team }))
      const survey = await operator.run(Effect.flatMap(operator.ready(), ({ id }) => schedule(id, "2025-03-30")))
      // The customer is in Berlin: ten o'clock is 09:00Z, and the night after has the hour that summer takes.
      expect([await at("2025-03-29T08:59:59Z"), await at("2025-03-29T09:00:00Z"), await at("2025-03-29T20:00:00Z")]).toEqual([0, 1, 0])
      const reminders = async () => (await messagesOf(operator, users.customer)).filter(({ body }) => body.includes("a reminder"))
      expect((await reminders()).map(({ channel, transition_key }) => [channel, transition_key])).toEqual([
        ["sms", `survey_reminder:${survey.id}:2025-03-30:survey_reminder_sms`],
        ["email", `survey_reminder:${survey.id}:2025-03-30:survey_reminder_email`]
      ])
      // A date that is set later than its reminder would have come has just been told.
      await operator.run(Effect.flatMap(operator.ready(), ({ id }) => schedule(id, "2025-03-30")))
      expect(await at("2025-03-29T21:00:00Z")).toBe(0)
      await operator.run(
        Effect.gen(function* () {
          const surveys = yield* Surveys
          yield* surveys.reschedule(survey.id, { reason: "rain" })
          yield* surveys.setDate(survey.id, { survey_date: "2025-04-02", slot: "evening" })
        })
      )
      expect([await at("2025-04-01T07:59:59Z"), await at("2025-04-01T08:00:00Z"), await at("2025-04-02T08:00:00Z")]).toEqual([0, 1, 0])
      expect(await operator.violations()).toEqual([])
      operator.at("2025-03-01T09:00:00Z")
    })

    it("an emergency that stands for two hours is told to central_ops; a user goes with their messages, unless something of theirs stays", async () => {
      const operator = await field.operator()
      await operator.run(install)
      host.answer = {}
      const lead = await operator.run(operator.ready())
      await operator.run(
        Effect.gen(function* () {
          const surveys = yield* Surveys
          const survey = yield* surveys.schedule({ lead: lead.id, survey_date: "2025-03-05", slot: "morning", surveyor: users.other_team })
          yield* (yield* Emergencies).raise({ survey: survey.id, reason: "flood" })
        })
      )
      operator.at("2025-03-01T11:00:00Z")
      const escalate = Effect.flatMap(Emergencies, (emergencies) => emergencies.escalateDue())
      expect([await operator.run(escalate), await operator.run(escalate)]).toEqual([{ escalated: 1 }, { escalated: 0 }])
      const told = (await messagesOf(operator, users.central_ops)).filter(({ context_type }) => context_type === "emergency")
      expect(told.map(({ body, channel }) => [channel, body.replace(/<.?p>/g, "")])).toEqual([
        ["sms", expect.stringContaining("central_ops, an emergency stands unresolved since March 1, 2025")],
        ["email", expect.stringContaining("flood. Customer: customer, +4915112345678.")]
      ])

      const remove = (user: string) => Effect.flatMap(Users, (service) => service.remove(user))
      expect(await operator.fail(remove(users.central_ops))).toMatchObject({ _tag: "StillReferenced", by: "call_logs" })
      expect(await operator.fail(remove(users.oem))).toMatchObject({ _tag: "StillReferenced", by: "leads" })
      expect(await operator.fail(remove(users.other_team))).toMatchObject({ _tag: "StillReferenced", by: "surveys", count: 1 })
      expect(await operator.fail(remove(users.customer))).toMatchObject({ _tag: "StillReferenced", by: "leads" })
      expect(await operator.fail(remove("nobody"))).toMatchObject({ _tag: "UserNotFound" })
      expect(await operator.fail(remove(users.finance), "finance")).toMatchObject({ _tag: "NotPermitted" })
      await operator.run(Effect.flatMap(Leads, (leads) => leads.cancel(lead.id, { reason: "sold" })))
      expect((await messagesOf(operator, users.customer)).length).toBeGreaterThan(0)
      await operator.run(remove(users.customer))
      await operator.run(remove(users.customer))
      expect(await messagesOf(operator, users.customer)).toEqual([])
      operator.at("2025-03-01T09:00:00Z")
    })
  },
  variables
)
