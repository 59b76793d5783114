/** What e-mails of documents say, in every language that documents have. Templates of the host's go before them. */
import { type Language, languageOf } from "../../documents/index.js"
import type { MailStem } from "./document-mail.js"

interface Words {
  readonly hello: string
  readonly invoice: readonly [subject: string, text: string]
  readonly note: readonly [subject: string, text: string]
  readonly invoice_reminder: readonly [subject: string, text: string]
  readonly payment_reminder: readonly [subject: string, text: string]
  readonly pay: string
  readonly paid: string
  readonly of_invoice: string
  readonly link: string
}

const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    hello: "Hello {{ customer_name }},",
    invoice: ["Invoice {{ number }} from {{ issuer_name }}", "attached is invoice {{ number }} of {{ issued_at }} for {{ total }}."],
    note: ["Credit note {{ number }} from {{ issuer_name }}", "attached is credit note {{ number }} of {{ issued_at }} for {{ total }}."],
    invoice_reminder: [
      "Reminder: invoice {{ number }} from {{ issuer_name }}",
      "{{ amount_due }} of invoice {{ number }} is still to be paid. It was due on {{ due_date }}. The invoice is attached."
    ],
    payment_reminder: ["Payment of {{ amount_due }} to {{ issuer_name }}", "these invoices are still to be paid, {{ amount_due }} in all:"],
    pay: "Please pay {{ amount_due }} by {{ due_date }}.",
    paid: "Nothing is left to pay.",
    of_invoice: "{{ invoice.number }}: {{ invoice.amount_due }}, due on {{ invoice.due_date }}",
    link: "You can pay here:"
  },
  de: {
    hello: "Guten Tag {{ customer_name }},",
    invoice: [
      "Rechnung {{ number }} von {{ issuer_name }}",
      "anbei erhalten Sie die Rechnung {{ number }} vom {{ issued_at }} über {{ total }}."
    ],
    note: [
      "Gutschrift {{ number }} von {{ issuer_name }}",
      "anbei erhalten Sie die Gutschrift {{ number }} vom {{ issued_at }} über {{ total }}."
    ],
    invoice_reminder: [
      "Zahlungserinnerung: Rechnung {{ number }} von {{ issuer_name }}",
      "von der Rechnung {{ number }} sind noch {{ amount_due }} offen. Fällig war sie am {{ due_date }}. Die Rechnung liegt bei."
    ],
    payment_reminder: ["Zahlung von {{ amount_due }} an {{ issuer_name }}", "diese Rechnungen sind noch offen, zusammen {{ amount_due }}:"],
    pay: "Bitte zahlen Sie {{ amount_due }} bis zum {{ due_date }}.",
    paid: "Es ist nichts mehr zu zahlen.",
    of_invoice: "{{ invoice.number }}: {{ invoice.amount_due }}, fällig am {{ invoice.due_date }}",
    link: "Hier können Sie zahlen:"
  },
  fr: {
    hello: "Bonjour {{ customer_name }},",
    invoice: [
      "Facture {{ number }} de {{ issuer_name }}",
      "veuillez trouver ci-joint la facture {{ number }} du {{ issued_at }} d'un montant de {{ total }}."
    ],
    note: [
      "Avoir {{ number }} de {{ issuer_name }}",
      "veuillez trouver ci-joint l'avoir {{ number }} du {{ issued_at }} d'un montant de {{ total }}."
    ],
    invoice_reminder: [
      "Rappel : facture {{ number }} de {{ issuer_name }}",
      "il reste {{ amount_due }} à payer sur la facture {{ number }}, échue le {{ due_date }}. La facture est jointe."
    ],
    payment_reminder: [
      "Paiement de {{ amount_due }} à {{ issuer_name }}",
      "ces factures restent à payer, soit {{ amount_due }} au total :"
    ],
    pay: "Merci de payer {{ amount_due }} avant le {{ due_date }}.",
    paid: "Il ne reste rien à payer.",
    of_invoice: "{{ invoice.number }} : {{ invoice.amount_due }}, échéance le {{ invoice.due_date }}",
    link: "Vous pouvez payer ici :"
  },
  es: {
    hello: "Hola, {{ customer_name }}:",
    invoice: ["Factura {{ number }} de {{ issuer_name }}", "Adjuntamos la factura {{ number }} del {{ issued_at }} por {{ total }}."],
    note: [
      "Nota de crédito {{ number }} de {{ issuer_name }}",
      "Adjuntamos la nota de crédito {{ number }} del {{ issued_at }} por {{ total }}."
    ],
    invoice_reminder: [
      "Recordatorio: factura {{ number }} de {{ issuer_name }}",
      "Quedan {{ amount_due }} por pagar de la factura {{ number }}, que venció el {{ due_date }}. Adjuntamos la factura."
    ],
    payment_reminder: ["Pago de {{ amount_due }} a {{ issuer_name }}", "Estas facturas están pendientes, {{ amount_due }} en total:"],
    pay: "Por favor, pague {{ amount_due }} antes del {{ due_date }}.",
    paid: "No queda nada por pagar.",
    of_invoice: "{{ invoice.number }}: {{ invoice.amount_due }}, vencimiento el {{ invoice.due_date }}",
    link: "Puede pagar aquí:"
  },
  pt: {
    hello: "Olá, {{ customer_name }},",
    invoice: [
      "Fatura {{ number }} de {{ issuer_name }}",
      "segue em anexo a fatura {{ number }} de {{ issued_at }} no valor de {{ total }}."
    ],
    note: [
      "Nota de crédito {{ number }} de {{ issuer_name }}",
      "segue em anexo a nota de crédito {{ number }} de {{ issued_at }} no valor de {{ total }}."
    ],
    invoice_reminder: [
      "Lembrete: fatura {{ number }} de {{ issuer_name }}",
      "faltam pagar {{ amount_due }} da fatura {{ number }}, vencida em {{ due_date }}. A fatura segue em anexo."
    ],
    payment_reminder: ["Pagamento de {{ amount_due }} a {{ issuer_name }}", "estas faturas estão por pagar, {{ amount_due }} no total:"],
    pay: "Pague {{ amount_due }} até {{ due_date }}, por favor.",
    paid: "Não há nada a pagar.",
    of_invoice: "{{ invoice.number }}: {{ invoice.amount_due }}, vencimento em {{ invoice.due_date }}",
    link: "Pode pagar aqui:"
  },
  nl: {
    hello: "Beste {{ customer_name }},",
    invoice: [
      "Factuur {{ number }} van {{ issuer_name }}",
      "in de bijlage vindt u factuur {{ number }} van {{ issued_at }} voor {{ total }}."
    ],
    note: [
      "Creditnota {{ number }} van {{ issuer_name }}",
      "in de bijlage vindt u creditnota {{ number }} van {{ issued_at }} voor {{ total }}."
    ],
    invoice_reminder: [
      "Herinnering: factuur {{ number }} van {{ issuer_name }}",
      "van factuur {{ number }} staat nog {{ amount_due }} open. De vervaldatum was {{ due_date }}. De factuur is bijgevoegd."
    ],
    payment_reminder: ["Betaling van {{ amount_due }} aan {{ issuer_name }}", "deze facturen staan nog open, samen {{ amount_due }}:"],
    pay: "Wilt u {{ amount_due }} betalen voor {{ due_date }}?",
    paid: "Er hoeft niets meer te worden betaald.",
    of_invoice: "{{ invoice.number }}: {{ invoice.amount_due }}, vervaldatum {{ invoice.due_date }}",
    link: "U kunt hier betalen:"
  },
  hi: {
    hello: "नमस्ते {{ customer_name }},",
    invoice: ["{{ issuer_name }} का चालान {{ number }}", "{{ issued_at }} का चालान {{ number }}, राशि {{ total }}, संलग्न है।"],
    note: ["{{ issuer_name }} का क्रेडिट नोट {{ number }}", "{{ issued_at }} का क्रेडिट नोट {{ number }}, राशि {{ total }}, संलग्न है।"],
    invoice_reminder: [
      "स्मरण: {{ issuer_name }} का चालान {{ number }}",
      "चालान {{ number }} में {{ amount_due }} का भुगतान शेष है। नियत तिथि {{ due_date }} थी। चालान संलग्न है।"
    ],
    payment_reminder: ["{{ issuer_name }} को {{ amount_due }} का भुगतान", "इन चालानों का भुगतान शेष है, कुल {{ amount_due }}:"],
    pay: "कृपया {{ due_date }} तक {{ amount_due }} का भुगतान करें।",
    paid: "कुछ भी देय नहीं है।",
    of_invoice: "{{ invoice.number }}: {{ invoice.amount_due }}, नियत तिथि {{ invoice.due_date }}",
    link: "आप यहाँ भुगतान कर सकते हैं:"
  }
}

