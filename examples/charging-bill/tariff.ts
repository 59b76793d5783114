/** The tariff that the sessions are billed with: three metrics, one plan, one tax. Prices are decimal texts in NOK. */
import type { CreateMetricInput, CreatePlanInput, CreateTaxInput } from "billwright"

/** What is measured. Each session makes an event of each metric, at the time of plugging in. */
export const METRICS = [
  { code: "energy", name: "Energy", aggregation_type: "sum", field_name: "kwh" },
  { code: "sessions", name: "Sessions", aggregation_type: "count" },
  { code: "connection_hours", name: "Hours connected", aggregation_type: "sum", field_name: "hours" }
] as const satisfies ReadonlyArray<CreateMetricInput>

export type MetricCode = (typeof METRICS)[number]["code"]

export const PLAN = {
  code: "home-charging",
  name: "Home charging",
  interval: "monthly",
  currency: "NOK",
  // The base fee of a month in øre.
  amount_cents: 4900n,
  charges: [
    {
      metric_code: "energy",
      charge_model: "graduated",
      properties: {
        tiers: [
          { up_to: "100", unit_price: "1.9500" },
          { up_to: "300", unit_price: "1.7250" },
          { up_to: null, unit_price: "1.4900" }
        ]
      }
    },
    {
      metric_code: "sessions",
      charge_model: "package",
      properties: { amount: "5.00", package_size: "10", free_units: "10" }
    },
    {
      metric_code: "connection_hours",
      charge_model: "volume",
      properties: {
        tiers: [
          { up_to: "200", unit_price: "0" },
          { up_to: null, unit_price: "0.0525" }
        ]
      }
    }
  ]
} satisfies CreatePlanInput

/** On everything that the organization bills. */
export const TAX = { code: "mva", name: "MVA", rate: "0.25", applied_to_organization: true } satisfies CreateTaxInput
