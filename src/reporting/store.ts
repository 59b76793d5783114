/** The ports to where packs, reports and submissions are kept, and to what reports are counted from. */
import { Context, type DateTime, type Effect } from "effect"
import type { CurrencyCode, CurrentOrganization, PageRequest, PageRows, StorageError } from "../core/index.js"
import type { Counters, Durations } from "./figures.js"
import type { ClosurePack, PackStatus } from "./pack.js"
import type { Period } from "./period.js"
import type { MonthlyReport, WeeklyReport } from "./report.js"
import type { ReportSubmission, ReportType } from "./submission.js"

type Call<A> = Effect.Effect<A, StorageError, CurrentOrganization>

export interface PackFilter {
  readonly status?: PackStatus | undefined
  readonly oem?: string | undefined
  readonly submitted_from?: DateTime.Utc | undefined
  readonly submitted_to?: DateTime.Utc | undefined
  /** Only what was submitted at least once. */
  readonly handed_over?: boolean
}

export interface PackStoreShape {
  readonly insert: (pack: ClosurePack) => Effect.Effect<void, StorageError>
  readonly save: (pack: ClosurePack) => Effect.Effect<void, StorageError>
  readonly find: (by: { readonly id: string } | { readonly installation: string }) => Call<ClosurePack | undefined>
  readonly page: (filter: PackFilter, request: PageRequest) => Call<PageRows<ClosurePack>>
}
export class PackStore extends Context.Tag("billwright/PackStore")<PackStore, PackStoreShape>() {}

/** Reports by their kind. */
export interface ReportRows {
  readonly weekly: WeeklyReport
  readonly monthly: MonthlyReport
}
export type ReportKind = keyof ReportRows

export interface ReportFilter {
  readonly oem?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly submitted?: boolean | undefined
}

/** Net amounts in whole minor units: what was invoiced, less what was credited. */
export interface NetRevenue {
  readonly cents: bigint
  readonly currency: CurrencyCode
}

export interface ReportStoreShape {
  readonly insert: <K extends ReportKind>(kind: K, report: ReportRows[K]) => Effect.Effect<void, StorageError>
  readonly save: <K extends ReportKind>(kind: K, report: ReportRows[K]) => Effect.Effect<void, StorageError>
  readonly find: <K extends ReportKind>(kind: K, id: string, lock: boolean) => Call<ReportRows[K] | undefined>
  readonly ofPeriod: <K extends ReportKind>(kind: K, oem: string, first_day: string) => Call<ReportRows[K] | undefined>
  readonly page: <K extends ReportKind>(kind: K, filter: ReportFilter, request: PageRequest) => Call<PageRows<ReportRows[K]>>
  /** First entries of an OEM's things in a period (F2). */
  readonly counters: (oem: string, period: Period) => Call<Counters>
  /** Jobs completed in a period, time on hold left out; `sla_millis` is the time agreed. */
  readonly durations: (oem: string, period: Period, sla_millis: bigint) => Call<Durations>
  /** A customer's net invoices of a period less its net credit notes (F3); undefined where there is no such customer. */
  readonly revenue: (customer_id: string, period: Period) => Call<NetRevenue | undefined>
}
export class ReportStore extends Context.Tag("billwright/ReportStore")<ReportStore, ReportStoreShape>() {}

export interface SubmissionFilter {
  readonly report_type?: ReportType | undefined
  readonly oem?: string | undefined
  readonly acknowledged?: boolean | undefined
  readonly from?: DateTime.Utc | undefined
  readonly to?: DateTime.Utc | undefined
}

/** Submissions of a type: those that the OEM has acknowledged, and the others. */
export interface SubmissionCounts {
  readonly report_type: ReportType
  readonly acknowledged: number
  readonly open: number
}

/** What a dashboard asks of the database. */
export interface DashboardFacts {
  readonly open_packs: ReadonlyArray<ClosurePack>
  readonly submissions: ReadonlyArray<SubmissionCounts>
  /** Packs that an OEM has answered, and those of them that it accepted at the first submission. */
  readonly answered: number
  readonly accepted_first: number
  /** Leads on hold since before an instant, longest first. */
  readonly held: ReadonlyArray<{ readonly lead: string; readonly oem: string; readonly since: DateTime.Utc }>
  readonly oems: ReadonlyArray<{ readonly id: string; readonly timezone: string; readonly created_at: DateTime.Utc }>
  /** Periods whose report was submitted. */
  readonly submitted: ReadonlyArray<{ readonly oem: string; readonly report_type: "weekly" | "monthly"; readonly first_day: string }>
}

export interface SubmissionStoreShape {
  readonly insert: (submission: ReportSubmission) => Effect.Effect<void, StorageError>
  readonly save: (submission: ReportSubmission) => Effect.Effect<void, StorageError>
  readonly find: (id: string, lock: boolean) => Call<ReportSubmission | undefined>
  readonly page: (filter: SubmissionFilter, request: PageRequest) => Call<PageRows<ReportSubmission>>
  /** Leads count as held where they were before `held_before`; periods from `since` on. */
  readonly dashboard: (input: { readonly held_before: DateTime.Utc; readonly since: string }) => Call<DashboardFacts>
}
export class SubmissionStore extends Context.Tag("billwright/SubmissionStore")<SubmissionStore, SubmissionStoreShape>() {}
