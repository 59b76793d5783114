/** The packed package as a CommonJS host sees it. Run by scripts/check-package.mjs in an empty folder. */
const { check } = require("./check.cjs")

check({
  billwright: require("billwright"),
  pricing: require("billwright/pricing"),
  sqlite: require("billwright/sqlite"),
  postgres: require("billwright/postgres"),
  pdf: require("billwright/pdf"),
  secrets: require("billwright/secrets"),
  testing: require("billwright/testing"),
  webhooks: require("billwright/webhooks"),
  effect: require("effect"),
  SqlClient: require("@effect/sql/SqlClient"),
  assert: require("node:assert/strict")
}).catch((error) => {
  process.stderr.write(`${error.stack}\n`)
  process.exitCode = 1
})
