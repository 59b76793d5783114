import { afterAll, beforeAll, describe, it } from "vitest"
import { manual } from "../../adapters/payments/manual.js"
import { paymentProviderConformance, scriptedProvider } from "../../adapters/testing/index.js"

const runner = { describe, it, beforeAll, afterAll }
const methods = { succeeds: "succeeds", fails: "fails" }

paymentProviderConformance("scripted", runner, async () => {
  const provider = scriptedProvider()
  const collected = async (key: string) => {
    const charge = provider.charges.get(key)
    return charge?.outcome.status === "succeeded" ? { times: 1, amount_cents: charge.call.amount_cents } : { times: 0, amount_cents: 0n }
  }
  return { provider, methods, collected, close: () => {} }
})

paymentProviderConformance("manual", runner, async () => ({
  provider: manual,
  methods,
  collected: async () => ({ times: 0, amount_cents: 0n }),
  close: () => {}
}))
