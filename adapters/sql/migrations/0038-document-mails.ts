/** E-mails of documents: what goes with a message, and what a customer wants. */
import type { Migration } from "../migration.js"

export const documentMails: Migration = {
  id: 38,
  name: "document_mails",
  statements: (dialect) => [
    `CREATE TABLE notification_enclosures (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      notification {uuid} NOT NULL,
      position {integer} NOT NULL CHECK (position >= 0),
      invoice_id {uuid},
      credit_note_id {uuid},
      format {text} CHECK (format IN ('factur_x', 'ubl', 'cii')),
      buyer_reference {text},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT notification_enclosures_position UNIQUE (organization_id, notification, position),
      CHECK ((invoice_id IS NULL) <> (credit_note_id IS NULL)),
      FOREIGN KEY (organization_id, notification) REFERENCES notifications (organization_id, id) ON DELETE CASCADE,
      FOREIGN KEY (organization_id, invoice_id) REFERENCES invoices (organization_id, id),
      FOREIGN KEY (organization_id, credit_note_id) REFERENCES credit_notes (organization_id, id)
    ){table}`,
    `CREATE INDEX notification_enclosures_invoice ON notification_enclosures (organization_id, invoice_id) WHERE invoice_id IS NOT NULL`,
    `CREATE INDEX notification_enclosures_credit_note ON notification_enclosures (organization_id, credit_note_id) WHERE credit_note_id IS NOT NULL`,
    ...dialect.refuse({
      name: "notification_enclosures_final",
      table: "notification_enclosures",
      before: "UPDATE",
      when: "OLD.id IS NOT NULL",
      message: "what goes with a message does not change"
    }),
    `CREATE TABLE customer_mailings (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      on_issue {boolean} NOT NULL,
      format {text} CHECK (format IN ('factur_x', 'ubl', 'cii')),
      buyer_reference {text},
      bcc_emails {json} NOT NULL,
      since {instant} NOT NULL,
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      FOREIGN KEY (organization_id, id) REFERENCES customers (organization_id, id)
    ){table}`,
    `CREATE INDEX customer_mailings_on_issue ON customer_mailings (organization_id, id) WHERE ${dialect.engine === "postgres" ? "on_issue" : "on_issue = 1"}`,
    `CREATE INDEX credit_notes_customer ON credit_notes (organization_id, customer_id, issued_at)`
  ]
}
