/** Errors of data exports. */
import { Schema } from "effect"
import { ExportStatus } from "./export.js"

/** No such export in this organization. */
export class DataExportNotFound extends Schema.TaggedError<DataExportNotFound>()("DataExportNotFound", { id: Schema.String }) {
  override get message() {
    return `data export ${this.id} not found`
  }
}

/** The export has no file to download: it waits, is being made, or failed. */
export class ExportNotReady extends Schema.TaggedError<ExportNotReady>()("ExportNotReady", { id: Schema.String, status: ExportStatus }) {
  override get message() {
    return `data export ${this.id} is ${this.status}`
  }
}

/** The export's file has been deleted, or is about to be: make a new one. */
export class ExportExpired extends Schema.TaggedError<ExportExpired>()("ExportExpired", { id: Schema.String }) {
  override get message() {
    return `the file of data export ${this.id} is not kept any more`
  }
}

/** The host's file store could not write, read or delete. */
export class ExportFileFailed extends Schema.TaggedError<ExportFileFailed>()("ExportFileFailed", {
  path: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.path}: ${this.reason}`
  }
}
