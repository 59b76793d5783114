import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { document, rewritten } from "../../scripts/webhook-reference.js"
import { webhookTypes } from "../../src/webhooks/index.js"

it("the reference of webhooks is that of the catalogue in the code", () => {
  const committed = readFileSync(document, "utf8")
  for (const type of webhookTypes) expect(committed).toContain(`### \`${type}\``)
  expect(rewritten(committed)).toBe(committed)
})
