import { Effect } from "effect"
import { expect, it } from "vitest"
import { pdf } from "../../adapters/pdf/index.js"
import { BillingEntities } from "../../src/accounts/index.js"
import { Taxes } from "../../src/catalog/index.js"
import type { CurrentOrganization } from "../../src/core/index.js"
import { type DocumentPrinter, Documents, type PrintedDocument, type PrintInput } from "../../src/documents/index.js"
import { CreditNotes, Invoices } from "../../src/invoicing/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"
import { pdfPages } from "../support/pdf-text.js"
import { broken } from "./einvoice/rules.js"
import { readCii, readUbl } from "./einvoice/said.js"

/** A printer that keeps what it was given. */
const keeping = () => {
  const printed: Array<PrintedDocument> = []
  const printer: DocumentPrinter = {
    media_type: "text/plain",
    extension: "txt",
    print: (document) =>
      Effect.sync(() => {
        printed.push(document)
        return new TextEncoder().encode(document.title)
      })
  }
  return { printed, printer }
}

const documents = <A, E>(use: (service: typeof Documents.Service) => Effect.Effect<A, E, CurrentOrganization>) =>
  Effect.flatMap(Documents, use)

const spaced = (text: string) => text.replace(/[\u00a0\u202f]/g, " ")

/** A plan of 30.00 with graduated calls, a coupon and a tax: one invoice for May. */
const billMay = async (tenant: Tenant) => {
  tenant.at("2026-05-01T00:00:00Z")
  await tenant.run(
    Effect.flatMap(BillingEntities, (entities) =>
      entities.update(
        { code: "main" },
        {
          legal_name: "Acme Charging GmbH",
          address_line1: "Hauptstraße 1",
          zip_code: "10115",
          city: "Berlin",
          country: "DE",
          tax_id: "DE123456789",
          email: "billing@acme.example",
          document_locale: "de",
          invoice_footer: "Amtsgericht Berlin, HRB 1234"
        }
      )
    )
  )
  await tenant.tax("VAT", "0.19")
  await tenant.coupon("TEN")
  await tenant.applyCoupon("TEN")
  await tenant.metric("calls", { aggregation_type: "count" })
  await tenant.plan({
    code: "basic",
    name: "Basic",
    amount_cents: "3000",
    charges: [
      {
        metric_code: "calls",
        charge_model: "graduated",
        properties: {
          graduated_ranges: [
            { from_value: "0", to_value: "2", per_unit_amount: "1", flat_amount: "4" },
            { from_value: "2", to_value: null, per_unit_amount: "0.5", flat_amount: "0" }
          ]
        }
      }
    ]
  } as never)
  await tenant.subscribe("s", "basic", { subscription_at: "2026-05-01T00:00:00Z" })
  await tenant.ingest("calls", "2026-05-10T00:00:00Z", { count: 3, subscription: "s" })
  await tenant.bill("2026-06-01T00:00:00Z")
  return (await tenant.invoices())[0]!
}

