import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Users } from "../../src/fieldwork/index.js"
import {
  DeliveryReceipts,
  NotificationDelivery,
  Notifications,
  NotificationTemplates,
  type ReceiptStatus,
  receiptStatusOf,
  type SendMessageInput
} from "../../src/notifications/index.js"
import { describeField, type Operator, users } from "../support/field.js"
import { scriptedGateways } from "../support/gateways.js"

const gateways = scriptedGateways()

const CONTEXT = "00000000-0000-7000-8000-00000000beef"

const messages = (operator: Operator) => {
  const about = { context_type: "lead", context_id: CONTEXT } as const
  const create = (name: string, texts: { readonly subject?: string; readonly body: string }) =>
    operator.run(
      Effect.flatMap(NotificationTemplates, (templates) =>
        templates.create({
          name,
          channel: name.split("_").at(-1) as "sms",
          body_template: texts.body,
          ...(texts.subject === undefined ? {} : { subject_template: texts.subject })
        })
      )
    )
  const sending = (input: Partial<SendMessageInput>) =>
    Effect.flatMap(Notifications, (service) => service.send({ recipient: users.customer, ...about, ...input }))
  return {
    about,
    create,
    sending,
    send: (input: Partial<SendMessageInput>) => operator.run(sending(input)),
    get: (id: string) => operator.run(Effect.flatMap(Notifications, (service) => service.get(id))),
    sendDue: () => operator.run(Effect.flatMap(NotificationDelivery, (delivery) => delivery.sendDue())),
    receive: (gateway_message_id: string, ...words: ReadonlyArray<ReceiptStatus>) =>
      operator.run(
        Effect.flatMap(DeliveryReceipts, (receipts) =>
          receipts.receive({
            gateway: "scripted_sms",
            headers: { signature: "good" },
            body: JSON.stringify(
              words.map((status) => ({ gateway_message_id, status, error_code: status === "failed" ? "30003" : null, error_message: "" }))
            )
          })
        )
      )
  }
}

