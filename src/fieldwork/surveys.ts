/** The service of surveys. */
import { Context, DateTime, Effect, Layer } from "effect"
import {
  CurrentOrganization,
  decodeInput,
  Ids,
  type InvalidInput,
  type Page,
  pageOf,
  pageRequest,
  type StorageError,
  type Transactor
} from "../core/index.js"
import { type Acting, fieldDesk } from "./desk.js"
import type { LeadNotFound, SurveyNotFound } from "./errors.js"
import { moveSurvey, withLead } from "./job.js"
import { decide, type StepError } from "./machine.js"
import type { Recording } from "./recording.js"
import { requireUsers } from "./roles.js"
import { CallStore, type FieldStore } from "./store.js"
import {
  Assign,
  type AssignInput,
  Because,
  type BecauseInput,
  isToRemind,
  ListSurveys,
  type ListSurveysInput,
  ReportSurvey,
  type ReportSurveyInput,
  ScheduleSurvey,
  type ScheduleSurveyInput,
  SetSurveyDate,
  type SetSurveyDateInput,
  type Survey,
  type SurveyAction,
  SurveyId,
  surveyMachine
} from "./survey.js"
import type { KeptTransition } from "./transition.js"
import type { HostFailed } from "./user.js"

const decodeSchedule = decodeInput(ScheduleSurvey)
const decodeDate = decodeInput(SetSurveyDate)
const decodeBecause = decodeInput(Because)
const decodeReport = decodeInput(ReportSurvey)
const decodeAssign = decodeInput(Assign)
const decodeList = decodeInput(ListSurveys)

type Moved = Acting<Survey, SurveyNotFound | StepError>
type Given = Acting<Survey, SurveyNotFound | StepError | InvalidInput>

export interface SurveysShape {
  /** For a lead with its documents and a handler. Fails with `InvalidInput`, `LeadNotFound`, `InvalidTransition`, `RequirementMissing`. */
  readonly schedule: (input: ScheduleSurveyInput) => Acting<Survey, LeadNotFound | StepError | InvalidInput>
  /** Fails with `SurveyNotFound`. */
  readonly get: (id: string) => Acting<Survey, SurveyNotFound>
  readonly list: (input?: ListSurveysInput) => Acting<Page<Survey>, InvalidInput>
  /** Who does it. */
  readonly assign: (id: string, input: AssignInput) => Acting<Survey, SurveyNotFound | InvalidInput>
  /** Fails with `CallMissing` until a confirmation call was connected since it was last scheduled. */
  readonly confirm: (id: string) => Moved
  /** A field team starts, completes and reports what is assigned to it. */
  readonly start: (id: string) => Moved
  readonly complete: (id: string) => Moved
  /** Fails with `RequirementMissing` without a reference. */
  readonly submitReport: (id: string, input?: ReportSurveyInput) => Given
  /** Its lead is survey_completed then. */
  readonly approve: (id: string) => Moved
  readonly reject: (id: string, input: BecauseInput) => Given
  readonly reschedule: (id: string, input: BecauseInput) => Given
  /** A new date after rescheduled or a rejection; it waits for a confirmation call of its own. */
  readonly setDate: (id: string, input: SetSurveyDateInput) => Given
  /** Alone: its lead is documents_received again. */
  readonly cancel: (id: string, input: BecauseInput) => Given
  readonly history: (id: string) => Acting<ReadonlyArray<KeptTransition>, SurveyNotFound>
  /**
   * Tells of surveys that are due the day after, from 10:00 where their customer is, each date once. Answers how many it told of. A job: nobody acts;
   * not inside a transaction. Fails with `HostFailed`.
   */
  readonly remindDue: () => Effect.Effect<{ readonly reminded: number }, HostFailed | StorageError, CurrentOrganization>
}

const BATCH = 500

type Needs = FieldStore | CallStore | Recording | Transactor | Ids

