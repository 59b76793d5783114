import { Either } from "effect"
import { describe, expect, it } from "vitest"
import type { FeatureType } from "../../src/entitlements/index.js"
import { entitlementValue, isValueOf } from "../../src/entitlements/value.js"

const read = (type: FeatureType, value: unknown) => Either.getOrElse(entitlementValue(type, value), ({ field }) => `wrong ${field}`)

describe("the value of an entitlement", () => {
  it.each([
    ["boolean", true, "true"],
    ["boolean", "1", "true"],
    ["boolean", 1, "true"],
    ["boolean", false, "false"],
    ["boolean", "0", "false"],
    ["boolean", 0n, "false"],
    ["quantity", "100", "100"],
    ["quantity", "0100.50", "100.5"],
    ["quantity", "-0", "0"],
    ["quantity", 25n, "25"],
    ["quantity", "unlimited", "unlimited"],
    ["custom", "", ""],
    ["custom", "gold, 24 h", "gold, 24 h"]
  ] as const)("of a %s feature: %s is kept as %s", (type, given, kept) => {
    expect(read(type, given)).toBe(kept)
    expect(isValueOf(type, kept)).toBe(true)
  })

  it.each([
    ["boolean", "yes"],
    ["boolean", "TRUE"],
    ["boolean", 2],
    ["boolean", null],
    ["quantity", "-1"],
    ["quantity", "1e3"],
    ["quantity", ""],
    ["quantity", "Unlimited"],
    ["quantity", 100],
    ["quantity", true],
    ["quantity", "0.1234567890123456"],
    ["quantity", "9".repeat(41)],
    ["custom", 5],
    ["custom", "x".repeat(256)],
    ["custom", "a\u0000b"]
  ] as const)("of a %s feature: %s is refused", (type, given) => {
    expect(read(type, given)).toBe("wrong value")
  })

  it("has one spelling where it is stored", () => {
    expect(isValueOf("quantity", "100.0")).toBe(false)
    expect(isValueOf("boolean", "1")).toBe(false)
  })
})
