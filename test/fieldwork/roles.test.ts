/** Who may do what: every operation as each role, on something that is not there, so that nothing but the role decides whether it is refused. */
import { Effect } from "effect"
import { expect, it } from "vitest"
import { Calls, CurrentUser, Emergencies, Installations, Leads, Payouts, type Role, Surveys } from "../../src/fieldwork/index.js"
import { Notifications, NotificationTemplates } from "../../src/notifications/index.js"
import { ClosurePacks, MonthlyReports, Submissions, WeeklyReports } from "../../src/reporting/index.js"
import { describeField, type Operator, PHONE, users } from "../support/field.js"

type Doing = Parameters<Operator["run"]>[0]

const NONE = "00000000-0000-7000-8000-00000000dead"
const EVERYONE = ["oem", "customer", "central_ops", "field_team", "procurement", "finance", "oem_reporting"] as const
const BECAUSE = { reason: "R" }
const SURVEY_DAY = { survey_date: "2025-03-05", slot: "morning" } as const
const DAY = { installation_date: "2025-03-10", slot: "morning" } as const
const LEAD = { oem: users.oem, customer: users.customer, phone: PHONE }
const CALL = { callee_phone: PHONE, call_type: "introductory", context_type: "lead", context_id: NONE, outcome: "busy" } as const
const PAYOUT = { installation: NONE, payee: users.finance, amount_cents: "1", currency: "EUR", schedule: "per_job" } as const
const TEMPLATE = { name: "a_sms", channel: "sms", body_template: "A" } as const

