/** Data exports on Node: `billwright/exports`. CSV, and where files are kept: a folder, or memory for tests. */
import type { ExportFiles, ExportSetup } from "../../src/operations/index.js"
import { csv } from "./csv.js"

export { ExportFileFailed, type ExportFiles, type ExportSetup } from "../../src/operations/index.js"
export { folder } from "./folder.js"
export { type MemoryFiles, memory } from "./memory.js"

/** What `createBilling` takes as `exports`: files go to `files`, which is `folder(path)` or a store of your own. */
export const exportsTo = (files: ExportFiles): ExportSetup => ({ files, csv })
