/** The services of weekly and monthly reports: what both do, and what each counts. */
import { Context, DateTime, Effect, type Either, Layer } from "effect"
import {
  CurrentOrganization,
  decodeInput,
  exponentOf,
  Ids,
  Immutable,
  InvalidInput,
  InvalidTransition,
  isUuid,
  type OrganizationId,
  type Page,
  pageOf,
  pageRequest,
  type StorageError,
  Transactor
} from "../core/index.js"
import { type Acting, actingOver, OemNotFound, type OemProfile, OemStore, UserDirectory } from "../fieldwork/index.js"
import { type DrawingError, drawing, monthlySheet, weeklySheet } from "./drawing.js"
import { MonthlyReportNotFound, type OemMismatch, ReportExists, WeeklyReportNotFound } from "./errors.js"
import { averageDays, type Counters, complianceRate, daysInMillis, mainUnits } from "./figures.js"
import { monthOf, type Period, weekOf } from "./period.js"
import {
  CreateMonthly,
  type CreateMonthlyInput,
  CreateWeekly,
  type CreateWeeklyInput,
  ListReports,
  type ListReportsInput,
  type MonthlyReport,
  ReportId,
  type WeeklyReport
} from "./report.js"
import { type ReportKind, type ReportRows, ReportStore, SubmissionStore } from "./store.js"
import { Submit, type SubmitInput } from "./submission.js"
import { requireOem, submittingOver } from "./submissions.js"

const decodeWeekly = decodeInput(CreateWeekly)
const decodeMonthly = decodeInput(CreateMonthly)
const decodeSubmit = decodeInput(Submit)
const decodeList = decodeInput(ListReports)

interface ReportsShape<Report, Input, NotFound> {
  /**
   * Counts a period of an OEM and draws the file. A running period can be created, a future one not.
   *
   * Fails with `InvalidInput`, `OemNotFound`, `ReportExists`, `DocumentFailed`, `HostFailed`.
   */
  readonly create: (input: Input) => Acting<Report, InvalidInput | OemNotFound | ReportExists | DrawingError>
  /** Counts and draws again. Fails with `Immutable` once submitted. */
  readonly regenerate: (id: string) => Acting<Report, NotFound | Immutable | DrawingError>
  /** Hands it to the OEM, once. Fails with `InvalidTransition` again, or while its period runs, `OemMismatch`. */
  readonly submit: (id: string, input?: SubmitInput) => Acting<Report, NotFound | InvalidTransition | OemMismatch | InvalidInput>
  /** An OEM sees its own, once submitted. */
  readonly get: (id: string) => Acting<Report, NotFound>
  readonly list: (input?: ListReportsInput) => Acting<Page<Report>, InvalidInput>
}

export type WeeklyReportsShape = ReportsShape<WeeklyReport, CreateWeeklyInput, WeeklyReportNotFound>
export type MonthlyReportsShape = ReportsShape<MonthlyReport, CreateMonthlyInput, MonthlyReportNotFound>

type Needs = ReportStore | SubmissionStore | OemStore | Transactor | Ids

type Common = Counters & Pick<WeeklyReport, "id" | "organization_id" | "oem" | "report_file" | "submitted_at" | "created_at" | "updated_at">
type Own<K extends ReportKind> = Omit<ReportRows[K], keyof Common>

/** What is of one kind of report alone. */
interface Definition<K extends ReportKind, NotFound> {
  readonly kind: K
  readonly entity: string
  readonly missing: (id: string) => NotFound
  readonly periodOf: (report: ReportRows[K], timezone: string) => Period
  readonly own: (profile: OemProfile, period: Period) => Effect.Effect<Own<K>, StorageError, CurrentOrganization>
  readonly sheet: (report: ReportRows[K], oem: string) => Parameters<Effect.Effect.Success<typeof drawing>>[1]
}

