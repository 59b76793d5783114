/** The program of docs/payments.md, as it is printed there, against a local server that speaks Stripe's protocol. */
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import type { Server } from "node:http"
import type { AddressInfo } from "node:net"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import type { Billing } from "../../../src/client/index.js"
import type { CollectionRun } from "../../../src/payments/index.js"
import { stripeServer } from "./servers/stripe.js"

interface PrintedHost {
  readonly billing: Billing
  readonly server: Server
  readonly payAt: (organization: string, invoice_id: string) => Promise<string | null>
  readonly storeAt: (organization: string, external_customer_id: string) => Promise<string>
  readonly collect: (organization: string) => Promise<CollectionRun>
}

const printed = readFileSync(new URL("../../../docs/payments.md", import.meta.url), "utf8")
const program = /```ts stripe-host\n([\s\S]*?)```/.exec(printed)?.[1] ?? ""

it("connects Stripe from zero in under 40 lines", async () => {
  expect(program.trim().split("\n").length).toBeLessThan(40)
  const stripe = await stripeServer()
  process.env.STRIPE_SECRET_KEY = stripe.secretKey
  process.env.STRIPE_WEBHOOK_SECRET = stripe.webhookSecret
  const file = fileURLToPath(new URL(`printed-${process.pid}.ts`, import.meta.url))
  // As printed, but for where Stripe, the database and the port are.
  const placed = program
    .replace("stripe({", `stripe({ baseUrl: "${stripe.url}",`)
    .replace("billing.db", ":memory:")
    .replace("listen(3000)", "listen(0)")
  writeFileSync(file, placed)
  const host = await import(/* @vite-ignore */ file).finally(() => rmSync(file))
  const { billing, collect, payAt, server, storeAt } = host as PrintedHost
  const { id } = await billing.organizations.create({ name: "Acme", default_currency: "EUR" })
  const acme = billing.organization(id)
  const route = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/stripe/${id}`
  const deliver = async (address: string, as: "pays" | "stores") => {
    const answers = []
    for (const { body, headers } of await stripe.visit(address, as)) {
      answers.push((await fetch(route, { method: "POST", body: body as string, headers: headers as Record<string, string> })).status)
    }
    return answers
  }
  await acme.customers.create({ external_id: "c1", name: "Customer", email: "c1@example.com" })
  const bill = async () =>
    (
      await acme.invoices.oneOff({
        external_customer_id: "c1",
        currency: "EUR",
        lines: [{ description: "Setup", unit_amount_cents: "4900", units: "1" }]
      })
    ).invoice

  const first = await bill()
  expect(await deliver((await payAt(id, first.id))!, "pays")).toEqual([200, 200])
  expect((await acme.invoices.get(first.id)).invoice.status).toBe("paid")

  expect(await deliver(await storeAt(id, "c1"), "stores")).toEqual([200])
  const second = await bill()
  expect(await collect(id)).toMatchObject({ succeeded: 1 })
  expect((await acme.invoices.get(second.id)).invoice.status).toBe("paid")

  const forged = await fetch(route, { method: "POST", body: "{}", headers: { "stripe-signature": "t=1,v1=00" } })
  expect(forged.status).toBe(401)
  server.close()
  await billing.close()
  await stripe.close()
})
