/** The packed package as TypeScript sees it, as ESM and as CommonJS. Type-checked by scripts/check-package.mjs in an empty folder. */
import * as billwright from "billwright"
import * as exportFiles from "billwright/exports"
import * as pdf from "billwright/pdf"
import * as postgres from "billwright/postgres"
import * as pricing from "billwright/pricing"
import * as secrets from "billwright/secrets"
import * as sqlite from "billwright/sqlite"
import * as testing from "billwright/testing"
import * as webhooks from "billwright/webhooks"
import type { Layer } from "effect"

/** Fails to compile where a declaration was lost and the type became `any`. */
type Known<T> = 0 extends 1 & T ? never : T

export const entries: [
  Known<typeof billwright>,
  Known<typeof pricing>,
  Known<typeof exportFiles>,
  Known<typeof secrets>,
  Known<typeof testing>,
  Known<typeof webhooks>
] = [billwright, pricing, exportFiles, secrets, testing, webhooks]

export const printer: Known<billwright.DocumentPrinter> = pdf.pdf()

export const error: Known<billwright.StorageError> = new billwright.StorageError({ operation: "open", reason: "busy" })

export const services: Layer.Layer<Known<billwright.Transactor>, billwright.StorageError> = sqlite.layer({ filename: ":memory:" })

export const pooled: Layer.Layer<Known<billwright.Transactor>, billwright.StorageError> = postgres.layer({
  url: "postgres://localhost/bills"
})

// @ts-expect-error a file name is text
sqlite.layer({ filename: 1 })
