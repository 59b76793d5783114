/** The services of reporting over their stores. */
import { Layer } from "effect"
import type { Ids, Transactor } from "../core/index.js"
import type { CallStore, FieldStore, OemStore, Recording } from "../fieldwork/index.js"
import { ClosurePacks } from "./packs.js"
import { MonthlyReports, WeeklyReports } from "./reports.js"
import type { PackStore, ReportStore, SubmissionStore } from "./store.js"
import { Submissions } from "./submissions.js"

export const reportingLayer: Layer.Layer<
  ClosurePacks | WeeklyReports | MonthlyReports | Submissions,
  never,
  PackStore | ReportStore | SubmissionStore | FieldStore | CallStore | OemStore | Recording | Transactor | Ids
> = Layer.mergeAll(ClosurePacks.layer, WeeklyReports.layer, MonthlyReports.layer, Submissions.layer)
