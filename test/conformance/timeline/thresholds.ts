/** Usage thresholds of a case: made under their owner, and called by their names in it. */
import { Effect } from "effect"
import { type CreateThresholdInput, UsageThresholds } from "../../../src/invoicing/index.js"
import type { ThresholdSetup } from "./case.js"
import type { Names } from "./names.js"

export const addThresholds = (
  thresholds: ReadonlyArray<ThresholdSetup> | undefined,
  owner: Pick<CreateThresholdInput, "plan_code" | "external_subscription_id">,
  names: Names
) =>
  Effect.forEach(
    thresholds ?? [],
    ({ code, ...given }) =>
      Effect.flatMap(UsageThresholds, (service) =>
        Effect.map(service.create({ ...given, ...owner }), ({ id }) => {
          names.add(id, code)
        })
      ),
    { discard: true }
  )
