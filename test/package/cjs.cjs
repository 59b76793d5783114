/** The packed package as a CommonJS host sees it. Run by scripts/check-package.mjs in an empty folder. */
const assert = require("node:assert/strict")
const { check } = require("./check.cjs")

// Every sub-path of the package is there and exports something.
const { exports: entries } = require("billwright/package.json")
for (const path of Object.keys(entries).filter((entry) => entry !== "./package.json")) {
  assert.ok(Object.keys(require(`billwright${path.slice(1)}`)).length > 0, path)
}

check({
  billwright: require("billwright"),
  pricing: require("billwright/pricing"),
  sqlite: require("billwright/sqlite"),
  postgres: require("billwright/postgres"),
  pdf: require("billwright/pdf"),
  exportFiles: require("billwright/exports"),
  secrets: require("billwright/secrets"),
  testing: require("billwright/testing"),
  webhooks: require("billwright/webhooks"),
  effect: require("effect"),
  SqlClient: require("@effect/sql/SqlClient"),
  assert
}).catch((error) => {
  process.stderr.write(`${error.stack}\n`)
  process.exitCode = 1
})
