/** A job: a lead with its surveys and installations, and what a step on one of them comes to for all of them. Pure. */
import { type DateTime, Either } from "effect"
import { InvalidTransition } from "../core/index.js"
import type { Installation, InstallationAction, InstallationFacts } from "./installation.js"
import { installationMachine } from "./installation.js"
import { type Lead, type LeadAction, leadMachine } from "./lead.js"
import { decide, lists, type StepError } from "./machine.js"
import { type Survey, type SurveyAction, surveyMachine } from "./survey.js"

export interface Job {
  readonly lead: Lead
  readonly surveys: ReadonlyArray<Survey>
  readonly installations: ReadonlyArray<Installation>
}

interface Change<K extends string, R> {
  readonly kind: K
  readonly before: R | null
  readonly after: R
  readonly reason: string | null
}

/** A step that was decided: the row as it was, and as it is then. */
export type Move = Change<"lead", Lead> | Change<"survey", Survey> | Change<"installation", Installation>

type Moved<M = Move> = Either.Either<M, StepError>

interface Command<R> {
  readonly now: DateTime.Utc
  readonly reason?: string | null
  /** A call of the gate's type was connected. */
  readonly called?: boolean
  /** Fields that come with the step. */
  readonly set?: Partial<R>
}

export const moveLead = (
  before: Lead,
  action: LeadAction,
  { called = false, now, reason = null, set = {} }: Command<Lead>
): Moved<Change<"lead", Lead>> => {
  const next = { ...before, ...set }
  return Either.map(decide(leadMachine, { action, facts: { ...next, called }, id: before.id, status: before.status }), (status) => ({
    kind: "lead",
    before,
    after: { ...next, status, held_status: status === "on_hold" ? before.status : null, updated_at: now },
    reason
  }))
}

/** A survey's step; a date that is set waits for a call of its own. */
export const moveSurvey = (
  before: Survey,
  action: SurveyAction,
  { called = false, now, reason = null, set = {} }: Command<Survey>
): Moved<Change<"survey", Survey>> => {
  const next = { ...before, ...set }
  return Either.map(decide(surveyMachine, { action, facts: { ...next, called }, id: before.id, status: before.status }), (status) => ({
    kind: "survey",
    before,
    after: { ...next, status, date_set_at: action === "set_date" ? now : before.date_set_at, updated_at: now },
    reason
  }))
}

const isOpen = ({ status }: Installation): boolean => status !== "closed" && status !== "cancelled"

/** What the table asks of an installation among those of its job. */
export const installationFacts = (job: Job, installation: Installation, called: boolean): InstallationFacts => ({
  ...installation,
  survey_approved: job.surveys.some(({ id, status }) => id === installation.survey && status === "reviewed_approved"),
  another_open: job.installations.some((other) => other.id !== installation.id && isOpen(other)),
  called
})

/** Fields that a step sets by itself. */
const setBy = (action: InstallationAction, now: DateTime.Utc): Partial<Installation> => {
  if (action === "receive_material") return { material_there: true }
  if (action === "confirm") return { customer_confirmed: true }
  if (action === "reschedule") return { customer_confirmed: false }
  return action === "set_date" ? { date_set_at: now } : {}
}

export const moveInstallation = (
  job: Job,
  before: Installation,
  action: InstallationAction,
  { called = false, now, reason = null, set = {} }: Command<Installation>
): Moved<Change<"installation", Installation>> => {
  const next: Installation = { ...before, ...set }
  const facts = installationFacts(job, next, called)
  return Either.map(decide(installationMachine, { action, facts, id: before.id, status: before.status }), (status) => ({
    kind: "installation",
    before,
    after: { ...next, ...setBy(action, now), status, updated_at: now },
    reason
  }))
}

/** What a survey's or an installation's step does to its lead. */
const ON_LEAD: {
  readonly survey: Partial<Readonly<Record<SurveyAction, LeadAction>>>
  readonly installation: Partial<Readonly<Record<InstallationAction, LeadAction>>>
} = {
  survey: { schedule: "schedule_survey", approve: "complete_survey", cancel: "lose_survey" },
  installation: { plan: "schedule_installation", close: "complete_installation", cancel: "lose_installation" }
}

const isOver = ({ status }: Lead): boolean => status === "closed" || status === "cancelled"

/** A step and the one that it makes the lead do. Nothing of a lead that is over gets a new date. */
export const withLead = (
  lead: Lead,
  move: Move,
  step: { readonly survey: SurveyAction } | { readonly installation: InstallationAction },
  now: DateTime.Utc
): Moved<ReadonlyArray<Move>> => {
  const [own, action] =
    "survey" in step ? [step.survey, ON_LEAD.survey[step.survey]] : [step.installation, ON_LEAD.installation[step.installation]]
  if (own === "set_date" && isOver(lead)) {
    return Either.left(new InvalidTransition({ entity: leadMachine.entity, id: lead.id, from: lead.status, action: own }))
  }
  if (action === undefined) return Either.right([move])
  return Either.map(moveLead(lead, action, { now, reason: move.reason }), (led): ReadonlyArray<Move> => [move, led])
}

/** A lead is cancelled with what is open of it: a survey that is being done or reviewed stays as it is. */
export const cancelJob = (job: Job, reason: string, now: DateTime.Utc): Moved<ReadonlyArray<Move>> =>
  Either.gen(function* () {
    const moves: Array<Move> = [yield* moveLead(job.lead, "cancel", { now, reason })]
    for (const survey of job.surveys) {
      if (lists(surveyMachine, survey.status, "cancel")) moves.push(yield* moveSurvey(survey, "cancel", { now, reason }))
    }
    for (const one of job.installations) {
      if (lists(installationMachine, one.status, "cancel")) moves.push(yield* moveInstallation(job, one, "cancel", { now, reason }))
    }
    return moves
  })
