/** Each check of the field side and of messages: a fault is planted past every guard, and the doctor names its row. */
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { expect, it } from "vitest"
import { storesLayer } from "../../adapters/sql/stores.js"
import { BillingEntities, Customers } from "../../src/accounts/index.js"
import { rehearse, Transactor } from "../../src/core/index.js"
import { Emergencies, Oems, Payouts } from "../../src/fieldwork/index.js"
import { AddOns } from "../../src/invoicing/index.js"
import {
  DeliveryReceipts,
  DocumentMails,
  NotificationDelivery,
  Notifications,
  NotificationTemplates,
  TemplateStore
} from "../../src/notifications/index.js"
import { checkTemplate } from "../../src/operations/doctor/templates.js"
import { DoctorStore } from "../../src/operations/index.js"
import { Dunning, DunningCampaigns } from "../../src/payments/index.js"
import { ClosurePacks, MonthlyReports, WeeklyReports } from "../../src/reporting/index.js"
import { describeField, type Operator, users } from "../support/field.js"
import { scriptedGateways } from "../support/gateways.js"

const gateways = scriptedGateways()

/** An OEM that is billed for what is closed, and reminded by mail of what it owes. */
const furnishBilling = Effect.gen(function* () {
  yield* (yield* BillingEntities).create({ code: "main", name: "Acme", invoice_prefix: "INV" })
  yield* (yield* Customers).create({ external_id: "oem", name: "Maker", currency: "EUR", email: "oem@example.com" })
  yield* (yield* AddOns).create({ code: "install", name: "Installation", amount_cents: "50000", amount_currency: "EUR" })
  yield* (yield* Oems).update(users.oem, { external_customer_id: "oem", add_on_code: "install" })
  const thresholds = [{ currency: "EUR", amount_cents: "1" }]
  yield* (yield* DunningCampaigns).create({ code: "d", name: "D", thresholds } as never)
})

/** Everything that a check looks at: a submitted pack and report, a paid payout, an emergency, messages of every status, mails, receipts. */
const furnish = async (operator: Operator) => {
  const { at, closed, log, run } = operator
  at("2025-03-01T09:00:00Z")
  await run(furnishBilling)
  await run(Effect.flatMap(NotificationTemplates, (templates) => templates.installCatalogue()))
  const installation = await run(closed({ reference: "R" }))
  await run(Effect.flatMap(Emergencies, (all) => all.raise({ installation: installation.id, reason: "flood" })))
  const payout = await run(
    Effect.flatMap(Payouts, (payouts) =>
      payouts.markPayable({
        installation: installation.id,
        payee: users.field_team,
        amount_cents: 5000n,
        currency: "EUR",
        schedule: "per_job"
      })
    )
  )
  await run(
    Effect.flatMap(Payouts, (payouts) => payouts.pay(payout.id, { transaction_reference: "T" })),
    "finance"
  )
  at("2025-04-07T09:00:00Z")
  const compiled = await run(
    Effect.flatMap(ClosurePacks, (packs) => packs.compile(installation.id)),
    "oem_reporting"
  )
  await run(log({ call_type: "post_install", context_id: installation.id }))
  await run(
    Effect.gen(function* () {
      const [packs, weekly, monthly] = [yield* ClosurePacks, yield* WeeklyReports, yield* MonthlyReports]
      yield* packs.submit(compiled.id)
      yield* weekly.submit((yield* weekly.create({ oem: users.oem, week_start: "2025-03-03" })).id)
      yield* monthly.create({ oem: users.oem, month: "2025-03-01" })
    }),
    "oem_reporting"
  )
  await run(Effect.flatMap(Emergencies, (all) => all.escalateDue()))
  await run(
    Effect.zipRight(
      Effect.flatMap(Dunning, (all) => all.run()),
      Effect.flatMap(DocumentMails, (mails) => mails.mailDue())
    )
  )
  gateways.takes()
  await run(Effect.flatMap(NotificationDelivery, (delivery) => delivery.sendDue()))
  const { items } = await run(
    Effect.flatMap(Notifications, (all) => all.history(users.customer, { channel: "sms", status: "sent", limit: 1000 }))
  )
  const words = items.slice(0, 4).map((message, place) => ({
    gateway_message_id: message.gateway_message_id,
    status: (["delivered", "read", "failed", "sent"] as const)[place],
    error_code: null,
    error_message: ""
  }))
  await run(
    Effect.flatMap(DeliveryReceipts, (receipts) =>
      receipts.receive({ gateway: "scripted_sms", headers: { signature: "good" }, body: JSON.stringify([...words, ...words]) })
    )
  )
  await run(
    Effect.flatMap(Notifications, (all) =>
      all.send({
        recipient: users.customer,
        template: "survey_approved_sms",
        variables: { customer_name: "A", next_step: "B" },
        context_type: "lead"
      })
    )
  )
}

