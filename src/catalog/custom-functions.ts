/** The host's functions for custom charges. */
import { Context } from "effect"
import type { CustomFunction } from "../pricing/index.js"

/** By the metric's code. */
export type HostFunctions = ReadonlyMap<string, CustomFunction>

/** The functions that the host registered; none unless it says so. */
export class CustomFunctions extends Context.Reference<CustomFunctions>()("billwright/CustomFunctions", {
  defaultValue: (): HostFunctions => new Map()
}) {}
