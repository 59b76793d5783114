/** The packed package as an ESM host sees it. Run by scripts/check-package.mjs in an empty folder. */
import assert from "node:assert/strict"
import { createRequire } from "node:module"
import * as SqlClient from "@effect/sql/SqlClient"
import * as billwright from "billwright"
import * as exportFiles from "billwright/exports"
import * as pdf from "billwright/pdf"
import * as postgres from "billwright/postgres"
import * as pricing from "billwright/pricing"
import * as secrets from "billwright/secrets"
import * as sqlite from "billwright/sqlite"
import * as testing from "billwright/testing"
import * as webhooks from "billwright/webhooks"
import * as effect from "effect"
import { check } from "./check.cjs"

// Every sub-path of the package is there and exports something.
const { exports: entries } = createRequire(import.meta.url)("billwright/package.json")
for (const path of Object.keys(entries).filter((entry) => entry !== "./package.json")) {
  assert.ok(Object.keys(await import(`billwright${path.slice(1)}`)).length > 0, path)
}

await check({ billwright, pricing, sqlite, postgres, pdf, exportFiles, secrets, testing, webhooks, effect, SqlClient, assert })
