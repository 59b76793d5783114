import { Effect, Layer } from "effect"
import { expect, it } from "vitest"
import { Leads, Surveys } from "../../src/fieldwork/index.js"
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
  },
  variables
)
