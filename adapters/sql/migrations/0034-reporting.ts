/** Weekly and monthly reports, and submissions. */
import type { Migration } from "../migration.js"

const COUNTERS = ["total_leads", "surveys_completed", "installations_completed", "closure_packs_submitted"]
  .map((name) => `${name} {integer} NOT NULL CHECK (${name} >= 0),`)
  .join("\n      ")

/** A submitted report is final: its row is not written again. */
const FINAL = "OLD.submitted_at IS NOT NULL"

export const reporting: Migration = {
  id: 34,
  name: "reporting",
  statements: (dialect) => [
    `CREATE TABLE weekly_reports (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      oem {uuid} NOT NULL,
      week_start {date} NOT NULL,
      week_end {date} NOT NULL,
      ${COUNTERS}
      report_file {text},
      submitted_at {instant},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CONSTRAINT weekly_reports_week_start UNIQUE (organization_id, oem, week_start),
      FOREIGN KEY (organization_id, oem) REFERENCES oem_profiles (organization_id, id)
    ){table}`,
    `CREATE TABLE monthly_reports (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      oem {uuid} NOT NULL,
      month {date} NOT NULL,
      ${COUNTERS}
      total_revenue {decimal},
      revenue_currency {text},
      average_installation_time_days {decimal},
      sla_compliance_rate {decimal},
      report_file {text},
      submitted_at {instant},
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      CHECK ((total_revenue IS NULL) = (revenue_currency IS NULL)),
      CONSTRAINT monthly_reports_month UNIQUE (organization_id, oem, month),
      FOREIGN KEY (organization_id, oem) REFERENCES oem_profiles (organization_id, id)
    ){table}`,
    ...(["weekly", "monthly"] as const).flatMap((kind) =>
      dialect.refuse({
        name: `${kind}_reports_final`,
        table: `${kind}_reports`,
        before: "UPDATE",
        when: FINAL,
        message: "a submitted report is not changed"
      })
    ),
    `CREATE TABLE report_submissions (
      id {uuid} NOT NULL,
      organization_id {uuid} NOT NULL,
      report_type {text} NOT NULL CHECK (report_type IN ('weekly', 'monthly', 'closure_pack')),
      report_id {uuid} NOT NULL,
      submitted_by {uuid} NOT NULL,
      oem {uuid} NOT NULL,
      submitted_at {instant} NOT NULL,
      acknowledged {boolean} NOT NULL,
      created_at {instant} NOT NULL,
      updated_at {instant} NOT NULL,
      PRIMARY KEY (organization_id, id),
      FOREIGN KEY (organization_id, oem) REFERENCES oem_profiles (organization_id, id)
    ){table}`,
    `CREATE INDEX report_submissions_report_type ON report_submissions (organization_id, report_type, submitted_at)`,
    `CREATE INDEX report_submissions_oem ON report_submissions (organization_id, oem, submitted_at, id)`,
    `CREATE INDEX report_submissions_submitted_at ON report_submissions (organization_id, submitted_at, id)`,
    `CREATE INDEX report_submissions_of_report ON report_submissions (organization_id, report_id)`
  ]
}
