import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { document, redrawn } from "../../scripts/state-diagram.js"

it("the drawing of a subscription's states is that of the table in the code", () => {
  const committed = readFileSync(document, "utf8")
  expect(committed).toContain("stateDiagram-v2")
  expect(redrawn(committed)).toBe(committed)
})
