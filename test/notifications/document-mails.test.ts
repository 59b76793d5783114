/** E-mails of documents: by hand, at their issue, and for campaigns; once, in the customer's words, with what they carry. */
import { Effect, Layer } from "effect"
import { expect, it } from "vitest"
import { BillingEntities, Customers } from "../../src/accounts/index.js"
import type { CurrentOrganization } from "../../src/core/index.js"
import type { DocumentPrinter } from "../../src/documents/index.js"
import { CurrentUser, UserDirectory } from "../../src/fieldwork/index.js"
import { CreditNotes, Invoices } from "../../src/invoicing/index.js"
import {
  DocumentMails,
  MessageVariables,
  NotificationDelivery,
  Notifications,
  NotificationTemplates
} from "../../src/notifications/index.js"
import { Doctor } from "../../src/operations/index.js"
import { Dunning, DunningCampaigns, Payments } from "../../src/payments/index.js"
import { describeBilling } from "../support/billing.js"
import { countStatements } from "../support/count-statements.js"
import { directory, users } from "../support/field.js"
import { scriptedGateways } from "../support/gateways.js"

const gateways = scriptedGateways()

const drawing: { broken: boolean } = { broken: false }
const printer: DocumentPrinter = {
  media_type: "application/pdf",
  extension: "pdf",
  print: ({ number, stamp, title }) =>
    drawing.broken ? Effect.die(new Error("no ink")) : Effect.succeed(new TextEncoder().encode(`${title} ${number} ${stamp ?? ""}`.trim()))
}

const variables = Layer.succeed(MessageVariables, {
  of: ({ context_id, stem }) => Effect.succeed(stem === "credit_note_issued" ? {} : { payment_link: `https://pay.example/${context_id}` })
})

const staff = Layer.succeed(UserDirectory, {
  find: (ids) => Effect.succeed(directory.filter(({ id }) => ids.includes(id))),
  inRole: () => Effect.succeed([])
})

/** As central_ops does it. */
const resend = (id: string, values?: Readonly<Record<string, string>>) =>
  Effect.flatMap(Notifications, (service) => service.resend(id, values === undefined ? {} : { variables: values })).pipe(
    Effect.provideService(CurrentUser, users.central_ops)
  )

const mails = <A, E>(use: (service: typeof DocumentMails.Service) => Effect.Effect<A, E, CurrentOrganization>) =>
  Effect.flatMap(DocumentMails, use)
const sendDue = Effect.flatMap(NotificationDelivery, (delivery) => delivery.sendDue())
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const spaced = (text: string) => text.replace(/[\u00a0\u202f]/g, " ")