const reportsOver = <K extends ReportKind, NotFound>(of: Definition<K, NotFound>) =>
  Effect.gen(function* () {
    type Report = ReportRows[K]
    const store = yield* ReportStore
    const oems = yield* OemStore
    const { snapshot, transaction } = yield* Transactor
    const ids = yield* Ids
    const directory = yield* UserDirectory
    const acting = actingOver(directory)
    const draw = yield* drawing
    const submitting = submittingOver(yield* SubmissionStore, ids)
    const { entity, kind } = of

    /** All figures of a period, in one state of the database. */
    const counted = (profile: OemProfile, period: Period) =>
      snapshot(
        Effect.gen(function* () {
          return { ...(yield* store.counters(profile.id, period)), ...(yield* of.own(profile, period)) }
        })
      )

    const found = Effect.fnUntraced(function* (id: string, lock: boolean) {
      const report = isUuid(id) ? yield* store.find(kind, id, lock) : undefined
      return report ?? (yield* Effect.fail(of.missing(id)))
    })
    const profileOf = Effect.fnUntraced(function* (id: string) {
      return (yield* oems.find(id)) ?? (yield* new OemNotFound({ id }))
    })
    /** With the OEM's name as the host's directory has it. */
    const drawn = (report: Report) =>
      Effect.flatMap(directory.find([report.oem]), ([user]) =>
        draw(`reports/${kind}/${report.id}`, of.sheet(report, user?.name ?? report.oem))
      )

    const requireNew = Effect.fnUntraced(function* (oem: string, period: Period) {
      const before = yield* store.ofPeriod(kind, oem, period.first_day)
      if (before !== undefined) return yield* new ReportExists({ oem, period: period.first_day })
    })

    const create = Effect.fnUntraced(function* (
      oem: string,
      periodIn: (timezone: string) => Either.Either<Period, InvalidInput>,
      field: string
    ) {
      yield* acting("reports.manage")
      const profile = yield* profileOf(oem)
      const period = yield* periodIn(profile.timezone)
      const now = yield* DateTime.now
      if (DateTime.greaterThan(period.from, now)) return yield* new InvalidInput({ field, reason: "must not be in the future" })
      yield* requireNew(oem, period)
      const common = {
        id: ReportId.make(yield* ids.next),
        organization_id: (yield* CurrentOrganization) as OrganizationId,
        oem,
        report_file: null,
        submitted_at: null,
        created_at: now,
        updated_at: now
      }
      const report = { ...common, ...(yield* counted(profile, period)) } as unknown as Report
      const whole: Report = { ...report, report_file: yield* drawn(report) }
      yield* transaction(
        Effect.gen(function* () {
          // Under the profile's lock, so that of two at the same time one finds the other's.
          yield* oems.lock(oem)
          yield* requireNew(oem, period)
          yield* store.insert(kind, whole)
        })
      )
      return whole
    })

    return {
      create,
      regenerate: Effect.fnUntraced(function* (id: string) {
        yield* acting("reports.manage")
        const before = yield* found(id, false)
        if (before.submitted_at !== null) return yield* new Immutable({ field: "report" })
        // A foreign key guards that it is there.
        const profile = yield* Effect.orDie(profileOf(before.oem))
        const figures = yield* counted(profile, of.periodOf(before, profile.timezone))
        const after = { ...before, ...figures, updated_at: yield* DateTime.now } as Report
        const whole: Report = { ...after, report_file: yield* drawn(after) }
        yield* transaction(
          Effect.gen(function* () {
            if ((yield* found(id, true)).submitted_at !== null) return yield* new Immutable({ field: "report" })
            yield* store.save(kind, whole)
          })
        )
        return whole
      }),
      submit: Effect.fnUntraced(function* (id: string, input: SubmitInput = {}) {
        const { oem } = yield* decodeSubmit(input)
        const user = yield* acting("reports.manage")
        return yield* transaction(
          Effect.gen(function* () {
            const before = yield* found(id, true)
            const now = yield* DateTime.now
            yield* requireOem(before.oem, oem)
            const refused = (from: string) => new InvalidTransition({ entity, id, from, action: "submit" })
            if (before.submitted_at !== null) return yield* refused("submitted")
            const { timezone } = yield* Effect.catchTag(profileOf(before.oem), "OemNotFound", Effect.die)
            if (DateTime.lessThan(now, of.periodOf(before, timezone).to)) return yield* refused("running")
            const after: Report = { ...before, submitted_at: now, updated_at: now }
            yield* store.save(kind, after)
            yield* submitting(kind, id, before.oem, user, now)
            return after
          })
        )
      }),
      get: Effect.fnUntraced(function* (id: string) {
        const user = yield* acting("reports.read")
        const report = yield* found(id, false)
        const shown = user.role !== "oem" || (report.oem === user.id && report.submitted_at !== null)
        return shown ? report : yield* Effect.fail(of.missing(id))
      }),
      list: Effect.fnUntraced(function* (input: ListReportsInput = {}) {
        const given = yield* decodeList(input)
        const request = yield* pageRequest(given, ["created_at", kind === "weekly" ? "week_start" : "month"])
        const user = yield* acting("reports.read")
        const own = user.role === "oem" ? { oem: user.id, submitted: true } : {}
        return pageOf(request, yield* store.page(kind, { ...given, ...own }, request))
      })
    }
  })