describeBilling("documents", (host) => {
  it("an invoice says who bills whom for what, and what is due", async () => {
    const { printed, printer } = keeping()
    const tenant = await host.tenant({ printer, customer: { name: "Zoë & Co", email: "zoe@example.com", currency: "EUR" } })
    const { invoice } = await billMay(tenant)
    const file = await tenant.run(documents((service) => service.invoice(invoice.id)))
    expect(file).toMatchObject({ filename: `invoice-${invoice.invoice_number}.txt`, media_type: "text/plain" })
    const [document] = printed
    expect(document!.issuer).toEqual([
      "Acme Charging GmbH",
      "Hauptstraße 1",
      "10115 Berlin",
      "DE",
      "USt-IdNr.: DE123456789",
      "billing@acme.example"
    ])
    expect(document!.bill_to.lines).toEqual(["Zoë & Co", "zoe@example.com", "c"])
    expect(document!.facts.map(({ label, value }) => `${label}: ${value}`)).toEqual([
      `Nummer: ${invoice.invoice_number}`,
      "Ausgestellt am: 1. Juni 2026",
      "Fällig am: 1. Juli 2026",
      "Zeitraum: 1. Mai 2026 – 31. Mai 2026"
    ])
    expect(document!.lines).toEqual([
      { description: "Basic", details: ["1. Mai 2026 – 31. Mai 2026"], units: "1", unit_price: "30,00", amount: "30,00" },
      {
        description: "calls",
        details: ["1. Mai 2026 – 31. Mai 2026", "0 bis 2: 2 × 1,00 + 4,00 = 6,00", "> 2: 1 × 0,50 = 0,50"],
        units: "3",
        unit_price: "~ 2,166667",
        amount: "6,50"
      }
    ])
    // 36.50 − 3.65 = 32.85; 19 % of it 6.24.
    expect(document!.totals.map(({ label, value }) => spaced(`${label}: ${value}`))).toEqual([
      "Zwischensumme: 36,50 €",
      "Rabatte: -3,65 €",
      "VAT 19 % auf 32,85 €: 6,24 €",
      "Gesamtbetrag: 39,09 €",
      "Zu zahlen: 39,09 €"
    ])
    expect(document!.notes.map(spaced)).toEqual(["Bitte zahlen Sie 39,09 € bis zum 1. Juli 2026."])
    expect(document!.footer).toBe("Amtsgericht Berlin, HRB 1234")
    expect(document!.stamp).toBeNull()

    await tenant.run(documents((service) => service.invoice(invoice.id, { locale: "fr" })))
    expect(printed[1]!.title).toBe("Facture")
  })

  it("a credit note says what it gives back of which invoice", async () => {
    const { printed, printer } = keeping()
    const tenant = await host.tenant({ printer, customer: { currency: "EUR" } })
    const { fees, invoice } = await billMay(tenant)
    const note = await tenant.run(
      Effect.flatMap(CreditNotes, (notes) =>
        notes.create({
          invoice_id: invoice.id,
          credit_note_type: "credit",
          reason: "product_unsatisfactory",
          items: [{ fee_id: fees[0]!.id, amount_cents: "1000" }]
        } as never)
      )
    )
    expect(await tenant.fail(documents((service) => service.creditNote(note.note.id)))).toMatchObject({
      _tag: "InvalidTransition"
    })
    await tenant.run(Effect.flatMap(CreditNotes, (notes) => notes.finalize(note.note.id)))
    await tenant.run(documents((service) => service.creditNote(note.note.id)))
    const [document] = printed
    expect(document).toMatchObject({ title: "Gutschrift", stamp: null })
    expect(document!.lines).toEqual([
      { description: "Basic", details: ["1. Mai 2026 – 31. Mai 2026"], units: "", unit_price: "", amount: "9,00" }
    ])
    // 10.00 less its coupon of 1.00, and 19 % of 9.00.
    expect(document!.totals.map(({ label, value }) => spaced(`${label}: ${value}`))).toEqual([
      "Zwischensumme: 9,00 €",
      "VAT 19 % auf 9,00 €: 1,71 €",
      "Gesamtbetrag: 10,71 €",
      "Gutgeschrieben: 10,71 €"
    ])
    expect(document!.facts.map(({ value }) => value)).toContain("Mangelhafte Leistung")
  })

  it("a draft is refused, a voided invoice stamped, a foreign one not there, and a host without printer told so", async () => {
    const { printed, printer } = keeping()
    const tenant = await host.tenant({ printer, customer: { currency: "EUR" } })
    const { invoice } = await billMay(tenant)
    const other = await host.tenant({ grace: 3, customer: { currency: "EUR" } })
    const draft = (await billMay(other)).invoice
    const asked = (id: string, input = {}) => documents((service) => service.invoice(id, input))
    expect(await other.fail(asked(draft.id))).toMatchObject({ _tag: "InvalidTransition", from: "draft", action: "print" })
    expect(await other.fail(asked(invoice.id))).toMatchObject({ _tag: "InvoiceNotFound" })
    await other.run(Effect.flatMap(Invoices, (invoices) => invoices.finalize(draft.id)))
    expect(await other.fail(asked(draft.id))).toMatchObject({ _tag: "AdapterMissing" })
    expect(await tenant.fail(asked(invoice.id, { locale: "../../etc" }))).toMatchObject({ _tag: "InvalidInput" })
    await tenant.run(Effect.flatMap(Invoices, (invoices) => invoices.void(invoice.id)))
    await tenant.run(asked(invoice.id))
    expect(printed.at(-1)).toMatchObject({ stamp: "STORNIERT", notes: [] })
    expect(printed.at(-1)!.totals.at(-1)!.label).toBe("Gesamtbetrag")
  })

  it("says which line bears which tax and why one is not charged, as taxes were at its issue", async () => {
    const { printed, printer } = keeping()
    const tenant = await host.tenant({ printer, customer: { currency: "EUR", billing_metadata: { country: "FR", tax_id: "12-3456789" } } })
    const taxes = <A, E>(use: (service: typeof Taxes.Service) => Effect.Effect<A, E, CurrentOrganization>) =>
      tenant.run(Effect.flatMap(Taxes, use))
    await tenant.run(
      Effect.flatMap(BillingEntities, (entities) => entities.update({ code: "main" }, { country: "DE", tax_id: "DE 123 456 789" }))
    )
    await tenant.tax("VAT", "0.19")
    await taxes((service) => service.create({ code: "rc", name: "VAT", rate: "0", category: "AE", description: "Art. 196" }))
    const { fees, invoice } = await tenant.run(
      Effect.flatMap(Invoices, (invoices) =>
        invoices.oneOff({
          external_customer_id: "c",
          lines: [
            { description: "Book", unit_amount_cents: "1000" },
            { description: "Advice", unit_amount_cents: "5000", tax_codes: ["rc"] }
          ]
        })
      )
    )
    const print = (input?: PrintInput) => tenant.run(documents((service) => service.invoice(invoice.id, input)))
    await print()
    const [page] = printed
    expect(page!.issuer).toContain("VAT number: DE 123 456 789")
    expect(page!.bill_to.lines).toContain("Tax ID: 12-3456789")
    expect(page!.lines.map(({ details }) => details.slice(1))).toEqual([["VAT 19%"], ["VAT 0%"]])
    expect(page!.notes[0]).toBe("Reverse charge: Art. 196")
    await print({ locale: "de" })
    expect(printed[1]!.notes[0]).toBe("Steuerschuldnerschaft des Leistungsempfängers: Art. 196")

    await taxes((service) => service.update({ code: "rc" }, { name: "Nothing", category: "E", description: "Art. 132" }))
    await print()
    expect(printed[2]).toEqual(page)
    const sent = new TextDecoder().decode((await print({ format: "ubl" })).bytes)
    expect(readUbl(sent).vat.map(({ category }) => category)).toEqual(["S", "AE"])
    const { taxes: applied } = await tenant.run(Effect.flatMap(Invoices, (invoices) => invoices.get(invoice.id)))
    expect(applied.find(({ tax_category }) => tax_category === "AE")).toMatchObject({ tax_name: "VAT", tax_description: "Art. 196" })
    const explained = await tenant.run(Effect.flatMap(Invoices, (invoices) => invoices.explain(fees[1]!.id)))
    expect(explained.taxes).toMatchObject([{ name: "VAT" }])

    const items = [{ fee_id: fees[1]!.id, amount_cents: 500n }]
    const { note } = await tenant.run(
      Effect.flatMap(CreditNotes, (notes) => notes.issue({ invoice_id: invoice.id, credit_note_type: "credit", items }))
    )
    await tenant.run(documents((service) => service.creditNote(note.id)))
    expect(printed.at(-1)).toMatchObject({ lines: [{ details: [expect.anything(), "VAT 0%"] }], notes: ["Reverse charge: Art. 196"] })
  })

  it("is an electronic invoice where both sides are known well enough, and says what it lacks where they are not", async () => {
    const billing_metadata = { address_line1: "1 rue de la Paix", zip_code: "75002", city: "Paris", crm: { tier: 1 } }
    const tenant = await host.tenant({ printer: pdf(), customer: { name: "Zoë & Co", currency: "EUR", billing_metadata } })
    const { fees, invoice } = await billMay(tenant)
    const asked = (input: PrintInput) => documents((service) => service.invoice(invoice.id, input))
    expect(await tenant.fail(asked({ format: "ubl" }))).toMatchObject({
      _tag: "EInvoiceRefused",
      problems: [{ term: "BT-55", field: "buyer.country", reason: "is missing" }]
    })
    const buyer = { country: "FR", city: "Lyon" }
    const ubl = await tenant.run(asked({ format: "ubl", buyer }))
    expect(ubl).toMatchObject({ filename: `invoice-${invoice.invoice_number}.xml`, media_type: "application/xml" })
    const said = readUbl(new TextDecoder().decode(ubl.bytes))
    expect(broken(said)).toEqual([])
    expect(said).toMatchObject({
      number: invoice.invoice_number,
      issued_on: "2026-06-01",
      due_on: "2026-07-01",
      period: { from: "2026-05-01", to: "2026-05-31" },
      seller: { name: "Acme Charging GmbH", vat_id: "DE123456789", country: "DE" },
      buyer: { name: "Zoë & Co", country: "FR" },
      allowances: [{ amount: "3.65", reason: "Rabatte", reason_code: "95", category: "S", rate: "19" }],
      vat: [{ base: "32.85", tax: "6.24" }],
      totals: { lines: "36.50", allowances: "3.65", net: "32.85", gross: "39.09", paid: null, rounding: null, due: "39.09" },
      lines: [
        { name: "Basic", quantity: "1", price: "30", net: "30.00" },
        { name: "calls", quantity: "3", price: "2.166666666666667", net: "6.50" }
      ]
    })
    // What the document says of its customer stands: it was said when it became final.
    expect(new TextDecoder().decode(ubl.bytes)).toContain("<cbc:CityName>Paris</cbc:CityName>")
    const cii = await tenant.run(asked({ format: "cii", buyer }))
    expect(readCii(new TextDecoder().decode(cii.bytes))).toEqual(said)
    const hybrid = await tenant.run(asked({ format: "factur_x", buyer }))
    expect(hybrid).toMatchObject({ filename: `invoice-${invoice.invoice_number}.pdf`, media_type: "application/pdf" })
    expect((await pdfPages(hybrid.bytes))[0]).toContain("75002 Paris")

    const note = await tenant.run(
      Effect.flatMap(CreditNotes, (notes) =>
        Effect.flatMap(
          notes.create({
            invoice_id: invoice.id,
            credit_note_type: "credit",
            reason: "product_unsatisfactory",
            items: [{ fee_id: fees[0]!.id, amount_cents: "1000" }]
          } as never),
          ({ note: { id } }) => notes.finalize(id)
        )
      )
    )
    const given = await tenant.run(documents((service) => service.creditNote(note.note.id, { format: "ubl", buyer })))
    const back = readUbl(new TextDecoder().decode(given.bytes))
    expect(broken(back)).toEqual([])
    expect(back).toMatchObject({ type_code: "381", preceding: { number: invoice.invoice_number }, totals: { net: "9.00", due: "10.71" } })

    await tenant.run(Effect.flatMap(CreditNotes, (notes) => notes.void(note.note.id)))
    const voided = documents((service) => service.creditNote(note.note.id, { format: "cii", buyer }))
    expect(await tenant.fail(voided)).toMatchObject({ _tag: "InvalidTransition", from: "voided" })
    expect(await tenant.fail(asked({ format: "pdf" as never }))).toMatchObject({ _tag: "InvalidInput", field: "format" })
  })

  it("is a PDF that says the same, the same bytes each time", async () => {
    const tenant = await host.tenant({ printer: pdf(), customer: { name: "Zoë & Co", currency: "EUR" } })
    const { invoice } = await billMay(tenant)
    const print = () => tenant.run(documents((service) => service.invoice(invoice.id)))
    const file = await print()
    expect(file).toMatchObject({ filename: `invoice-${invoice.invoice_number}.pdf`, media_type: "application/pdf" })
    expect(Buffer.compare(file.bytes, (await print()).bytes)).toBe(0)
    const [page, ...others] = await pdfPages(file.bytes)
    expect(others).toEqual([])
    for (const text of ["Acme Charging GmbH", "Zoë & Co", "0 bis 2: 2 × 1,00 + 4,00 = 6,00", "Seite 1 von 1", "HRB 1234"])
      expect(page).toContain(text)
    expect(spaced(page!)).toContain("39,09 €")
  })
})
