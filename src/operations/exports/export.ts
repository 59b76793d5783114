/** A data export: a job that writes rows of one kind into a file, and what is said of it. */
import { Schema } from "effect"
import { brandedId, Instant, OrganizationId, pageFields } from "../../core/index.js"

export const DataExportId = brandedId("DataExportId")
export type DataExportId = typeof DataExportId.Type

export const ExportType = Schema.Literal("invoices", "customers", "subscriptions", "events", "fees", "credit_notes", "audit_logs")
export type ExportType = typeof ExportType.Type

export const ExportStatus = Schema.Literal("pending", "processing", "completed", "failed")
export type ExportStatus = typeof ExportStatus.Type

/** CSV as RFC 4180 has it, or a JSON object a line. */
export const ExportFormat = Schema.Literal("csv", "jsonl")
export type ExportFormat = typeof ExportFormat.Type

export const DataExport = Schema.Struct({
  id: DataExportId,
  organization_id: OrganizationId,
  export_type: ExportType,
  format: ExportFormat,
  status: ExportStatus,
  /** As they were given; instants as ISO 8601 in UTC. */
  filters: Schema.Record({ key: Schema.String, value: Schema.String }),
  /** Where the file is within the host's file store; null before it is there and after it was deleted. */
  file_path: Schema.NullOr(Schema.String),
  /** Rows in the file. */
  record_count: Schema.Int,
  /** Percent of the rows that were there at its start. */
  progress: Schema.Int,
  error_message: Schema.NullOr(Schema.String),
  started_at: Schema.NullOr(Instant),
  completed_at: Schema.NullOr(Instant),
  /** From when on the file is not there any more; null while there is none. */
  expires_at: Schema.NullOr(Instant),
  created_at: Instant,
  updated_at: Instant
})
export type DataExport = typeof DataExport.Type

/** What `DataExports.list` takes. Sorted by `created_at`. */
export const ListExports = Schema.Struct({
  ...pageFields,
  export_type: Schema.optional(ExportType),
  status: Schema.optional(ExportStatus)
})
export type ListExportsInput = typeof ListExports.Encoded

/** Days that a file is kept. */
export const KEPT_DAYS = 7

/** Where a file is: of ids only, so that no text of anybody is part of a path. */
export const pathOf = ({ format, id, organization_id }: Pick<DataExport, "format" | "id" | "organization_id">): string =>
  `${organization_id}/${id}.${format}`