type Fault = readonly [title: string, table: string, set: string, where: string, code?: string]

const SENT = "channel = 'sms' AND status = 'sent'"
const DELIVERED = "channel = 'sms' AND status = 'delivered'"
const NOWHERE = "'00000000-0000-7000-8000-0000000000ff'"

/** What is set by hand in one row of a table; the doctor names that row, under S1 unless another is given. */
const faults = (yes: string, no: string): ReadonlyArray<Fault> => [
  ["a transition that begins elsewhere", "field_transitions", "from_status = 'cancelled'", "sequence = 3"],
  ["a first entry that is counted twice", "field_transitions", `is_first = ${no}`, "sequence = 2"],
  ...["leads", "surveys", "installations", "closure_packs", "emergencies"].map(
    (table): Fault => [
      `a status of ${table} that no transition led to`,
      table,
      `status = '${table === "closure_packs" ? "rejected" : "cancelled"}'`,
      "1 = 1"
    ]
  ),
  ["a status of payouts that no transition led to", "payouts", "status = 'marked_payable'", "1 = 1"],
  ["an answer of the OEM that does not go with its pack", "closure_packs", "oem_response = 'accepted'", "1 = 1"],
  ["a report that was submitted without a submission", "monthly_reports", "submitted_at = created_at", "1 = 1"],
  ["a submission that its report does not know", "weekly_reports", "submitted_at = NULL", "1 = 1"],
  ["a message that waits for nothing", "notifications", "next_try_at = NULL", "status = 'queued'"],
  ["a message that was sent and is tried again", "notifications", "next_try_at = sent_at", SENT],
  ["a message that was sent at no time", "notifications", "sent_at = NULL", SENT],
  ["a message that was delivered at no time", "notifications", "delivered_at = NULL", DELIVERED],
  ["a message that was delivered before it was sent", "notifications", "sent_at = '2030-01-01T00:00:00.000Z'", DELIVERED],
  ["a message that was read before it was sent", "notifications", `is_read = ${yes}, read_at = '2020-01-01T00:00:00.000Z'`, SENT],
  ["a message that is read at no time", "notifications", `is_read = ${yes}, read_at = NULL`, SENT],
  ["a message that no gateway took", "notifications", "gateway = NULL", SENT],
  ["a message that failed for no reason", "notifications", "last_error = NULL", "status = 'failed'"],
  ["a message that says nothing", "notifications", "body = ''", SENT],
  ["a message to nobody", "notifications", "address = NULL", "status = 'queued'"],
  ["a subject where there is none", "notifications", "subject = 'S'", SENT],
  ["a fifth try", "notifications", "tries = 5", SENT, "Q2"],
  ["a fourth try that did not end it", "notifications", "tries = 4", "status = 'queued'", "Q2"],
  ["a message that was sent without a try", "notifications", "tries = 0", SENT, "Q2"],
  [
    "a message by a template of another channel",
    "notifications",
    "template = (SELECT MIN(t.id) FROM notification_templates t WHERE t.channel = 'email' AND t.organization_id = notifications.organization_id)",
    SENT
  ],
  ...["lead", "survey", "installation", "emergency", "payment"].map(
    (kind): Fault => [
      `a message about a ${kind} that is not there`,
      "notifications",
      `context_id = ${NOWHERE}`,
      `context_type = '${kind}' AND transition_key IS NOT NULL`,
      "S2"
    ]
  ),
  [
    "a message that is about nothing",
    "notifications",
    "context_id = NULL",
    "context_type = 'emergency' AND transition_key IS NOT NULL",
    "S2"
  ],
  [
    "a document that goes with an SMS",
    "notification_enclosures",
    "notification = (SELECT n.id FROM notifications n WHERE n.channel = 'sms' AND n.organization_id = notification_enclosures.organization_id ORDER BY n.id LIMIT 1)",
    "1 = 1"
  ],
  ["a reminder that was mailed and waits", "payment_reminders", "sent_at = NULL", "1 = 1", "S2"],
  ["a template that cannot be read", "notification_templates", "body_template = '{% include x %}'", "1 = 1"],
  ["a template whose name says another channel", "notification_templates", "name = 'other_push'", "channel = 'sms'"],
  [
    "a pack that was submitted once more than there are submissions",
    "report_submissions",
    `report_id = ${NOWHERE}`,
    "report_type = 'closure_pack'",
    "S1 closure_packs"
  ],
  [
    "a message that went back to sent after its receipt",
    "notifications",
    `status = 'sent', delivered_at = NULL, is_read = ${no}, read_at = NULL`,
    DELIVERED,
    "S1 delivery_receipts"
  ],
  ["a receipt that names another message", "delivery_receipts", "gateway_message_id = 'other'", "status = 'delivered'"],
  ["a receipt that moved its message twice", "delivery_receipts", `had_effect = ${yes}`, "status = 'delivered' AND NOT had_effect"],
  ["a receipt that moved nothing and says that it did", "delivery_receipts", "notification = NULL", "had_effect"]
]