/** The rows of section 2, in its order: what, who, and every call that it names. */
const rows: ReadonlyArray<readonly [what: string, who: ReadonlyArray<Role>, calls: ReadonlyArray<Doing>]> = [
  ["create a lead", ["oem", "central_ops"], [Effect.flatMap(Leads, (all) => all.create(LEAD))]],
  [
    "lead the way of a job",
    ["central_ops"],
    [
      Effect.flatMap(Leads, (all) => all.contact(NONE)),
      Effect.flatMap(Leads, (all) => all.requestDocuments(NONE)),
      Effect.flatMap(Leads, (all) => all.receiveDocuments(NONE)),
      Effect.flatMap(Leads, (all) => all.hold(NONE, BECAUSE)),
      Effect.flatMap(Leads, (all) => all.resume(NONE)),
      Effect.flatMap(Leads, (all) => all.cancel(NONE, BECAUSE)),
      Effect.flatMap(Surveys, (all) => all.schedule({ lead: NONE, ...SURVEY_DAY })),
      Effect.flatMap(Surveys, (all) => all.confirm(NONE)),
      Effect.flatMap(Surveys, (all) => all.approve(NONE)),
      Effect.flatMap(Surveys, (all) => all.reject(NONE, BECAUSE)),
      Effect.flatMap(Surveys, (all) => all.reschedule(NONE, BECAUSE)),
      Effect.flatMap(Surveys, (all) => all.setDate(NONE, SURVEY_DAY)),
      Effect.flatMap(Surveys, (all) => all.cancel(NONE, BECAUSE)),
      Effect.flatMap(Installations, (all) => all.plan({ survey: NONE, ...DAY })),
      Effect.flatMap(Installations, (all) => all.confirm(NONE)),
      Effect.flatMap(Installations, (all) => all.reschedule(NONE, BECAUSE)),
      Effect.flatMap(Installations, (all) => all.setDate(NONE, DAY)),
      Effect.flatMap(Installations, (all) => all.cancel(NONE, BECAUSE)),
      Effect.flatMap(Installations, (all) => all.close(NONE))
    ]
  ],
  [
    "work on site",
    ["field_team", "central_ops"],
    [
      Effect.flatMap(Surveys, (all) => all.start(NONE)),
      Effect.flatMap(Surveys, (all) => all.complete(NONE)),
      Effect.flatMap(Surveys, (all) => all.submitReport(NONE)),
      Effect.flatMap(Installations, (all) => all.start(NONE)),
      Effect.flatMap(Installations, (all) => all.complete(NONE)),
      Effect.flatMap(Installations, (all) => all.submitReport(NONE))
    ]
  ],
  [
    "material",
    ["procurement", "central_ops"],
    [Effect.flatMap(Installations, (all) => all.requestMaterial(NONE)), Effect.flatMap(Installations, (all) => all.receiveMaterial(NONE))]
  ],
  [
    "calls",
    ["central_ops", "field_team"],
    [
      Effect.flatMap(Calls, (all) => all.log(CALL)),
      Effect.flatMap(Calls, (all) => all.list()),
      Effect.flatMap(Calls, (all) => all.missing())
    ]
  ],
  [
    "templates",
    ["central_ops"],
    [
      Effect.flatMap(NotificationTemplates, (all) => all.create(TEMPLATE)),
      Effect.flatMap(NotificationTemplates, (all) => all.list()),
      Effect.flatMap(NotificationTemplates, (all) => all.get(99)),
      Effect.flatMap(NotificationTemplates, (all) => all.update(99, {})),
      Effect.flatMap(NotificationTemplates, (all) => all.preview(99, { variables: {} })),
      Effect.flatMap(NotificationTemplates, (all) => all.delete(99))
    ]
  ],
  [
    "own messages",
    EVERYONE,
    [
      Effect.flatMap(Notifications, (all) => all.list()),
      Effect.flatMap(Notifications, (all) => all.unreadCount()),
      Effect.flatMap(Notifications, (all) => all.markRead(NONE)),
      Effect.flatMap(Notifications, (all) => all.markAllRead())
    ]
  ],
  [
    "messages of anyone",
    ["central_ops"],
    [
      Effect.flatMap(Notifications, (all) => all.history(NONE)),
      Effect.flatMap(Notifications, (all) => all.send({ recipient: users.customer, template: 99, context_type: "lead" })),
      Effect.flatMap(Notifications, (all) => all.resend(NONE))
    ]
  ],
  [
    "packs and reports",
    ["oem_reporting"],
    [
      Effect.flatMap(ClosurePacks, (all) => all.compile(NONE)),
      Effect.flatMap(ClosurePacks, (all) => all.complete(NONE)),
      Effect.flatMap(ClosurePacks, (all) => all.submit(NONE)),
      Effect.flatMap(ClosurePacks, (all) => all.recompile(NONE)),
      Effect.flatMap(WeeklyReports, (all) => all.create({ oem: NONE, week_start: "2025-02-03" })),
      Effect.flatMap(WeeklyReports, (all) => all.regenerate(NONE)),
      Effect.flatMap(WeeklyReports, (all) => all.submit(NONE)),
      Effect.flatMap(MonthlyReports, (all) => all.create({ oem: NONE, month: "2025-02-01" })),
      Effect.flatMap(MonthlyReports, (all) => all.regenerate(NONE)),
      Effect.flatMap(MonthlyReports, (all) => all.submit(NONE))
    ]
  ],
  ["the confirmation call of a pack", ["oem_reporting", "central_ops"], [Effect.flatMap(ClosurePacks, (all) => all.markConfirmed(NONE))]],
  [
    "read packs and reports",
    ["oem_reporting", "central_ops", "oem"],
    [
      Effect.flatMap(ClosurePacks, (all) => all.get(NONE)),
      Effect.flatMap(ClosurePacks, (all) => all.list()),
      Effect.flatMap(WeeklyReports, (all) => all.get(NONE)),
      Effect.flatMap(MonthlyReports, (all) => all.list()),
      Effect.flatMap(Submissions, (all) => all.list())
    ]
  ],
  [
    "answer a pack, acknowledge a submission",
    ["oem", "oem_reporting"],
    [
      Effect.flatMap(ClosurePacks, (all) => all.accept(NONE)),
      Effect.flatMap(ClosurePacks, (all) => all.askForRevision(NONE, { note: "N" })),
      Effect.flatMap(Submissions, (all) => all.acknowledge(NONE))
    ]
  ],
  ["the reporting dashboard", ["oem_reporting", "central_ops"], [Effect.flatMap(Submissions, (all) => all.dashboard())]],
  [
    "raise an emergency",
    ["central_ops", "field_team"],
    [Effect.flatMap(Emergencies, (all) => all.raise({ survey: NONE, ...BECAUSE })), Effect.flatMap(Emergencies, (all) => all.list())]
  ],
  [
    "assign and resolve an emergency",
    ["central_ops"],
    [Effect.flatMap(Emergencies, (all) => all.assign(NONE)), Effect.flatMap(Emergencies, (all) => all.resolve(NONE, { note: "N" }))]
  ],
  ["mark a payout payable", ["central_ops"], [Effect.flatMap(Payouts, (all) => all.markPayable(PAYOUT))]],
  ["pay a payout", ["finance"], [Effect.flatMap(Payouts, (all) => all.pay(NONE, { transaction_reference: "T" }))]]
]

describeField("roles", (host) => {
  it("may do what the table says, and nothing else", async () => {
    const { run } = await host.operator()
    for (const [what, who, calls] of rows) {
      const allowed = await run(
        Effect.forEach(calls, (call) =>
          Effect.filter(EVERYONE, (role) =>
            Effect.map(
              Effect.either(Effect.provideService(call, CurrentUser, users[role])),
              (answer) => answer._tag === "Right" || (answer.left as { readonly _tag: string })._tag !== "NotPermitted"
            )
          )
        )
      )
      expect([what, ...allowed]).toEqual([what, ...calls.map(() => EVERYONE.filter((role) => who.includes(role)))])
    }
  })
})