describeField(
  "messages",
  (host) => {
    it("a template is read when it is saved, and what is wrong is named with its line", async () => {
      const operator = await host.operator()
      const { create } = messages(operator)
      const saved = await create("greeting_sms", { body: 'Hello {{ customer.name|default:"you" }}, {{ city }}' })
      expect(saved).toMatchObject({ id: 1, is_active: true, hints: { variables: ["customer.name", "city"], sms_parts: 1 } })
      const failures = (input: object) =>
        operator.fail(
          Effect.flatMap(NotificationTemplates, (templates) =>
            templates.create({ name: "x_sms", channel: "sms", body_template: "x", ...input } as never)
          )
        )
      expect(await failures({ body_template: "a\n{% if %}" })).toMatchObject({ _tag: "InvalidTemplate", field: "body_template", line: 2 })
      expect(await failures({ name: "greeting_sms" })).toMatchObject({ _tag: "NameTaken" })
      expect(await failures({ name: "x_email" })).toMatchObject({ _tag: "InvalidInput", field: "name" })
      expect(await failures({ name: "X_sms" })).toMatchObject({ _tag: "InvalidInput", field: "name" })
      expect(await failures({ subject_template: "x" })).toMatchObject({ _tag: "InvalidInput", field: "subject_template" })
      expect(await failures({ provider_template: "hello" })).toMatchObject({ _tag: "InvalidInput", field: "provider_template" })
      expect(await failures({ name: "x_call", channel: "call" })).toMatchObject({ _tag: "InvalidInput", field: "channel" })
      expect(await failures({ name: "x_email", channel: "email" })).toMatchObject({ _tag: "InvalidInput", field: "subject_template" })
      expect(
        await operator.fail(Effect.flatMap(NotificationTemplates, (service) => service.update(1, { channel: "email" })))
      ).toMatchObject({ _tag: "Immutable", field: "channel" })
      expect(await operator.fail(Effect.flatMap(NotificationTemplates, (service) => service.get(2)))).toMatchObject({
        _tag: "TemplateNotFound"
      })
      expect(
        await operator.fail(
          Effect.flatMap(NotificationTemplates, (service) => service.list()),
          "field_team"
        )
      ).toMatchObject({ _tag: "NotPermitted" })
      const preview = await operator.run(
        Effect.flatMap(NotificationTemplates, (service) => service.preview(1, { variables: { city: "Pune" } }))
      )
      expect(preview).toEqual({ subject: "", body: "Hello you, Pune", sms_parts: 1 })
    })

    it("the catalogue is installed once, existing names are kept, and every text of it is a template", async () => {
      const operator = await host.operator()
      const { create } = messages(operator)
      await create("survey_scheduled_sms", { body: "Mine" })
      const install = Effect.flatMap(NotificationTemplates, (service) => service.installCatalogue())
      expect(await operator.run(install)).toHaveLength(41)
      expect(await operator.run(install)).toHaveLength(0)
      const list = await operator.run(Effect.flatMap(NotificationTemplates, (service) => service.list({ channel: "sms", is_active: true })))
      expect(list).toHaveLength(21)
      expect(list.find(({ name }) => name === "survey_scheduled_sms")?.body_template).toBe("Mine")
    })

    it("a message is rendered once, sent by its channel's gateway, and told by receipts", async () => {
      const operator = await host.operator()
      const { create, get, receive, send, sendDue } = messages(operator)
      gateways.takes()
      gateways.sent.length = 0
      const { id: template } = await create("invitation_sms", { body: "Dear {{ name }}, see {{ day }} & more" })
      const message = await send({ template, variables: { name: "Asha", day: "2025-03-10" } })
      expect(message).toMatchObject({
        status: "queued",
        channel: "sms",
        subject: "",
        body: "Dear Asha, see March 10, 2025 & more",
        tries: 0
      })
      await operator.run(
        Effect.flatMap(NotificationTemplates, (service) => service.update(template, { body_template: "Other", is_active: false }))
      )
      expect(await sendDue()).toEqual({ tries: 1, sent: 1, retrying: 0, failed: 0 })
      expect(gateways.sent).toMatchObject([{ channel: "sms", key: message.id, to: "+4915112345678", body: message.body }])
      expect(await sendDue()).toMatchObject({ tries: 0 })
      const sent = await get(message.id)
      expect(sent).toMatchObject({ status: "sent", tries: 1, gateway: "scripted_sms", next_try_at: null })
      operator.at("2025-03-01T09:05:00Z")
      await receive(sent.gateway_message_id!, "delivered")
      const delivered = await get(message.id)
      expect(delivered).toMatchObject({ status: "delivered", is_read: false })
      operator.at("2025-03-01T09:06:00Z")
      const { receipts } = await receive(sent.gateway_message_id!, "delivered", "failed", "sent", "read")
      expect(receipts.map(({ had_effect }) => had_effect)).toEqual([false, false, false, true])
      const read = await get(message.id)
      expect(read).toMatchObject({ status: "delivered", is_read: true, delivered_at: delivered.delivered_at, last_error: null })
      expect(await operator.run(Effect.flatMap(Notifications, (service) => service.receipts(message.id)))).toHaveLength(5)
      await operator.run(Effect.flatMap(NotificationTemplates, (service) => service.delete(template)))
      expect((await get(message.id)).template).toBeNull()
      expect(await operator.violations()).toEqual([])
      // With who it was for it goes, and its receipts.
      const kept = Effect.flatMap(SqlClient.SqlClient, (sql) =>
        sql.unsafe(`SELECT id FROM delivery_receipts WHERE organization_id = '${operator.organization}'`)
      )
      expect(await operator.run(kept)).toHaveLength(5)
      await operator.run(Effect.flatMap(Users, (all) => all.remove(users.customer)))
      expect(await operator.run(kept)).toEqual([])
    })

    it("what cannot be sent is refused, with everything that is amiss named", async () => {
      const operator = await host.operator()
      const { create, sending } = messages(operator)
      const refused = (input: Partial<SendMessageInput>, user?: "customer") => operator.fail(sending(input), user)
      await create("note_email", { subject: "About {{ a }}\n{{ b }}", body: "<p>{{ c }}{{ b }}</p>" })
      await create("note_push", { body: "x" })
      expect(await refused({ template: "note_email", variables: { b: 1 } })).toMatchObject({ _tag: "MissingVariable", names: ["a", "c"] })
      expect(await refused({ template: "note_email", channel: "sms" })).toMatchObject({ _tag: "ChannelMismatch", expected: "email" })
      expect(await refused({ template: "note_email", channel: "call" })).toMatchObject({ _tag: "ChannelMismatch" })
      expect(await refused({ template: "note_push" })).toMatchObject({ _tag: "RecipientUnreachable", channel: "push" })
      expect(await refused({ template: "nothing_sms" })).toMatchObject({ _tag: "TemplateNotFound" })
      expect(await refused({ template: "note_push", recipient: CONTEXT })).toMatchObject({ _tag: "UserNotFound" })
      expect(await refused({ template: "note_push", recipient: "nobody" })).toMatchObject({ _tag: "UserNotFound" })
      expect(await refused({ channel: "call" })).toMatchObject({ _tag: "InvalidInput", field: "body" })
      expect(await refused({ template: "note_push", context_type: undefined } as never)).toMatchObject({
        _tag: "InvalidInput",
        field: "context_type"
      })
      expect(await refused({ template: "note_push" }, "customer")).toMatchObject({ _tag: "NotPermitted" })
      await operator.run(Effect.flatMap(NotificationTemplates, (service) => service.update(1, { is_active: false })))
      expect(await refused({ template: 1, variables: { a: 1, b: 2, c: 3 } })).toMatchObject({ _tag: "TemplateInactive" })
    })

    it("markup is escaped in the bodies of e-mails and nowhere else, and a subject is one line", async () => {
      const operator = await host.operator()
      const { create, send } = messages(operator)
      await create("note_email", { subject: "About {{ a }}", body: "<p>{{ a }}</p>" })
      await create("note_sms", { body: "{{ a }}" })
      const variables = { a: "<b>\r\nBcc: x@y.example" }
      expect(await send({ template: "note_email", variables })).toMatchObject({
        subject: "About <b> Bcc: x@y.example",
        body: "<p>&lt;b&gt;\r\nBcc: x@y.example</p>"
      })
      expect((await send({ template: "note_sms", variables })).body).toBe(variables.a)
    })

    it("a message is tried at 0, 1, 6 and 31 minutes, then it has failed, and can be sent again", async () => {
      const operator = await host.operator()
      const { create, get, send, sendDue } = messages(operator)
      await create("note_sms", { body: "Hello" })
      operator.at("2025-03-01T10:00:00Z")
      gateways.refuses("busy")
      const { id } = await send({ template: "note_sms" })
      const tries: Array<string> = []
      for (const minute of [0, 1, 2, 5, 6, 30, 31, 40]) {
        operator.at(`2025-03-01T10:${String(minute).padStart(2, "0")}:00Z`)
        if ((await sendDue()).tries > 0) tries.push(`${minute} ${(await get(id)).status}`)
      }
      expect(tries).toEqual(["0 queued", "1 queued", "6 queued", "31 failed"])
      expect(await get(id)).toMatchObject({ tries: 4, last_error: "scripted: busy", next_try_at: null, sent_at: null })
      gateways.takes()
      const resend = Effect.flatMap(Notifications, (service) => service.resend(id))
      const again = await operator.run(resend)
      expect(again).toMatchObject({ status: "queued", body: "Hello", recipient: users.customer })
      expect(again.id).not.toBe(id)
      await sendDue()
      expect((await get(again.id)).status).toBe("sent")
      expect(await operator.fail(Effect.flatMap(Notifications, (service) => service.resend(again.id)))).toMatchObject({
        _tag: "InvalidTransition",
        from: "sent"
      })
      expect(await operator.violations()).toEqual([])
    })

    it("a gateway that breaks or does not answer holds up no other message", async () => {
      const operator = await host.operator()
      const { create, get, send, sendDue } = messages(operator)
      await create("note_sms", { body: "Hello" })
      gateways.does(({ key }) => (key === broken ? Effect.die(new Error("bug")) : Effect.succeed("fine")))
      const [first, second] = [await send({ template: "note_sms" }), await send({ template: "note_sms" })]
      const broken = first.id as string
      expect(await sendDue()).toMatchObject({ tries: 2, sent: 1, retrying: 1 })
      expect(await get(first.id)).toMatchObject({ status: "queued", last_error: "bug" })
      expect((await get(second.id)).status).toBe("sent")
      gateways.takes()
    })

    it("two workers send a message once", async () => {
      const operator = await host.operator()
      const { create, send, sendDue } = messages(operator)
      await create("note_sms", { body: "Hello" })
      gateways.takes()
      gateways.sent.length = 0
      const keys = await Promise.all(Array.from({ length: 12 }, () => send({ template: "note_sms" }).then(({ id }) => id as string)))
      await Promise.all([sendDue(), sendDue(), sendDue()])
      expect(gateways.sent.map(({ key }) => key).toSorted()).toEqual(keys.toSorted())
    })

    it("receipts are believed by their signature only, and one that comes before its message is known moves it later", async () => {
      const operator = await host.operator()
      const { create, get, receive, send, sendDue } = messages(operator)
      const receiving = (gateway: string, headers: Record<string, string>) =>
        operator.fail(Effect.flatMap(DeliveryReceipts, (receipts) => receipts.receive({ gateway, headers, body: "[" })))
      expect(await receiving("scripted_sms", {})).toMatchObject({ _tag: "SignatureInvalid" })
      expect(await receiving("nobody", { signature: "good" })).toMatchObject({ _tag: "GatewayNotConfigured" })
      await create("note_sms", { body: "Hello" })
      gateways.does(() => Effect.succeed("early"))
      const { receipts } = await receive("early", "delivered")
      expect(receipts).toMatchObject([{ notification: null, had_effect: false }])
      await receive("never", "failed")
      const { id } = await send({ template: "note_sms" })
      await sendDue()
      gateways.takes()
      expect((await get(id)).status).toBe("delivered")
      expect(await operator.violations()).toEqual([])
    })

    it("a reminder to telephone falls due without a gateway", async () => {
      const operator = await host.operator()
      const { get, send, sendDue } = messages(operator)
      operator.at("2025-03-02T09:00:00Z")
      const { id } = await send({ channel: "call", body: "Call Asha", due_at: "2025-03-02T11:00:00Z", recipient: users.central_ops })
      await sendDue()
      expect((await get(id)).status).toBe("queued")
      operator.at("2025-03-02T11:00:00Z")
      await sendDue()
      expect(await get(id)).toMatchObject({ status: "sent", address: null })
    })

    it("everyone reads and marks their own messages, and no one else's", async () => {
      const operator = await host.operator()
      const other = await host.operator()
      const { create, send } = messages(operator)
      await create("note_sms", { body: "Hello" })
      operator.at("2025-03-03T09:00:00Z")
      const first = await send({ template: "note_sms" })
      operator.at("2025-03-03T10:00:00Z")
      const second = await send({ template: "note_sms", context_type: "survey" })
      await send({ template: "note_sms", recipient: users.finance })
      const service = <A, E>(use: (notifications: Notifications["Type"]) => A) =>
        Effect.map(Notifications, use) as Effect.Effect<A, E, Notifications>
      const own = <A, E, R>(use: (notifications: Notifications["Type"]) => Effect.Effect<A, E, R>) => Effect.flatten(service(use))
      const list = await operator.run(
        own((one) => one.list({ total: true })),
        "customer"
      )
      expect(list.items.map(({ id }) => id)).toEqual([second.id, first.id])
      expect(
        (
          await operator.run(
            own((one) => one.list({ context_type: "survey", status: "queued", is_read: false })),
            "customer"
          )
        ).items
      ).toHaveLength(1)
      expect(
        await operator.run(
          own((one) => one.unreadCount()),
          "customer"
        )
      ).toBe(2)
      const read = await operator.run(
        own((one) => one.markRead(first.id)),
        "customer"
      )
      expect(read).toMatchObject({ is_read: true, status: "queued" })
      expect(
        await operator.run(
          own((one) => one.markRead(first.id)),
          "customer"
        )
      ).toEqual(read)
      expect(
        await operator.run(
          own((one) => one.markAllRead()),
          "customer"
        )
      ).toBe(1)
      expect(
        await operator.run(
          own((one) => one.markAllRead()),
          "customer"
        )
      ).toBe(0)
      const missing = { _tag: "NotificationNotFound" }
      expect(
        await operator.fail(
          own((one) => one.markRead(first.id)),
          "finance"
        )
      ).toMatchObject(missing)
      expect(
        await operator.fail(
          own((one) => one.markRead(first.id)),
          "central_ops"
        )
      ).toMatchObject(missing)
      expect(
        await operator.fail(
          own((one) => one.get(first.id)),
          "finance"
        )
      ).toMatchObject(missing)
      expect(await other.fail(own((one) => one.get(first.id)))).toMatchObject(missing)
      expect(
        await operator.fail(
          own((one) => one.history(users.customer)),
          "finance"
        )
      ).toMatchObject({ _tag: "NotPermitted" })
      expect((await operator.run(own((one) => one.history(users.customer)))).items).toHaveLength(2)
    })
  },
  gateways.layer
)