describeBilling("e-mails of documents", (host) => {
  /** A tenant of German documents with an invoice of 30.00 for each month from May. */
  const billed = async (customer: Readonly<Record<string, unknown>> = { email: "zoe@example.com" }) => {
    gateways.sent.length = 0
    gateways.takes()
    drawing.broken = false
    const tenant = await host.tenant({
      printer,
      beside: Layer.mergeAll(gateways.layer, variables, staff),
      customer: { name: "Zoë & Co", currency: "EUR", ...customer }
    })
    tenant.at("2026-05-01T00:00:00Z")
    await tenant.run(
      Effect.flatMap(BillingEntities, (entities) => entities.update({ code: "main" }, { legal_name: "Acme GmbH", document_locale: "de" }))
    )
    await tenant.plan({ code: "basic", amount_cents: "3000" } as never)
    await tenant.subscribe("s", "basic", { subscription_at: "2026-05-01T00:00:00Z" })
    await tenant.bill("2026-06-01T00:00:00Z")
    const { id: customer_id } = await tenant.run(Effect.flatMap(Customers, (all) => all.get({ external_id: "c" })))
    return { ...tenant, customer_id, invoice: (await tenant.invoices())[0]!.invoice }
  }

  it("an invoice is mailed once in the words of its issuer, with the page that is drawn when it goes out", async () => {
    const { at, customer_id, fail, invoice, run } = await billed()
    const { invoice_number: number, id } = invoice
    const message = await run(mails((service) => service.sendInvoice(id)))
    expect(message).toMatchObject({ channel: "email", context_type: "payment", context_id: id, recipient: customer_id, status: "queued" })
    expect(message.subject).toBe(`Rechnung ${number} von Acme GmbH`)
    expect(spaced(message.body)).toBe(
      `<p>Guten Tag Zoë &amp; Co,</p><p>anbei erhalten Sie die Rechnung ${number} vom 1. Juni 2026 über 30,00 €.</p>` +
        `<p>Bitte zahlen Sie 30,00 € bis zum 1. Juli 2026.</p>` +
        `<p>Hier können Sie zahlen: <a href="https://pay.example/${id}">https://pay.example/${id}</a></p><p>Acme GmbH</p>`
    )
    expect((await run(mails((service) => service.sendInvoice(id)))).id).toBe(message.id)
    drawing.broken = true
    await run(sendDue)
    expect(gateways.sent).toEqual([])
    drawing.broken = false
    const again = await run(
      mails((service) => service.sendInvoice(id, { again: true, to: "books@example.com", bcc_emails: ["b@example.com"] }))
    )
    expect(again.id).not.toBe(message.id)
    await run(sendDue)
    expect(gateways.sent).toMatchObject([{ to: "books@example.com", bcc: ["b@example.com"], key: again.id }])
    expect(gateways.sent[0]!.attachments!.map(({ bytes, filename, media_type }) => [filename, media_type, textOf(bytes)])).toEqual([
      [`invoice-${number}.pdf`, "application/pdf", `Rechnung ${number}`]
    ])
    const { items } = await run(mails((service) => service.list(customer_id, { context_id: id })))
    expect(items.map(({ last_error, status }) => [status, last_error])).toEqual([
      ["sent", null],
      ["queued", "no ink"]
    ])
    expect(await fail(mails((service) => service.sendInvoice(id, { format: "ubl", again: true })))).toMatchObject({
      _tag: "EInvoiceRefused"
    })
    await run(Effect.flatMap(Invoices, (invoices) => invoices.void(id)))
    expect(await fail(mails((service) => service.sendInvoice(id)))).toMatchObject({ _tag: "InvalidTransition", from: "voided" })
    // What still waits does not go out as if it stood.
    at("2026-06-01T00:01:00Z")
    await run(sendDue)
    const waiting = await run(mails((service) => service.list(customer_id, { status: "queued" })))
    expect(waiting.items).toMatchObject([
      { id: message.id, tries: 2, last_error: "the document could not be drawn: it was voided before it was mailed" }
    ])
  })

  it("a customer without an address gets nothing, and a host without a printer is told so", async () => {
    const { fail, invoice, run } = await billed({})
    expect(await fail(mails((service) => service.sendInvoice(invoice.id)))).toMatchObject({ _tag: "CustomerHasNoEmail" })
    expect(await run(mails((service) => service.sendInvoice(invoice.id, { to: "typed@example.com" })))).toMatchObject({
      address: "typed@example.com"
    })
    const bare = await host.tenant({ customer: { email: "c@example.com" } })
    bare.at("2026-05-01T00:00:00Z")
    await bare.plan({ code: "basic", amount_cents: "3000" } as never)
    await bare.subscribe("s", "basic", { subscription_at: "2026-05-01T00:00:00Z" })
    await bare.bill("2026-06-01T00:00:00Z")
    const own = (await bare.invoices())[0]!.invoice.id
    expect(await bare.fail(mails((service) => service.sendInvoice(own)))).toMatchObject({ _tag: "AdapterMissing" })
    expect(await bare.fail(mails((service) => service.sendInvoice(invoice.id)))).toMatchObject({ _tag: "InvoiceNotFound" })
  })

  it("who wants documents gets each at its issue, once, and none of before; billing runs know nothing of it", async () => {
    const tenant = await billed()
    const { customer_id, run } = tenant
    expect(await run(mails((service) => service.mailDue()))).toEqual({ invoices: 0, credit_notes: 0, reminders: 0 })
    tenant.at("2026-06-01T00:00:01Z")
    await run(mails((service) => service.setMailing(customer_id, { on_issue: true, format: "cii", bcc_emails: ["all@example.com"] })))
    tenant.at("2026-06-02T00:00:00Z")
    expect(await run(mails((service) => service.mailDue()))).toMatchObject({ invoices: 0 })
    await tenant.bill("2026-07-01T00:00:00Z")
    const july = (await tenant.invoices()).find(({ invoice }) => invoice.id !== tenant.invoice.id)!
    const note = await run(
      Effect.flatMap(CreditNotes, (notes) =>
        Effect.flatMap(
          notes.create({
            invoice_id: july.invoice.id,
            credit_note_type: "credit",
            reason: "order_change",
            items: [{ fee_id: july.fees[0]!.id, amount_cents: "1000" }]
          } as never),
          ({ note }) => notes.finalize(note.id)
        )
      )
    )
    expect(await run(mails((service) => service.mailDue()))).toEqual({ invoices: 1, credit_notes: 1, reminders: 0 })
    expect(await run(mails((service) => service.mailDue()))).toEqual({ invoices: 0, credit_notes: 0, reminders: 0 })
    const { items } = await run(mails((service) => service.list(customer_id, { order_by: "created_at:asc" })))
    expect(items.map(({ bcc_emails, subject }) => [subject, bcc_emails])).toEqual([
      [`Rechnung ${july.invoice.invoice_number} von Acme GmbH`, ["all@example.com"]],
      [`Gutschrift ${note.note.number} von Acme GmbH`, ["all@example.com"]]
    ])
    expect((await run(mails((service) => service.sendInvoice(july.invoice.id)))).id).toBe(items[0]!.id)
    // Electronic ones lack the seller's country here: the message says so, and is tried again.
    await run(sendDue)
    const tried = await run(mails((service) => service.list(customer_id)))
    expect(tried.items.map(({ last_error, tries }) => [tries, last_error?.includes("billing_entity.country: is missing")])).toEqual([
      [1, true],
      [1, true]
    ])
    expect((await run(Effect.flatMap(Doctor, (doctor) => doctor.check()))).violations).toEqual([])
  })

  it("a run takes as many statements for many documents as for one", async () => {
    const tenant = await billed()
    tenant.at("2026-06-01T00:00:01Z")
    await tenant.run(mails((service) => service.setMailing(tenant.customer_id, { on_issue: true })))
    await tenant.subscribe("t", "basic", { subscription_at: "2026-07-01T00:00:00Z" })
    const statements = async (month: string, invoices: number) => {
      await tenant.bill(`2026-${month}-01T00:00:00Z`)
      const [run, count] = await tenant.run(countStatements(mails((service) => service.mailDue())))
      expect(run.invoices).toBe(invoices)
      return count
    }
    const one = await statements("07", 1)
    expect(await statements("08", 2)).toBe(one)
  })

  it("reminders name what is due, those of campaigns all of it", async () => {
    const tenant = await billed()
    const { fail, invoice, run } = tenant
    tenant.at("2026-07-10T00:00:00Z")
    const reminder = await run(mails((service) => service.sendReminder(invoice.id)))
    expect(spaced(reminder.body)).toContain(
      `von der Rechnung ${invoice.invoice_number} sind noch 30,00 € offen. Fällig war sie am 1. Juli 2026.`
    )
    expect((await run(mails((service) => service.sendReminder(invoice.id)))).id).toBe(reminder.id)
    tenant.at("2026-07-11T00:00:00Z")
    await run(
      Effect.flatMap(DunningCampaigns, (campaigns) =>
        campaigns.create({
          code: "d",
          name: "D",
          bcc_emails: ["dunning@example.com"],
          thresholds: [{ currency: "EUR", amount_cents: "1" }]
        } as never)
      )
    )
    await run(Effect.flatMap(Dunning, (dunning) => dunning.run()))
    expect(await run(mails((service) => service.mailDue()))).toMatchObject({ reminders: 1 })
    expect(await run(mails((service) => service.mailDue()))).toMatchObject({ reminders: 0 })
    gateways.sent.length = 0
    await run(sendDue)
    const asked = gateways.sent.find(({ subject }) => subject.startsWith("Zahlung von"))!
    expect(spaced(asked.subject)).toBe("Zahlung von 30,00 € an Acme GmbH")
    expect(spaced(asked.body)).toContain(`<li>${invoice.invoice_number}: 30,00 €, fällig am 1. Juli 2026</li>`)
    expect([asked.bcc, asked.attachments!.length]).toEqual([["dunning@example.com"], 1])
    expect(await fail(mails((service) => service.sendReminder(tenant.customer_id)))).toMatchObject({ _tag: "InvoiceNotFound" })
  })

  it("one that failed is sent again, to the same address with its page, unless its document is void", async () => {
    const { at, customer_id, fail, invoice, run } = await billed()
    const first = await run(mails((service) => service.sendInvoice(invoice.id, { bcc_emails: ["b@example.com"] })))
    expect(await fail(resend(first.id))).toMatchObject({ _tag: "InvalidTransition", from: "queued" })
    gateways.refuses("full")
    for (const time of ["00:00", "00:01", "00:06", "00:31"]) {
      at(`2026-06-01T${time}:00Z`)
      await run(sendDue)
    }
    gateways.takes()
    gateways.sent.length = 0
    expect(await fail(resend(first.id, { total: "0" }))).toMatchObject({ _tag: "InvalidInput", field: "variables" })
    const again = await run(resend(first.id))
    expect(again).toMatchObject({ status: "queued", tries: 0, recipient: customer_id, address: "zoe@example.com", transition_key: null })
    expect([again.subject, again.body, again.bcc_emails]).toEqual([first.subject, first.body, ["b@example.com"]])
    await run(sendDue)
    expect(gateways.sent.map(({ attachments, key, to }) => [key, to, attachments!.map(({ filename }) => filename)])).toEqual([
      [again.id, "zoe@example.com", [`invoice-${invoice.invoice_number}.pdf`]]
    ])
    await run(Effect.flatMap(Invoices, (invoices) => invoices.void(invoice.id)))
    expect(await fail(resend(first.id))).toMatchObject({ _tag: "InvalidTransition", entity: "Invoice", from: "voided" })
    expect((await run(Effect.flatMap(Doctor, (doctor) => doctor.check()))).violations).toEqual([])
  })

  it("one that never had a text is made from its documents as they are now, with the variables that were missing", async () => {
    const tenant = await billed()
    const { customer_id, fail, run } = tenant
    const as = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.provideService(effect, CurrentUser, users.central_ops)
    const template = (name: string) =>
      Effect.flatMap(NotificationTemplates, (all) =>
        as(all.create({ name, channel: "email", subject_template: "{{ issuer_name }}", body_template: "{{ amount_due }}: {{ word }}" }))
      )
    tenant.at("2026-06-01T00:00:01Z")
    await run(mails((service) => service.setMailing(customer_id, { on_issue: true })))
    await run(Effect.all([template("invoice_issued_email"), template("payment_reminder_email")]))
    await tenant.bill("2026-07-01T00:00:00Z")
    tenant.at("2026-07-11T00:00:00Z")
    const thresholds = [{ currency: "EUR", amount_cents: "1" }]
    await run(Effect.flatMap(DunningCampaigns, (campaigns) => campaigns.create({ code: "d", name: "D", thresholds } as never)))
    await run(Effect.flatMap(Dunning, (dunning) => dunning.run()))
    expect(await run(mails((service) => service.mailDue()))).toEqual({ invoices: 1, credit_notes: 0, reminders: 1 })
    const { items: failed } = await run(mails((service) => service.list(customer_id, { status: "failed", order_by: "created_at:asc" })))
    expect(failed.map(({ body, last_error }) => [body, last_error])).toEqual([
      ["", "missing variables: word"],
      ["", "missing variables: word"]
    ])
    expect(await fail(resend(failed[0]!.id))).toMatchObject({ _tag: "MissingVariable", names: ["word"] })
    gateways.sent.length = 0
    for (const { id } of failed) await run(resend(id, { word: "please" }))
    await run(sendDue)
    expect(gateways.sent.map(({ attachments, body, to }) => [spaced(body), to, attachments!.length])).toEqual([
      ["30,00 €: please", "zoe@example.com", 1],
      ["30,00 €: please", "zoe@example.com", 1]
    ])
    expect((await run(mails((service) => service.mailDue()))).invoices).toBe(0)
    await run(Effect.flatMap(Payments, (payments) => payments.record({ invoice_id: tenant.invoice.id })))
    const asked = failed.find(({ transition_key }) => transition_key!.startsWith("payment_reminder"))!
    expect(await fail(resend(asked.id, { word: "please" }))).toMatchObject({ _tag: "NothingDue", invoice_id: tenant.invoice.id })
  })
})
