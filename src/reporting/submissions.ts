/** The service of submissions, and of what is ahead of the reporting desk. */
import { Context, DateTime, Effect, Layer } from "effect"
import {
  addDays,
  addMonths,
  CurrentOrganization,
  decodeInput,
  Exact,
  type Ids,
  type InvalidInput,
  isUuid,
  type LocalDate,
  localDate,
  type Page,
  pageOf,
  pageRequest,
  type StorageError,
  Transactor
} from "../core/index.js"
import { type Acting, actingOver, type User, UserDirectory } from "../fieldwork/index.js"
import { OemMismatch, SubmissionNotFound } from "./errors.js"
import type { ClosurePack } from "./pack.js"
import { firstAt, mondayAt } from "./period.js"
import { type DashboardFacts, type SubmissionCounts, SubmissionStore } from "./store.js"
import { ListSubmissions, type ListSubmissionsInput, type ReportSubmission, type ReportType, SubmissionId } from "./submission.js"

const decodeList = decodeInput(ListSubmissions)

/** A report that is due, or was due and has not been submitted. */
export interface Deadline {
  readonly oem: string
  readonly report_type: "weekly" | "monthly"
  /** First day of the period. */
  readonly first_day: LocalDate
  /** The Monday after the week, the 1st after the month. */
  readonly due_on: LocalDate
}

export interface ReportingDashboard {
  /** Not yet submitted, or sent back; oldest first. */
  readonly open_packs: ReadonlyArray<ClosurePack>
  /** One of each OEM and kind: on the day itself that of the period which has just ended, until it is submitted. */
  readonly next_deadlines: ReadonlyArray<Deadline>
  /** Past their day. Of the last twelve weeks and twelve months, since the OEM has a profile. */
  readonly missed_deadlines: ReadonlyArray<Deadline>
  readonly submissions: ReadonlyArray<SubmissionCounts>
  /** Percent of the packs that OEMs have answered, 2 decimals; null without one. */
  readonly accepted_at_first_submission: string | null
  /** On hold for more than 30 days. */
  readonly leads_on_hold: DashboardFacts["held"]
}

export interface SubmissionsShape {
  /** Newest first. An OEM sees its own. */
  readonly list: (input?: ListSubmissionsInput) => Acting<Page<ReportSubmission>, InvalidInput>
  /** Once; again changes nothing. Fails with `SubmissionNotFound`. */
  readonly acknowledge: (id: string) => Acting<ReportSubmission, SubmissionNotFound>
  readonly dashboard: () => Acting<ReportingDashboard>
}

const PERIODS = 12
const HELD_DAYS = 30

/** Deadlines of an OEM: the next one, which can be today's, and those that have passed without a submitted report. */
const deadlinesOf = (oem: DashboardFacts["oems"][number], submitted: ReadonlySet<string>, now: DateTime.Utc) => {
  const kinds = [
    { report_type: "weekly", at: mondayAt, shift: (day: LocalDate, by: number) => addDays(day, 7 * by) },
    { report_type: "monthly", at: firstAt, shift: addMonths }
  ] as const
  const today = localDate(now, oem.timezone)
  return kinds.map(({ at, report_type, shift }) => {
    const [running, first] = [at(now, oem.timezone), at(oem.created_at, oem.timezone)]
    const deadline = (first_day: LocalDate): Deadline => ({ oem: oem.id, report_type, first_day, due_on: shift(first_day, 1) })
    const open = Array.from({ length: PERIODS }, (_, place) => shift(running, place - PERIODS))
      .filter((day) => day >= first && !submitted.has(`${oem.id} ${report_type} ${day}`))
      .map(deadline)
    return {
      next: open.find(({ due_on }) => due_on >= today) ?? deadline(running),
      missed: open.filter(({ due_on }) => due_on < today)
    }
  })
}

/** Makes the rows of submissions; only a submit of a report or a pack does. */
export const submittingOver = (store: typeof SubmissionStore.Service, ids: typeof Ids.Service) =>
  Effect.fnUntraced(function* (report_type: ReportType, report_id: string, oem: string, user: User, now: DateTime.Utc) {
    const submission: ReportSubmission = {
      id: SubmissionId.make(yield* ids.next),
      organization_id: yield* CurrentOrganization,
      report_type,
      report_id,
      submitted_by: user.id,
      oem,
      submitted_at: now,
      acknowledged: false,
      created_at: now,
      updated_at: now
    }
    yield* store.insert(submission)
  })

/** Whether what is to be submitted is the OEM's whom the caller means. */
export const requireOem = (expected: string, given: string | undefined): Effect.Effect<void, OemMismatch> =>
  given === undefined || given === expected ? Effect.void : Effect.fail(new OemMismatch({ expected, given }))

export class Submissions extends Context.Tag("billwright/Submissions")<Submissions, SubmissionsShape>() {
  static readonly layer: Layer.Layer<Submissions, never, SubmissionStore | Transactor> = Layer.effect(
    Submissions,
    Effect.gen(function* () {
      const store = yield* SubmissionStore
      const { snapshot, transaction } = yield* Transactor
      const acting = actingOver(yield* UserDirectory)

      return Submissions.of({
        list: Effect.fn("Submissions.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest({ order_by: "submitted_at:desc", ...given }, ["submitted_at", "created_at"])
          const user = yield* acting("reports.read")
          return pageOf(request, yield* store.page(user.role === "oem" ? { ...given, oem: user.id } : given, request))
        }),

        acknowledge: Effect.fn("Submissions.acknowledge")(function* (id) {
          const user = yield* acting("submissions.acknowledge")
          return yield* transaction(
            Effect.gen(function* () {
              const before = isUuid(id) ? yield* store.find(id, true) : undefined
              if (before === undefined || (user.role === "oem" && before.oem !== user.id)) return yield* new SubmissionNotFound({ id })
              if (before.acknowledged) return before
              const after: ReportSubmission = { ...before, acknowledged: true, updated_at: yield* DateTime.now }
              yield* store.save(after)
              return after
            })
          )
        }),

        dashboard: Effect.fn("Submissions.dashboard")(function* () {
          yield* acting("dashboard.read")
          const now = yield* DateTime.now
          const since = addMonths(addDays(firstAt(now, "UTC"), -1), -PERIODS - 1)
          const facts: DashboardFacts = yield* snapshot<DashboardFacts, StorageError, CurrentOrganization>(
            store.dashboard({ held_before: DateTime.subtract(now, { days: HELD_DAYS }), since })
          )
          const submitted = new Set(facts.submitted.map(({ first_day, oem, report_type }) => `${oem} ${report_type} ${first_day}`))
          const deadlines = facts.oems.flatMap((oem) => deadlinesOf(oem, submitted, now))
          const [answered, first] = [BigInt(facts.answered), BigInt(facts.accepted_first)]
          return {
            open_packs: facts.open_packs,
            next_deadlines: deadlines.map(({ next }) => next),
            missed_deadlines: deadlines.flatMap(({ missed }) => missed),
            submissions: facts.submissions,
            accepted_at_first_submission: answered === 0n ? null : percent(first, answered),
            leads_on_hold: facts.held
          }
        })
      })
    })
  )
}

const percent = (part: bigint, whole: bigint): string =>
  Exact.toText(Exact.make(Exact.roundQuotient(part * 10_000n, whole), 2))
    .replace(/^(\d+)$/, "$1.00")
    .replace(/^(\d+\.\d)$/, "$10")
