/** What does not hold of messages: their machine and its times, tries, receipts, what they are about, and what goes with them. */
import type { SqlClient } from "@effect/sql/SqlClient"
import type { DialectShape } from "../dialect.js"
import { readChecks } from "./checks.js"

const ANSWERED = "n.status IN ('sent', 'delivered') AND n.channel <> 'call'"

/** Where the things are that automatic messages are about. */
const CONTEXTS = {
  lead: ["leads"],
  survey: ["surveys"],
  installation: ["installations"],
  emergency: ["emergencies"],
  payment: ["payouts", "invoices", "credit_notes", "payment_requests"]
} as const

const nowhere = (tables: ReadonlyArray<string>) =>
  tables
    .map((table) => `NOT EXISTS (SELECT 1 FROM ${table} c WHERE c.organization_id = n.organization_id AND c.id = n.context_id)`)
    .join(" AND ")

const rankOf = (status: string) =>
  `CASE ${status} WHEN 'sent' THEN 1 WHEN 'failed' THEN 2 WHEN 'delivered' THEN 3 WHEN 'read' THEN 4 ELSE 0 END`

const notification = (code: string, reason: string, wrong: string) =>
  `SELECT '${code}' AS code, 'notifications' AS name, CAST(n.id AS TEXT) AS id, ${reason} AS reason FROM notifications n
    WHERE n.organization_id = $o AND (${wrong})`

const receipt = (reason: string, from: string) =>
  `SELECT 'S1', 'delivery_receipts', CAST(r.id AS TEXT), ${reason} FROM delivery_receipts r
    JOIN notifications n ON n.organization_id = r.organization_id AND n.id = r.notification WHERE r.organization_id = $o AND ${from}`

/** Each a select of code, name, id and reason, over the organization `$o`. */
const checks = (dialect: DialectShape): ReadonlyArray<string> => {
  const read = (column: string) => (dialect.engine === "postgres" ? column : `(${column} = 1)`)
  return [
    notification("S1", "'is ' || n.status || ', and its next try does not say so'", "(n.next_try_at IS NOT NULL) <> (n.status = 'queued')"),
    notification("S1", "'is ' || n.status || ' at no time'", "n.status IN ('sent', 'delivered') AND n.sent_at IS NULL"),
    notification(
      "S1",
      "'is ' || n.status || ', and its delivery says something else'",
      "(n.delivered_at IS NOT NULL) <> (n.status = 'delivered')"
    ),
    notification("S1", "'its times run backwards'", "n.delivered_at < n.sent_at OR n.read_at < n.delivered_at OR n.read_at < n.sent_at"),
    notification("S1", "'is read at no time, or at a time and not read'", `${read("n.is_read")} <> (n.read_at IS NOT NULL)`),
    notification("S1", "'is ' || n.status || ' by no gateway'", `${ANSWERED} AND n.gateway IS NULL`),
    notification("S1", "'has failed for no reason'", "n.status = 'failed' AND COALESCE(n.last_error, '') = ''"),
    notification(
      "S1",
      "'goes out and says nothing, or to nobody'",
      "n.status <> 'failed' AND (n.body = '' OR (n.channel <> 'call' AND COALESCE(n.address, '') = ''))"
    ),
    notification("S1", "'has a subject, and is no e-mail'", "n.subject <> '' AND n.channel <> 'email'"),
    notification("Q2", "CAST(n.tries AS TEXT) || ' tries, and ' || n.status", "n.tries > 4 OR (n.status = 'queued' AND n.tries > 3)"),
    notification("Q2", "'is ' || n.status || ' without a try'", `${ANSWERED} AND n.tries = 0`),
    notification(
      "S1",
      "'was made by a template of another channel'",
      `EXISTS (SELECT 1 FROM notification_templates t WHERE t.organization_id = n.organization_id AND t.id = n.template AND t.channel <> n.channel)`
    ),
    ...Object.entries(CONTEXTS).map(([kind, tables]) =>
      notification(
        "S2",
        `'the ${kind} that it is about is not there'`,
        `n.transition_key IS NOT NULL AND n.context_type = '${kind}' AND (n.context_id IS NULL OR (${nowhere(tables)}))`
      )
    ),
    receipt(
      "'moved its message to ' || r.status || ', which is ' || n.status",
      `${read("r.had_effect")} AND ${rankOf("n.status")} < CASE WHEN r.status = 'read' THEN 3 ELSE ${rankOf("r.status")} END`
    ),
    receipt(
      "'is of another message than the one that it names'",
      "(r.gateway <> n.gateway OR r.gateway_message_id <> n.gateway_message_id)"
    ),
    receipt(
      "'moved its message a second time to ' || r.status",
      `${read("r.had_effect")} AND EXISTS (SELECT 1 FROM delivery_receipts p WHERE p.organization_id = r.organization_id AND p.notification = r.notification
        AND p.status = r.status AND p.id < r.id AND ${read("p.had_effect")})`
    ),
    `SELECT 'S1', 'delivery_receipts', CAST(r.id AS TEXT), 'moved no message, and says that it did' FROM delivery_receipts r
      WHERE r.organization_id = $o AND r.notification IS NULL AND ${read("r.had_effect")}`,
    `SELECT 'S1', 'notification_enclosures', CAST(e.id AS TEXT), 'goes with a message that is no e-mail' FROM notification_enclosures e
      JOIN notifications n ON n.organization_id = e.organization_id AND n.id = e.notification WHERE e.organization_id = $o AND n.channel <> 'email'`,
    `SELECT 'S2', 'payment_reminders', CAST(m.id AS TEXT), 'has its message, and waits for it' FROM payment_reminders m
      WHERE m.organization_id = $o AND m.sent_at IS NULL AND EXISTS (SELECT 1 FROM notifications n WHERE n.organization_id = m.organization_id
        AND n.transition_key = 'payment_reminder:' || CAST(m.id AS TEXT))`
  ]
}

/** The first thousand of them, in one statement. */
export const readMessages = (sql: SqlClient, dialect: DialectShape) => readChecks(sql, checks(dialect))