/** Tables past every guard, as an owner of a Postgres database can; for good, so that nothing may come after it. */
const withoutGuards = (tables: ReadonlySet<string>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    for (const table of tables) {
      yield* sql.unsafe(`ALTER TABLE ${table} DISABLE TRIGGER USER`)
      const guards = yield* sql.unsafe<{ conname: string }>(
        `SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = '${table}'::regclass`
      )
      for (const { conname } of guards) yield* sql.unsafe(`ALTER TABLE ${table} DROP CONSTRAINT "${conname}"`)
    }
  })

describeField(
  "the doctor of the field side",
  (host) => {
    it("names a number that is missing", async () => {
      const operator = await host.operator()
      await operator.run(operator.closed())
      const numbers = await operator.run(
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const store = yield* DoctorStore
          return yield* rehearse(
            yield* Transactor,
            Effect.gen(function* () {
              yield* sql.unsafe(`UPDATE installation_counters SET next_value = 3 WHERE organization_id = '${operator.organization}'`)
              return yield* store.field
            })
          )
        }).pipe(Effect.provide(storesLayer))
      )
      expect(numbers).toMatchObject([{ code: "N1", table: "installation_counters", id: "2025" }])
    })

    it("finds nothing on what is sound, and names the row of every fault", async () => {
      const operator = await host.operator()
      await furnish(operator)
      expect(await operator.violations()).toEqual([])
      const postgres = host.engine === "Postgres"
      const planted = faults(postgres ? "true" : "1", postgres ? "false" : "0")
      if (postgres) await host.asOwner(withoutGuards(new Set(planted.map(([, table]) => table))))
      const wrong = await operator.run(
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const unit = yield* Transactor
          const store = yield* DoctorStore
          const templates = yield* TemplateStore
          const organization = operator.organization
          const unguard = (table: string) =>
            Effect.gen(function* () {
              yield* sql.unsafe("PRAGMA ignore_check_constraints = 1")
              const triggers = yield* sql.unsafe<{ name: string }>(
                `SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '${table}'`
              )
              for (const { name } of triggers) yield* sql.unsafe(`DROP TRIGGER "${name}"`)
            })
          const found: Array<string> = []
          for (const [title, table, set, where, code = "S1"] of planted) {
            const named = yield* rehearse(
              unit,
              Effect.gen(function* () {
                if (!postgres) yield* unguard(table)
                const [row] = yield* sql.unsafe<{ id: string }>(
                  `SELECT id FROM ${table} WHERE organization_id = '${organization}' AND ${where} ORDER BY id LIMIT 1`
                )
                if (row === undefined) return "there is no such row"
                yield* sql.unsafe(`UPDATE ${table} SET ${set} WHERE organization_id = '${organization}' AND id = '${row.id}'`)
                const unreadable = (yield* templates.list({})).flatMap(checkTemplate)
                const violations = [...(yield* store.field), ...(yield* store.messages), ...unreadable]
                const [invariant, of = table] = code.split(" ")
                const hit = violations.some(
                  (one) => one.code === invariant && one.table === of && (of !== table || one.id === String(row.id))
                )
                return hit ? "" : `not named; found ${violations.map((one) => `${one.code} ${one.table}`).join(", ") || "nothing"}`
              })
            ).pipe(Effect.ensuring(postgres ? Effect.void : Effect.orDie(sql.unsafe("PRAGMA ignore_check_constraints = 0"))))
            if (named !== "") found.push(`${title}: ${named}`)
          }
          return found
        }).pipe(Effect.provide(storesLayer))
      )
      expect(wrong).toEqual([])
      expect(await operator.violations()).toEqual([])
    })
  },
  gateways.layer
)