export class WeeklyReports extends Context.Tag("billwright/WeeklyReports")<WeeklyReports, WeeklyReportsShape>() {
  static readonly layer: Layer.Layer<WeeklyReports, never, Needs> = Layer.effect(
    WeeklyReports,
    Effect.gen(function* () {
      const reports = yield* reportsOver<"weekly", WeeklyReportNotFound>({
        kind: "weekly",
        entity: "WeeklyReport",
        missing: (id) => new WeeklyReportNotFound({ id }),
        periodOf: ({ week_start }, timezone) => Effect.runSync(weekOf(week_start, timezone)),
        own: (_, { first_day, last_day }) => Effect.succeed({ week_start: first_day, week_end: last_day }),
        sheet: weeklySheet
      })
      return WeeklyReports.of({
        create: Effect.fn("WeeklyReports.create")(function* (input) {
          const { oem, week_end, week_start } = yield* decodeWeekly(input)
          const { last_day } = yield* weekOf(week_start, "UTC")
          if (week_end !== undefined && week_end !== last_day) {
            return yield* new InvalidInput({ field: "week_end", reason: "expected the Sunday six days after week_start" })
          }
          return yield* reports.create(oem, (timezone) => weekOf(week_start, timezone), "week_start")
        }),
        regenerate: Effect.fn("WeeklyReports.regenerate")(reports.regenerate),
        submit: Effect.fn("WeeklyReports.submit")(reports.submit),
        get: Effect.fn("WeeklyReports.get")(reports.get),
        list: Effect.fn("WeeklyReports.list")(reports.list)
      })
    })
  )
}

export class MonthlyReports extends Context.Tag("billwright/MonthlyReports")<MonthlyReports, MonthlyReportsShape>() {
  static readonly layer: Layer.Layer<MonthlyReports, never, Needs> = Layer.effect(
    MonthlyReports,
    Effect.gen(function* () {
      const store = yield* ReportStore
      const reports = yield* reportsOver<"monthly", MonthlyReportNotFound>({
        kind: "monthly",
        entity: "MonthlyReport",
        missing: (id) => new MonthlyReportNotFound({ id }),
        periodOf: ({ month }, timezone) => Effect.runSync(monthOf(month, timezone)),
        own: Effect.fnUntraced(function* ({ customer_id, id, sla_days }, period) {
          const durations = yield* store.durations(id, period, daysInMillis(sla_days))
          const revenue = customer_id === null ? undefined : yield* store.revenue(customer_id, period)
          return {
            month: period.first_day,
            total_revenue: revenue === undefined ? null : mainUnits(revenue.cents, exponentOf(revenue.currency)),
            revenue_currency: revenue?.currency ?? null,
            average_installation_time_days: averageDays(durations),
            sla_compliance_rate: complianceRate(durations)
          }
        }),
        sheet: monthlySheet
      })
      return MonthlyReports.of({
        create: Effect.fn("MonthlyReports.create")(function* (input) {
          const { month, oem } = yield* decodeMonthly(input)
          return yield* reports.create(oem, (timezone) => monthOf(month, timezone), "month")
        }),
        regenerate: Effect.fn("MonthlyReports.regenerate")(reports.regenerate),
        submit: Effect.fn("MonthlyReports.submit")(reports.submit),
        get: Effect.fn("MonthlyReports.get")(reports.get),
        list: Effect.fn("MonthlyReports.list")(reports.list)
      })
    })
  )
}
