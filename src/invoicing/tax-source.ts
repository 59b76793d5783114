/** Who gives the rates of taxes in place of an organization's own: a port, since integrations stand on a floor above. */
import { Context, Effect } from "effect"
import type { SuppliedTax } from "../catalog/index.js"
import type { CurrentOrganization, StorageError } from "../core/index.js"
import type { TaxQuestion } from "./tax-question.js"

/** The taxes of each line of a question, in their order. */
export interface SourceAnswer {
  readonly outcome: "answered"
  readonly integration_id: string
  readonly provider_type: string
  readonly taxes: ReadonlyArray<ReadonlyArray<SuppliedTax>>
}

/** No rates: `code` is the connector's, `reason` its words for people, without any secret. */
export interface SourceFailure {
  readonly outcome: "failed"
  readonly integration_id: string | null
  readonly provider_type: string
  readonly code: string
  readonly reason: string
  /** Whether the next question would meet the same: the system is out of order, or refuses us. */
  readonly is_outage: boolean
}

export interface TaxSourceShape {
  /** Asks the organization's tax integration about each document, in order; changes nothing in its system. Outside of any transaction. */
  readonly ask: (
    questions: ReadonlyArray<TaxQuestion>
  ) => Effect.Effect<ReadonlyArray<SourceAnswer | SourceFailure>, StorageError, CurrentOrganization>
}

const NOBODY: SourceFailure = {
  outcome: "failed",
  integration_id: null,
  provider_type: "tax",
  code: "not_configured",
  reason: "no tax integration is set up",
  is_outage: true
}

/** Nobody unless integrations are part of the composition. */
export class TaxSource extends Context.Reference<TaxSource>()("billwright/TaxSource", {
  defaultValue: (): TaxSourceShape => ({ ask: (questions) => Effect.succeed(questions.map(() => NOBODY)) })
}) {}
