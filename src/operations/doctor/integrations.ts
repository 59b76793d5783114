/**
 * Integrations against their queue and history: every credential is sealed (X5), every mapping has a sync that succeeded (S2), and no call stays open
 * that nobody is at (S3). Pure.
 */
import type { JsonObject } from "../../core/index.js"
import { type ProviderType, standsInClear } from "../../integrations/index.js"
import type { Invariant, Violation } from "./violation.js"

/** An integration with what its rows say of it. */
export interface RawIntegration {
  readonly id: string
  readonly provider_type: ProviderType
  readonly settings: JsonObject
  /** Mappings of which no sync has succeeded. */
  readonly unfounded: number
  /** Calls that are open, that no worker has claimed, and that began before what any call may take. */
  readonly forgotten: number
}

/** What does not hold of an integration. */
export const checkIntegration = (integration: RawIntegration): ReadonlyArray<Violation> => {
  const found: Array<Violation> = []
  const add = (code: Invariant, reason: string) => found.push({ code, table: "integrations", id: integration.id, reason })
  const clear = Object.entries(integration.settings).flatMap(([name, value]) => (standsInClear(integration, name, value) ? [name] : []))
  if (clear.length > 0) add("X5", `settings.${clear.join(", settings.")} is not sealed`)
  if (integration.unfounded > 0) add("S2", `${integration.unfounded} mappings without a sync that succeeded`)
  if (integration.forgotten > 0) add("S3", `${integration.forgotten} calls are open, and nobody is at them`)
  return found
}