describe("receipts", () => {
  it.each([
    ["sent", ["sent", "accepted", "queued", "submitted", " Queued "]],
    ["delivered", ["delivered"]],
    ["read", ["read", "seen"]],
    ["failed", ["failed", "undelivered", "expired", "rejected"]],
    [null, ["", "toString", "typing"]]
  ] as const)("of %s are what gateways call so", (status, words) => {
    expect(words.map(receiptStatusOf)).toEqual(words.map(() => status))
  })

  it("end in the same state in any order", async () => {
    const { afterReceipt } = await import("../../src/notifications/state.js")
    const { instant } = await import("../../src/core/index.js")
    const now = instant(Date.UTC(2025, 2, 1))
    const start = (status: "queued" | "sent") => ({
      status,
      sent_at: status === "sent" ? now : null,
      delivered_at: null,
      is_read: false,
      read_at: null,
      gateway: "g",
      gateway_message_id: "m",
      tries: 1,
      next_try_at: status === "sent" ? null : now,
      last_error: null
    })
    type State = Omit<ReturnType<typeof start>, "status"> & { readonly status: "queued" | "sent" | "delivered" | "failed" }
    const word = fc.constantFrom<ReceiptStatus>("sent", "delivered", "read", "failed")
    const orders = fc
      .array(word, { maxLength: 8 })
      .chain((words) =>
        fc.tuple(fc.constant(words), fc.shuffledSubarray(words, { minLength: words.length, maxLength: words.length }), fc.boolean())
      )
    fc.assert(
      fc.property(orders, ([words, shuffled, known]) => {
        const end = (all: ReadonlyArray<ReceiptStatus>) =>
          all.reduce<State>(
            (state, status) => (afterReceipt(state as never, { status, error: "e" }, now) as State | null) ?? state,
            start(known ? "sent" : "queued")
          )
        const [one, other] = [end(words), end(shuffled)]
        // Only what was sent is known to a gateway; from anywhere else the status is the same.
        if (known) expect(other).toEqual(one)
        expect({ status: other.status, is_read: other.is_read }).toEqual({ status: one.status, is_read: one.is_read })
        const best = words.includes("read") || words.includes("delivered") ? "delivered" : words.includes("failed") ? "failed" : null
        if (best !== null) expect(end(words).status).toBe(best)
      }),
      { numRuns: 1000 }
    )
  })
})
