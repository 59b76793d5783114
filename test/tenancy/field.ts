/** What a tenant has on the field side: a job in every state that a call needs, and what is reported and told of it. */
import { Effect } from "effect"
import {
  Calls,
  type CallType,
  CurrentUser,
  Emergencies,
  Installations,
  Leads,
  Oems,
  Payouts,
  Surveys,
  type UpdateOemInput
} from "../../src/fieldwork/index.js"
import { NotificationDelivery, Notifications, NotificationTemplates } from "../../src/notifications/index.js"
import { ClosurePacks, MonthlyReports, Submissions, WeeklyReports } from "../../src/reporting/index.js"
import { PHONE, users } from "../support/field.js"

/** Jobs of an OEM: a lead that is new, one that can be surveyed, one with a survey, one with an installation, and two closed ones. */
const furnishJobs = (oem: string, sells: UpdateOemInput) =>
  Effect.gen(function* () {
    const oems = yield* Oems
    yield* oems.create({ user: oem })
    yield* oems.update(oem, sells)
    const leads = yield* Leads
    const calls = yield* Calls
    const surveys = yield* Surveys
    const installations = yield* Installations
    const made = () =>
      leads.create({
        oem,
        customer: users.customer,
        phone: PHONE,
        charger_model: "W",
        assigned_handler: users.central_ops,
        electricity_bill_received: true
      })
    const called = (call_type: CallType, context_type: "lead" | "survey" | "installation", context_id: string) =>
      calls.log({ callee_phone: PHONE, call_type, context_type, context_id, outcome: "connected" })
    const ready = Effect.gen(function* () {
      const { id } = yield* made()
      yield* called("introductory", "lead", id)
      yield* leads.contact(id)
      yield* leads.requestDocuments(id)
      return yield* leads.receiveDocuments(id)
    })
    const scheduled = Effect.flatMap(ready, ({ id }) =>
      surveys.schedule({ lead: id, survey_date: "2025-03-05", slot: "morning", surveyor: users.field_team })
    )
    const planned = Effect.gen(function* () {
      const { id } = yield* scheduled
      yield* called("survey_confirmation", "survey", id)
      yield* surveys.confirm(id)
      yield* surveys.start(id)
      yield* surveys.complete(id)
      yield* surveys.submitReport(id, { report_reference: users.oem_reporting })
      yield* surveys.approve(id)
      return yield* installations.plan({ survey: id, installation_date: "2025-03-10", slot: "evening", team: users.field_team })
    })
    const closedOne = Effect.gen(function* () {
      const { id } = yield* planned
      yield* installations.receiveMaterial(id)
      yield* called("installation_confirmation", "installation", id)
      yield* installations.confirm(id)
      yield* installations.start(id)
      yield* installations.complete(id)
      yield* installations.submitReport(id, { report_reference: users.oem_reporting, charger_serial: "S", demo_completed: true })
      return yield* installations.close(id)
    })
    const lead = yield* made()
    const contacted = yield* made()
    const call = yield* called("introductory", "lead", contacted.id)
    const ready_lead = yield* ready
    const survey = yield* scheduled
    const installation = yield* planned
    const closed = yield* closedOne
    yield* called("post_install", "installation", closed.id)
    const packable = yield* closedOne
    const emergency = yield* Effect.flatMap(Emergencies, (emergencies) => emergencies.raise({ installation: installation.id, reason: "R" }))
    const payout = yield* Effect.flatMap(Payouts, (payouts) =>
      payouts.markPayable({
        installation: closed.id,
        payee: users.field_team,
        amount_cents: "100",
        currency: "EUR",
        schedule: "per_job"
      })
    )
    return {
      oem,
      lead: lead.id,
      contacted: contacted.id,
      call: call.id,
      ready_lead: ready_lead.id,
      survey: survey.id,
      installation: installation.id,
      closed: closed.id,
      packable: packable.id,
      emergency: emergency.id,
      payout: payout.id
    }
  })

/** A pack that can be submitted, reports of a week and a month, and a submission. */
const furnishReports = (oem: string, closed: string) =>
  Effect.gen(function* () {
    const packs = yield* ClosurePacks
    const pack = yield* packs.compile(closed)
    yield* packs.markConfirmed(pack.id)
    const weeks = yield* WeeklyReports
    const weekly = yield* weeks.create({ oem, week_start: "2025-01-20" })
    const handed_over = yield* weeks.create({ oem, week_start: "2025-01-13" })
    yield* weeks.submit(handed_over.id)
    const monthly = yield* Effect.flatMap(MonthlyReports, (reports) => reports.create({ oem, month: "2025-01-01" }))
    const { items } = yield* Effect.flatMap(Submissions, (submissions) => submissions.list())
    return { pack: pack.id, weekly_report: weekly.id, monthly_report: monthly.id, submission: items[0]!.id }
  }).pipe(Effect.provideService(CurrentUser, users.oem_reporting))

/** Templates, and a message that a gateway has taken. */
const furnishMessages = (x: string, lead: string) =>
  Effect.gen(function* () {
    const templates = yield* NotificationTemplates
    const create = (name: string) => templates.create({ name: `${name}_${x}_sms`, channel: "sms", body_template: "B" })
    // Ids count from 1 in each tenant: those of the second are none of the first.
    if (x !== "a") for (const name of ["one", "two"]) yield* create(name)
    const template = yield* create("told")
    const spare_template = yield* create("spare")
    const notifications = yield* Notifications
    const { id } = yield* notifications.send({
      recipient: users.central_ops,
      template: template.id,
      context_type: "lead",
      context_id: lead
    })
    yield* Effect.flatMap(NotificationDelivery, (delivery) => delivery.sendDue())
    const { gateway_message_id } = yield* notifications.get(id)
    return {
      template: String(template.id),
      template_name: template.name,
      spare_template: String(spare_template.id),
      notification: id,
      gateway_message: gateway_message_id!
    }
  })

/** `x` makes the names; `sells` is what the OEM buys for each installation. */
export const furnishField = (x: string, oem: string, sells: UpdateOemInput) =>
  Effect.gen(function* () {
    const jobs = yield* furnishJobs(oem, sells)
    return { ...jobs, ...(yield* furnishReports(oem, jobs.closed)), ...(yield* furnishMessages(x, jobs.lead)) }
  })