export class Surveys extends Context.Tag("billwright/Surveys")<Surveys, SurveysShape>() {
  static readonly layer: Layer.Layer<Surveys, never, Needs> = Layer.effect(
    Surveys,
    Effect.gen(function* () {
      const { acting, change, directory, jobOf, read, recording, store, transaction } = yield* fieldDesk
      const calls = yield* CallStore
      const ids = yield* Ids

      /** A step of central_ops, or of the field team where it works on site. */
      const step = (
        action: SurveyAction,
        id: string,
        { reason = null, set = {} }: { reason?: string | null; set?: Partial<Survey> } = {}
      ) => {
        const onSite = action === "start" || action === "complete" || action === "submit_report"
        return change({
          operation: onSite ? "surveys.work" : "surveys.plan",
          kind: "survey",
          id,
          ...(onSite ? { assigned: ({ surveyor }: Survey) => surveyor } : {}),
          moves: (survey, { lead }, { now }) =>
            Effect.gen(function* () {
              const called =
                action === "confirm" && isSince(yield* calls.lastConnected("survey_confirmation", survey.id), survey.date_set_at)
              const move = yield* moveSurvey(survey, action, { now, called, reason, set })
              return yield* withLead(lead, move, { survey: action }, now)
            })
        })
      }
      const because = (action: SurveyAction) =>
        Effect.fnUntraced(function* (id: string, input: BecauseInput) {
          return yield* step(action, id, yield* decodeBecause(input))
        })

      return Surveys.of({
        schedule: Effect.fn("Surveys.schedule")(function* (input) {
          const given = yield* decodeSchedule(input)
          const user = yield* acting("surveys.plan")
          yield* requireUsers(directory, [given.surveyor])
          return yield* transaction(
            Effect.gen(function* () {
              const { lead } = yield* jobOf("lead", given.lead, user, true)
              const now = yield* DateTime.now
              const id = SurveyId.make(yield* ids.next)
              const status = yield* decide(surveyMachine, {
                action: "schedule",
                facts: { called: false, report_reference: null },
                id,
                status: null
              })
              const organization_id = yield* CurrentOrganization
              const survey: Survey = {
                ...given,
                id,
                organization_id,
                report_reference: null,
                status,
                date_set_at: now,
                reminded_for: null,
                created_at: now,
                updated_at: now
              }
              const move = { kind: "survey", before: null, after: survey, reason: null } as const
              yield* recording.job(lead, yield* withLead(lead, move, { survey: "schedule" }, now), { user: user.id, now })
              return survey
            })
          )
        }),

        get: Effect.fn("Surveys.get")((id) => Effect.map(read("survey", id), ({ row }) => row)),

        list: Effect.fn("Surveys.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at", "survey_date"])
          const user = yield* acting("field.read")
          const own = user.role === "oem" ? { oem: user.id } : user.role === "customer" ? { customer: user.id } : {}
          return pageOf(request, yield* store.surveys({ ...given, ...own }, request))
        }),

        assign: Effect.fn("Surveys.assign")(function* (id, input) {
          const { user: surveyor } = yield* decodeAssign(input)
          const user = yield* acting("surveys.plan")
          yield* requireUsers(directory, [surveyor])
          return yield* transaction(
            Effect.gen(function* () {
              const { surveys } = yield* jobOf("survey", id, user, true)
              const after: Survey = { ...surveys.find((one) => one.id === id)!, surveyor, updated_at: yield* DateTime.now }
              yield* store.saveSurvey(after)
              return after
            })
          )
        }),

        confirm: Effect.fn("Surveys.confirm")((id) => step("confirm", id)),
        start: Effect.fn("Surveys.start")((id) => step("start", id)),
        complete: Effect.fn("Surveys.complete")((id) => step("complete", id)),
        submitReport: Effect.fn("Surveys.submitReport")(function* (id, input = {}) {
          const { report_reference } = yield* decodeReport(input)
          return yield* step("submit_report", id, report_reference === undefined ? {} : { set: { report_reference } })
        }),
        approve: Effect.fn("Surveys.approve")((id) => step("approve", id)),
        reject: Effect.fn("Surveys.reject")(because("reject")),
        reschedule: Effect.fn("Surveys.reschedule")(because("reschedule")),
        setDate: Effect.fn("Surveys.setDate")(function* (id, input) {
          const { surveyor, ...given } = yield* decodeDate(input)
          yield* requireUsers(directory, [surveyor])
          return yield* step("set_date", id, { set: surveyor === undefined ? given : { ...given, surveyor } })
        }),
        cancel: Effect.fn("Surveys.cancel")(because("cancel")),
        history: Effect.fn("Surveys.history")((id) => Effect.flatMap(read("survey", id), () => store.history(id))),

        remindDue: Effect.fn("Surveys.remindDue")(function* () {
          const now = yield* DateTime.now
          // Somewhere it is tomorrow already, and somewhere still yesterday.
          const around = (days: number) => DateTime.formatIsoDateUtc(DateTime.add(now, { days }))
          let after: string | null = null
          let reminded = 0
          while (true) {
            const found: ReadonlyArray<{ readonly survey: Survey; readonly customer: string }> = yield* store.toRemind({
              first: around(0),
              last: around(2),
              after,
              limit: BATCH
            })
            const people = found.length === 0 ? [] : yield* directory.find([...new Set(found.map(({ customer }) => customer))])
            const zoneOf = new Map(people.map(({ id, timezone }) => [id, timezone]))
            const due = found.filter(({ customer, survey }) => isToRemind(survey, zoneOf.get(customer) ?? "UTC", now))
            reminded += yield* transaction(
              Effect.gen(function* () {
                const marked = new Set(
                  yield* store.markReminded(
                    due.map(({ survey }) => survey),
                    now
                  )
                )
                const told = due.flatMap(({ survey }) => (marked.has(survey.id) ? [survey] : []))
                const leads = new Map((yield* store.leadsNamed(told.map(({ lead }) => lead))).map((lead) => [lead.id as string, lead]))
                yield* recording.tell(
                  told.map((survey) => ({ type: "survey_reminder_due", survey, lead: leads.get(survey.lead)!, at: now }))
                )
                return told.length
              })
            )
            if (found.length < BATCH) return { reminded }
            after = found[found.length - 1]!.survey.id
          }
        })
      })
    })
  )
}

/** Whether something happened at or after an instant. */
export const isSince = (at: DateTime.Utc | null, since: DateTime.Utc): boolean => at !== null && DateTime.greaterThanOrEqualTo(at, since)
