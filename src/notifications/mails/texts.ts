/** What e-mails of documents say of them: figures and dates as the document itself has them. Pure. */
import { documentLocale, localeOf } from "../../documents/index.js"
import type { User } from "../../fieldwork/index.js"
import type { MailableDocument } from "./document-mail.js"

/** The customer, as hosts know recipients. */
export const recipientOf = (document: MailableDocument, address: string): User => ({
  id: document.customer_id,
  role: "customer",
  name: document.customer_name,
  phone: null,
  email: address,
  push: null,
  locale: localeOf(document.parties),
  timezone: document.customer_timezone
})

const figuresOf = (document: MailableDocument) => {
  const { currency, due_cents, due_date, issued_at, parties, timezone, total_cents } = document
  const locale = documentLocale(localeOf(parties))
  return {
    number: document.number,
    total: locale.money(total_cents, currency),
    amount_due: due_cents > 0n ? locale.money(due_cents, currency) : null,
    issued_at: issued_at === null ? null : locale.date(issued_at, timezone),
    due_date: due_date === null ? null : locale.date(due_date, timezone)
  }
}

const namesOf = ({ customer_name, parties }: MailableDocument) => ({
  customer_name,
  issuer_name: parties.issuer.legal_name ?? parties.issuer.name
})

/** Of one document. */
export const documentVariables = (document: MailableDocument): Readonly<Record<string, unknown>> => ({
  ...namesOf(document),
  ...figuresOf(document)
})

/** Of the invoices that a campaign asks for, of which there is one at least; `amount_cents` is what it asks for. */
export const requestVariables = (invoices: ReadonlyArray<MailableDocument>, amount_cents: bigint): Readonly<Record<string, unknown>> => {
  const [first] = invoices as readonly [MailableDocument]
  return {
    ...namesOf(first),
    amount_due: documentLocale(localeOf(first.parties)).money(amount_cents, first.currency),
    invoices: invoices.map(figuresOf)
  }
}
