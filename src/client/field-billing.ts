/** The field side of a billing, as one of the host's users. */
import { Context, Effect } from "effect"
import type { CurrentOrganization } from "../core/index.js"
import {
  Calls,
  CurrentUser,
  Emergencies,
  InstallationBills,
  Installations,
  Leads,
  Oems,
  Payouts,
  Surveys,
  Users
} from "../fieldwork/index.js"
import { Notifications, NotificationTemplates } from "../notifications/index.js"
import { ClosurePacks, MonthlyReports, Submissions, WeeklyReports } from "../reporting/index.js"
import { byUser } from "./by-user.js"
import { type Face, faceOf, type Run } from "./face.js"
import type { Opened } from "./opened.js"
import type { Services } from "./services.js"

/** The field side of the operator's organization, on behalf of one of the host's users: their role says what they may do. */
export interface FieldBilling {
  readonly user: string
  readonly oems: Face<typeof Oems.Service>
  readonly leads: Face<typeof Leads.Service>
  readonly surveys: Omit<Face<typeof Surveys.Service>, "remindDue">
  readonly users: Face<typeof Users.Service>
  readonly installations: Face<typeof Installations.Service>
  readonly installationBills: Pick<Face<typeof InstallationBills.Service>, "get" | "retry">
  readonly closurePacks: Face<typeof ClosurePacks.Service>
  readonly weeklyReports: Face<typeof WeeklyReports.Service>
  readonly monthlyReports: Face<typeof MonthlyReports.Service>
  readonly submissions: Face<typeof Submissions.Service>
  readonly emergencies: Omit<Face<typeof Emergencies.Service>, "escalateDue">
  readonly payouts: Face<typeof Payouts.Service>
  readonly calls: Omit<Face<typeof Calls.Service>, "remindDue">
  readonly templates: Face<typeof NotificationTemplates.Service>
  readonly notifications: Face<typeof Notifications.Service>
}

/** The field side as a user; whose idempotency keys are their own. */
export const fieldFace = (services: Context.Context<Services>, user: string, here: Run<Opened | CurrentOrganization>): FieldBilling => {
  const acting: Run<Opened | CurrentOrganization | CurrentUser> = (effect) =>
    here(byUser(user, Effect.provideService(effect, CurrentUser, user)))
  const { remindDue: _, ...calls } = faceOf(Calls, Context.get(services, Calls), acting, user)
  const { escalateDue: __, ...emergencies } = faceOf(Emergencies, Context.get(services, Emergencies), acting, user)
  const { remindDue: ___, ...surveys } = faceOf(Surveys, Context.get(services, Surveys), acting, user)
  const bills = faceOf(InstallationBills, Context.get(services, InstallationBills), acting, user)
  return {
    user,
    oems: faceOf(Oems, Context.get(services, Oems), acting, user),
    leads: faceOf(Leads, Context.get(services, Leads), acting, user),
    surveys,
    users: faceOf(Users, Context.get(services, Users), acting, user),
    installations: faceOf(Installations, Context.get(services, Installations), acting, user),
    closurePacks: faceOf(ClosurePacks, Context.get(services, ClosurePacks), acting, user),
    weeklyReports: faceOf(WeeklyReports, Context.get(services, WeeklyReports), acting, user),
    monthlyReports: faceOf(MonthlyReports, Context.get(services, MonthlyReports), acting, user),
    submissions: faceOf(Submissions, Context.get(services, Submissions), acting, user),
    emergencies,
    payouts: faceOf(Payouts, Context.get(services, Payouts), acting, user),
    installationBills: { get: bills.get, retry: bills.retry },
    calls,
    templates: faceOf(NotificationTemplates, Context.get(services, NotificationTemplates), acting, user),
    notifications: faceOf(Notifications, Context.get(services, Notifications), acting, user)
  }
}
