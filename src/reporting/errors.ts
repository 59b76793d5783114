/** Errors of closure packs, reports and submissions. */
import { Schema } from "effect"

const Id = { id: Schema.String }

export class ClosurePackNotFound extends Schema.TaggedError<ClosurePackNotFound>()("ClosurePackNotFound", Id) {
  override get message() {
    return `closure pack ${this.id} not found`
  }
}

export class WeeklyReportNotFound extends Schema.TaggedError<WeeklyReportNotFound>()("WeeklyReportNotFound", Id) {
  override get message() {
    return `weekly report ${this.id} not found`
  }
}

export class MonthlyReportNotFound extends Schema.TaggedError<MonthlyReportNotFound>()("MonthlyReportNotFound", Id) {
  override get message() {
    return `monthly report ${this.id} not found`
  }
}

export class SubmissionNotFound extends Schema.TaggedError<SubmissionNotFound>()("SubmissionNotFound", Id) {
  override get message() {
    return `submission ${this.id} not found`
  }
}

/** The installation has a pack; there is one for each. */
export class PackExists extends Schema.TaggedError<PackExists>()("PackExists", { installation: Schema.String }) {
  override get message() {
    return `installation ${this.installation} has a closure pack already`
  }
}

/** The OEM has a report of this period; there is one for each. */
export class ReportExists extends Schema.TaggedError<ReportExists>()("ReportExists", { oem: Schema.String, period: Schema.String }) {
  override get message() {
    return `OEM ${this.oem} has a report of ${this.period} already`
  }
}

/** What is to be submitted is another OEM's. */
export class OemMismatch extends Schema.TaggedError<OemMismatch>()("OemMismatch", { expected: Schema.String, given: Schema.String }) {
  override get message() {
    return `expected OEM ${this.expected}, given ${this.given}`
  }
}
