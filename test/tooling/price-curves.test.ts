import { readFileSync } from "node:fs"
import { basename } from "node:path"
import { expect, it } from "vitest"
import { pictures } from "../../scripts/price-curves.js"
import { CHARGE_MODELS } from "../../src/pricing/index.js"

it("there is a picture of every charge model's price curve", () => {
  expect(pictures.map(({ file }) => basename(file)).sort()).toEqual(
    CHARGE_MODELS.map((model) => `price-${model.replace("_", "-")}.svg`).sort()
  )
})

it.each(pictures.map(({ file, svg }) => [basename(file), file, svg] as const))("%s is what the code prices today", (_, file, svg) => {
  expect(readFileSync(file, "utf8")).toBe(svg)
  // A light ground, both axes with their units, nothing outside the frame.
  expect(svg).toContain('fill="#ffffff"')
  expect(svg).toContain("price, EUR")
  const numbers = [...svg.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)] as const)
  expect(numbers.length).toBeGreaterThan(5)
  for (const [x, y] of numbers) {
    expect(x).toBeGreaterThanOrEqual(64)
    expect(x).toBeLessThanOrEqual(616)
    expect(y).toBeGreaterThanOrEqual(72)
    expect(y).toBeLessThanOrEqual(316)
  }
})
