/** What operators do with a database: its revision, its invariants, its runs. */

export * from "./analytics/analytics.js"
export type { MrrMovement, RawMovement } from "./analytics/figures.js"
export * from "./analytics/store.js"
export { AuditTrail, type AuditTrailShape, type AuditVerdict } from "./audit/audit-trail.js"
export { type BrokenRow, type Digest, GENESIS } from "./audit/chain.js"
export { type AuditEntry, entriesOf, type RowChange } from "./audit/change.js"
export type {
  AuditAction,
  AuditChanges,
  AuditHead,
  AuditLog,
  AuditLogId,
  AuditTrailInput,
  KnownHeadInput,
  ListAuditLogsInput,
  SealedRow
} from "./audit/entry.js"
export { type AuditedTable, auditedTables, unauditedTables } from "./audit/resources.js"
export { auditingLayer } from "./audit/sealing.js"
export { type AuditFilter, AuditStore, type AuditStoreShape } from "./audit/store.js"
export type { EventFees } from "./doctor/advance.js"
export type { RawApplication } from "./doctor/coupons.js"
export * from "./doctor/doctor.js"
export type { RawEntitlement } from "./doctor/entitlements.js"
export { type Examination, Examinations } from "./doctor/examinations.js"
export type { RawIntegration } from "./doctor/integrations.js"
export type { BookedPage, RawEntry, RawSource } from "./doctor/ledger.js"
export type { RawNote } from "./doctor/notes.js"
export type { Raise, RawNumber, RawSeries } from "./doctor/numbers.js"
export type { RawCharge, RawPayment, RawRequest } from "./doctor/payments.js"
export type { RawAhead, RawAheadFee, RawCrossing } from "./doctor/progressive.js"
export type { RawDocument, RawFee, RawInvoice, RawTax } from "./doctor/raw.js"
export * from "./doctor/store.js"
export type { EventQuery, FeeCounts } from "./doctor/usage.js"
export * from "./doctor/violation.js"
export type { RawWallet } from "./doctor/wallets.js"
export type { RawWebhook } from "./doctor/webhooks.js"
export type { RawLife, RawWindow } from "./doctor/windows.js"
export * from "./exports/data-exports.js"
export * from "./exports/errors.js"
export {
  DataExport,
  DataExportId,
  ExportFormat,
  ExportStatus,
  ExportType,
  type ListExportsInput
} from "./exports/export.js"
export * from "./exports/export-runs.js"
export { type ExportFiles, Exporting, type ExportSetup } from "./exports/files.js"
export type { ExportRow } from "./exports/lines.js"
export type { CreateExportInput, ExportInput, ExportQuery } from "./exports/query.js"
export * from "./exports/store.js"
export {
  type AnswerCodec,
  Idempotency,
  type IdempotencyShape,
  type Once,
  type OnceError,
  type OnceOptions
} from "./idempotency/idempotency.js"
export { IdempotencyInProgress, IdempotencyMismatch, type IdempotencyRecord, type KeyedCall } from "./idempotency/record.js"
export * from "./idempotency/store.js"
export * from "./notices/admin-notifications.js"
export { AdminNotification, AdminNotificationId, type ListNotificationsInput, NoticeCategory, type Occasion } from "./notices/notice.js"
export * from "./notices/store.js"
export * from "./revision.js"
export { Search, type SearchHits, type SearchInput, type SearchShape, SearchStore, type SearchText } from "./search/search.js"
