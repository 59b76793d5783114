/** The calls of the field side: field work, reports and messages. */
import { instant } from "../../src/core/index.js"
import { PHONE, users } from "../support/field.js"
import { aside, by, type Call, reads, writes } from "./call.js"

const ANOTHER_STEP = "refused: another step is due; test/fieldwork goes them all"
const ANOTHER_PACK_STEP = "refused: another step is due; test/reporting goes them all"
const MESSAGE = "messages on their way"
const COUNTED_AGAIN = "nothing has changed since"
const WAITING = "work that waits; the invoice tells what came of it"

const desk = (call: Call): Call => by(users.oem_reporting, call)
const answered = (gateway_message_id: string) => ({
  gateway: "scripted_sms",
  headers: { signature: "good" },
  body: JSON.stringify([{ gateway_message_id, status: "delivered", error_code: null, error_message: null }])
})

/** By `Service.method`. */
export const fieldCalls: Readonly<Record<string, ReadonlyArray<Call>>> = {
  "Users.remove": [aside("a user is the host's: only messages go", () => [users.finance])],
  "Surveys.remindDue": [aside("a job: nothing is due here")],
  "Oems.create": [writes(({ external_customer: external_customer_id }) => [{ user: users.third_oem, external_customer_id }])],
  "Oems.get": [reads(({ oem }) => [oem])],
  "Oems.list": [reads()],
  "Oems.update": [writes(({ oem }) => [oem, { sla_days: 7 }])],
  "Leads.create": [writes(({ oem }) => [{ oem, customer: users.customer, phone: PHONE }])],
  "Leads.get": [reads(({ lead }) => [lead])],
  "Leads.list": [reads(({ oem }) => [{ oem }])],
  "Leads.update": [writes(({ lead }) => [lead, { reference: "R" }])],
  "Leads.contact": [writes(({ contacted }) => [contacted])],
  "Leads.requestDocuments": [aside(ANOTHER_STEP, ({ lead }) => [lead])],
  "Leads.receiveDocuments": [aside(ANOTHER_STEP, ({ lead }) => [lead])],
  "Leads.hold": [writes(({ lead }) => [lead, { reason: "R" }])],
  "Leads.resume": [aside(ANOTHER_STEP, ({ lead }) => [lead])],
  "Leads.cancel": [writes(({ lead }) => [lead, { reason: "R" }])],
  "Leads.history": [reads(({ lead }) => [lead])],
  "Surveys.schedule": [writes(({ ready_lead: lead }) => [{ lead, survey_date: "2025-03-05", slot: "morning" }])],
  "Surveys.get": [reads(({ survey }) => [survey])],
  "Surveys.list": [reads(({ lead, oem }) => [{ lead, oem }])],
  "Surveys.assign": [writes(({ survey }) => [survey, { user: users.other_team }])],
  "Surveys.confirm": [aside(ANOTHER_STEP, ({ survey }) => [survey])],
  "Surveys.start": [aside(ANOTHER_STEP, ({ survey }) => [survey])],
  "Surveys.complete": [aside(ANOTHER_STEP, ({ survey }) => [survey])],
  "Surveys.submitReport": [aside(ANOTHER_STEP, ({ survey }) => [survey])],
  "Surveys.approve": [aside(ANOTHER_STEP, ({ survey }) => [survey])],
  "Surveys.reject": [aside(ANOTHER_STEP, ({ survey }) => [survey, { reason: "R" }])],
  "Surveys.reschedule": [writes(({ survey }) => [survey, { reason: "R" }])],
  "Surveys.setDate": [aside(ANOTHER_STEP, ({ survey }) => [survey, { survey_date: "2025-03-06", slot: "morning" }])],
  "Surveys.cancel": [writes(({ survey }) => [survey, { reason: "R" }])],
  "Surveys.history": [reads(({ survey }) => [survey])],
  "Installations.plan": [aside(ANOTHER_STEP, ({ survey }) => [{ survey, installation_date: "2025-03-10", slot: "evening" }])],
  "Installations.get": [reads(({ installation }) => [installation])],
  "Installations.list": [reads(({ lead, oem }) => [{ lead, oem }])],
  "Installations.assign": [writes(({ installation }) => [installation, { user: users.other_team }])],
  "Installations.requestMaterial": [writes(({ installation }) => [installation])],
  "Installations.receiveMaterial": [writes(({ installation }) => [installation])],
  "Installations.confirm": [aside(ANOTHER_STEP, ({ installation }) => [installation])],
  "Installations.start": [aside(ANOTHER_STEP, ({ installation }) => [installation])],
  "Installations.complete": [aside(ANOTHER_STEP, ({ installation }) => [installation])],
  "Installations.submitReport": [aside(ANOTHER_STEP, ({ installation }) => [installation])],
  "Installations.close": [aside(ANOTHER_STEP, ({ installation }) => [installation])],
  "Installations.reschedule": [writes(({ installation }) => [installation, { reason: "R" }])],
  "Installations.setDate": [
    aside(ANOTHER_STEP, ({ installation }) => [installation, { installation_date: "2025-03-11", slot: "morning" }])
  ],
  "Installations.cancel": [writes(({ installation }) => [installation, { reason: "R" }])],
  "Installations.history": [reads(({ installation }) => [installation])],
  "Calls.log": [
    aside("a call is its own record", ({ lead: context_id }) => [
      { callee_phone: PHONE, call_type: "introductory", context_type: "lead", context_id, outcome: "busy" }
    ])
  ],
  "Calls.get": [reads(({ call }) => [call])],
  "Calls.list": [reads(({ lead: context_id }) => [{ context_id }])],
  "Calls.missing": [reads(({ oem }) => [{ oem }])],
  "Calls.remindDue": [aside(MESSAGE)],
  "InstallationBills.get": [reads(({ closed }) => [closed])],
  "InstallationBills.retry": [aside("refused: it is billed", ({ closed }) => [closed])],
  "InstallationBills.billDue": [aside(WAITING)],
  "InstallationBills.note": [aside(WAITING, ({ installation: id, oem }) => [{ id }, { oem }, instant(Date.UTC(2025, 1, 1))])],
  "InstallationBills.bill": [aside(WAITING, ({ closed }) => [closed])],
  "Emergencies.raise": [writes(({ installation }) => [{ installation, reason: "R" }]), writes(({ survey }) => [{ survey, reason: "R" }])],
  "Emergencies.assign": [writes(({ emergency }) => [emergency])],
  "Emergencies.resolve": [writes(({ emergency }) => [emergency, { note: "N" }])],
  "Emergencies.get": [reads(({ emergency }) => [emergency])],
  "Emergencies.list": [reads()],
  "Emergencies.escalateDue": [aside("a job: nothing is due here")],
  "Payouts.markPayable": [
    writes(({ closed: installation }) => [
      { installation, payee: users.other_team, amount_cents: "100", currency: "EUR", schedule: "per_job" }
    ])
  ],
  "Payouts.pay": [
    by(
      users.finance,
      writes(({ payout }) => [payout, { transaction_reference: "R" }])
    )
  ],
  "Payouts.get": [reads(({ payout }) => [payout])],
  "Payouts.list": [reads(({ closed: installation }) => [{ installation }])],
  "ClosurePacks.compile": [desk(writes(({ packable }) => [packable]))],
  "ClosurePacks.complete": [desk(aside(ANOTHER_PACK_STEP, ({ pack }) => [pack]))],
  "ClosurePacks.markConfirmed": [aside("it is confirmed already", ({ pack }) => [pack])],
  "ClosurePacks.submit": [desk(writes(({ oem, pack }) => [pack, { oem }]))],
  "ClosurePacks.accept": [desk(aside(ANOTHER_PACK_STEP, ({ pack }) => [pack]))],
  "ClosurePacks.askForRevision": [desk(aside(ANOTHER_PACK_STEP, ({ pack }) => [pack, { note: "N" }]))],
  "ClosurePacks.recompile": [desk(aside(ANOTHER_PACK_STEP, ({ pack }) => [pack]))],
  "ClosurePacks.get": [reads(({ pack }) => [pack])],
  "ClosurePacks.list": [reads(({ oem }) => [{ oem }])],
  "WeeklyReports.create": [desk(writes(({ oem }) => [{ oem, week_start: "2025-01-06" }]))],
  "WeeklyReports.regenerate": [desk(aside(COUNTED_AGAIN, ({ weekly_report }) => [weekly_report]))],
  "WeeklyReports.submit": [desk(writes(({ oem, weekly_report }) => [weekly_report, { oem }]))],
  "WeeklyReports.get": [reads(({ weekly_report }) => [weekly_report])],
  "WeeklyReports.list": [reads(({ oem }) => [{ oem }])],
  "MonthlyReports.create": [desk(writes(({ oem }) => [{ oem, month: "2024-12-01" }]))],
  "MonthlyReports.regenerate": [desk(aside(COUNTED_AGAIN, ({ monthly_report }) => [monthly_report]))],
  "MonthlyReports.submit": [desk(writes(({ monthly_report, oem }) => [monthly_report, { oem }]))],
  "MonthlyReports.get": [reads(({ monthly_report }) => [monthly_report])],
  "MonthlyReports.list": [reads(({ oem }) => [{ oem }])],
  "Submissions.list": [reads(({ oem }) => [{ oem }])],
  "Submissions.acknowledge": [desk(writes(({ submission }) => [submission]))],
  "Submissions.dashboard": [reads()],
  "NotificationTemplates.create": [writes(() => [{ name: "new_sms", channel: "sms", body_template: "B" }])],
  "NotificationTemplates.get": [reads(({ template }) => [Number(template)])],
  "NotificationTemplates.list": [reads()],
  "NotificationTemplates.update": [writes(({ template }) => [Number(template), { body_template: "Other" }])],
  "NotificationTemplates.delete": [writes(({ spare_template }) => [Number(spare_template)])],
  "NotificationTemplates.preview": [reads(({ template }) => [Number(template), { variables: {} }])],
  "NotificationTemplates.installCatalogue": [writes(() => [])],
  "Notifications.send": [
    aside(MESSAGE, ({ lead, template }) => [
      { recipient: users.customer, template: Number(template), context_type: "lead", context_id: lead }
    ]),
    aside(MESSAGE, ({ lead, template_name: template }) => [{ recipient: users.customer, template, context_type: "lead", context_id: lead }])
  ],
  "Notifications.resend": [aside("refused: it has not failed; test/notifications has one that did", ({ notification }) => [notification])],
  "Notifications.get": [reads(({ notification }) => [notification])],
  "Notifications.list": [reads(({ lead: context_id }) => [{ context_id }])],
  "Notifications.history": [reads(({ lead: context_id }) => [users.central_ops, { context_id }])],
  "Notifications.receipts": [reads(({ notification }) => [notification])],
  "Notifications.unreadCount": [reads()],
  "Notifications.markRead": [aside(MESSAGE, ({ notification }) => [notification])],
  "Notifications.markAllRead": [aside(MESSAGE)],
  "NotificationDelivery.sendDue": [aside(MESSAGE)],
  "DeliveryReceipts.receive": [aside("what gateways say is its own record", ({ gateway_message }) => [answered(gateway_message)])]
}
