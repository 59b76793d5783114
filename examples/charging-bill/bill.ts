/** The bill: metrics, plan, tax, customers and subscriptions as they are missing, every session as events, then month by month. */
import { type Billing, isBillingError, type OrganizationBilling } from "billwright"
import { DateTime } from "effect"
import type { Progress } from "./progress.js"
import { readSessions, type Session, ZONE } from "./read-sessions.js"
import { Stop } from "./stop.js"
import type { Survey } from "./survey.js"
import { METRICS, type MetricCode, PLAN, TAX } from "./tariff.js"

export interface Changes {
  readonly events: number
  readonly invoices: number
  /** Sessions whose events were refused, and why. */
  readonly refused: ReadonlyArray<{ readonly line: number; readonly reason: string }>
}

type Missing = "MetricNotFound" | "TaxNotFound" | "PlanNotFound" | "CustomerNotFound" | "SubscriptionNotFound"

/** What there is, or what is made now: so that a run that was cut short is simply started again. */
const ensure = async <A>(get: () => Promise<A>, missing: Missing, create: () => Promise<A>): Promise<A> => {
  try {
    return await get()
  } catch (error) {
    if (isBillingError(error, missing)) return create()
    throw error
  }
}

/** The organization of this name; there may be others in the database. */
export const organizationOf = async (billing: Billing, name: string): Promise<string> => {
  let after: string | null = null
  do {
    const page: Awaited<ReturnType<typeof billing.organizations.list>> = await billing.organizations.list({ after, limit: 1000 })
    const found = page.items.find((organization) => organization.name === name)
    if (found !== undefined) return found.id
    after = page.next
  } while (after !== null)
  const made = await billing.organizations.create({ name, default_currency: PLAN.currency, timezone: DateTime.zoneToString(ZONE) })
  return made.id
}

const ensureTariff = async (billing: OrganizationBilling): Promise<void> => {
  for (const metric of METRICS) {
    await ensure(
      () => billing.metrics.get({ code: metric.code }),
      "MetricNotFound",
      () => billing.metrics.create(metric)
    )
  }
  await ensure(
    () => billing.taxes.get({ code: TAX.code }),
    "TaxNotFound",
    () => billing.taxes.create(TAX)
  )
  await ensure(
    () => billing.plans.get({ code: PLAN.code }),
    "PlanNotFound",
    () => billing.plans.create(PLAN)
  )
}

const ensureSubscriber = async (billing: OrganizationBilling, user_id: string, start: DateTime.Zoned): Promise<void> => {
  await ensure(
    () => billing.customers.get({ external_id: user_id }),
    "CustomerNotFound",
    () => billing.customers.create({ external_id: user_id, name: user_id })
  )
  await ensure(
    () => billing.subscriptions.get({ external_id: user_id }),
    "SubscriptionNotFound",
    () =>
      billing.subscriptions.create({
        external_id: user_id,
        external_customer_id: user_id,
        plan_code: PLAN.code,
        billing_time: "calendar",
        started_at: DateTime.toDateUtc(start)
      })
  )
}

/** A session's events. Their ids follow from the session's, so that the same session again is a duplicate. */
const eventsOf = ({ hours, kwh, plugin_time, session_id, user_id }: Session) => {
  const event = (code: MetricCode, properties: Readonly<Record<string, string>>) => ({
    transaction_id: `${session_id}:${code}`,
    external_customer_id: user_id,
    code,
    timestamp: DateTime.toDateUtc(plugin_time),
    properties
  })
  return [
    ...(kwh === undefined ? [] : [event("energy", { kwh })]),
    event("sessions", {}),
    ...(hours === undefined ? [] : [event("connection_hours", { hours })])
  ]
}

const ingest = async (billing: OrganizationBilling, path: string, progress: Progress, total: number) => {
  const step = progress.step(`sessions into events`, total)
  const refused: Array<Changes["refused"][number]> = []
  let [accepted, done] = [0, 0]
  for await (const { sessions } of readSessions(path)) {
    const events = sessions.flatMap((session) => eventsOf(session).map((event) => ({ event, line: session.line })))
    if (events.length > 0) {
      const result = await billing.events.ingest(
        events.map(({ event }) => event),
        { mode: "valid" }
      )
      accepted += result.accepted
      for (const { error, index } of result.refused) refused.push({ line: events[index]!.line, reason: error.message })
    }
    done += sessions.length
    step.at(done)
  }
  step.end()
  return { accepted, refused }
}

const billMonths = async (billing: OrganizationBilling, days: Survey["billingDays"], progress: Progress): Promise<number> => {
  const step = progress.step("months into invoices", days.length)
  let invoices = 0
  for (const [index, day] of days.entries()) {
    const run = await billing.billDue({ now: DateTime.toDateUtc(day) })
    const failure = run.failures[0]
    if (failure !== undefined) throw new Stop(`subscription ${failure.id} could not be billed: ${failure.error.message}`)
    invoices += run.invoices
    step.at(index + 1)
  }
  step.end()
  return invoices
}

/** So many customers are made side by side: a server that makes each commit durable does several in the time of one. */
const AT_ONCE = 8

/** Bills a file that was surveyed. Whatever of it is there already stays as it is. */
export const bill = async (billing: OrganizationBilling, path: string, found: Survey, progress: Progress): Promise<Changes> => {
  await ensureTariff(billing)
  const step = progress.step("users into customers and subscriptions", found.firstMonths.size)
  const users = [...found.firstMonths]
  for (let done = 0; done < users.length; done += AT_ONCE) {
    await Promise.all(users.slice(done, done + AT_ONCE).map(([user_id, start]) => ensureSubscriber(billing, user_id, start)))
    step.at(done + AT_ONCE)
  }
  step.end()
  const { accepted, refused } = await ingest(billing, path, progress, found.sessions)
  const invoices = await billMonths(billing, found.billingDays, progress)
  return { events: accepted, invoices, refused }
}