const LINK = (words: Words) => `{% if payment_link %}<p>${words.link} <a href="{{ payment_link }}">{{ payment_link }}</a></p>{% endif %}`

const bodyOf: Readonly<Record<MailStem, (words: Words) => string>> = {
  invoice_issued: (words) =>
    `<p>${words.invoice[1]}</p>{% if amount_due %}<p>${words.pay}</p>${LINK(words)}{% else %}<p>${words.paid}</p>{% endif %}`,
  invoice_reminder: (words) => `<p>${words.invoice_reminder[1]}</p>${LINK(words)}`,
  credit_note_issued: (words) => `<p>${words.note[1]}</p>`,
  payment_reminder: (words) =>
    `<p>${words.payment_reminder[1]}</p><ul>{% for invoice in invoices %}<li>${words.of_invoice}</li>{% endfor %}</ul>${LINK(words)}`
}

const subjectOf: Readonly<Record<MailStem, (words: Words) => string>> = {
  invoice_issued: ({ invoice }) => invoice[0],
  invoice_reminder: ({ invoice_reminder }) => invoice_reminder[0],
  credit_note_issued: ({ note }) => note[0],
  payment_reminder: ({ payment_reminder }) => payment_reminder[0]
}

/** The names that templates of a stem have, the one of the language first: `invoice_issued_de_email`, `invoice_issued_email`. */
export const mailNames = (stem: MailStem, locale: string): readonly [string, string] => [
  `${stem}_${languageOf(locale)}_email`,
  `${stem}_email`
]

/** The text of a stem where the host has no template for it. */
export const mailText = (stem: MailStem, locale: string) => {
  const words = WORDS[languageOf(locale)]
  return {
    name: mailNames(stem, locale)[0],
    channel: "email" as const,
    subject_template: subjectOf[stem](words),
    body_template: `<p>${words.hello}</p>${bodyOf[stem](words)}<p>{{ issuer_name }}</p>`
  }
}
