/** API keys over both engines: shown once, kept as a hash, revoked for good, rotated, asked for. */
import { createHash } from "node:crypto"
import * as SqlClient from "@effect/sql/SqlClient"
import { DateTime, Effect } from "effect"
import { expect, it } from "vitest"
import { ApiKeys, Organizations } from "../../src/accounts/index.js"
import { CurrentOrganization } from "../../src/core/index.js"
import { describeBilling } from "../support/billing.js"

const keys = <A, E, R>(use: (service: typeof ApiKeys.Service) => Effect.Effect<A, E, R>) => Effect.flatMap(ApiKeys, use)
const NOBODY = { _tag: "Unauthenticated", message: "no valid API key" }

describeBilling("API keys", (host) => {
  it("an organization begins with one, told once; what is stored is its hash and its first 12 characters", async () => {
    const tenant = await host.tenant()
    const made = await tenant.run(Effect.flatMap(Organizations, (service) => service.create({ name: "New" })))
    const { key, ...row } = made.api_key
    expect(key).toMatch(/^bw_live_[0-9a-f]{64}$/)
    expect(row).toMatchObject({ name: "Initial key", key_prefix: key.slice(0, 12), status: "active", expires_at: null, last_used_at: null })
    const here = Effect.provideService(CurrentOrganization, made.id)
    const listed = await tenant.run(keys((service) => service.list({ total: true })).pipe(here))
    expect(listed).toEqual({ items: [row], next: null, total: 1 })
    const [stored] = await tenant.run(
      Effect.flatMap(SqlClient.SqlClient, (sql) => sql<{ key_hash: string }>`SELECT * FROM api_keys WHERE id = ${row.id}`).pipe(here)
    )
    expect(stored!.key_hash).toBe(createHash("sha256").update(key).digest("hex"))
    expect(JSON.stringify(stored)).not.toContain(key.slice(12))
    const other = await tenant.run(Effect.flatMap(Organizations, (service) => service.get()).pipe(here))
    expect(other).not.toHaveProperty("api_key")
  })

  it("a header with a valid key says whose call it is and when it was used; all others are refused alike", async () => {
    const tenant = await host.tenant()
    tenant.at("2025-01-01T00:00:00Z")
    const made = await tenant.run(keys((service) => service.create({ name: "CI", expires_at: "2025-01-03T00:00:00Z" })))
    const ask = (header: string | null | undefined) => keys((service) => service.authenticate(header))
    const bearer = `Bearer ${made.key}`
    tenant.at("2025-01-02T00:00:00Z")
    const used = await tenant.run(ask(bearer))
    expect(used).toMatchObject({
      id: made.id,
      organization_id: tenant.organization,
      last_used_at: DateTime.unsafeMake("2025-01-02T00:00:00Z")
    })
    // Within the same second nothing is written again.
    tenant.at("2025-01-02T00:00:00.900Z")
    await tenant.run(ask(bearer))
    const listed = () =>
      tenant.run(
        Effect.map(
          keys((service) => service.list()),
          ({ items }) => items[0]!.last_used_at?.epochMillis
        )
      )
    expect(await listed()).toBe(Date.UTC(2025, 0, 2))
    tenant.at("2025-01-02T00:00:01Z")
    await tenant.run(ask(`bearer  ${made.key} `))
    expect(await listed()).toBe(Date.UTC(2025, 0, 2, 0, 0, 1))

    const unknown = `Bearer bw_live_${"0".repeat(64)}`
    for (const header of [null, undefined, "", made.key, "Bearer", "Bearer x", `Basic ${made.key}`, `${bearer} x`, unknown]) {
      expect(await tenant.fail(ask(header))).toMatchObject(NOBODY)
    }
    tenant.at("2025-01-03T00:00:00Z")
    expect(await tenant.fail(ask(bearer))).toMatchObject(NOBODY)
    const rotate = keys((service) => service.rotate(made.id))
    expect(await tenant.fail(rotate)).toMatchObject({ _tag: "InvalidTransition", entity: "ApiKey", from: "expired", action: "rotate" })
    for (const expires_at of ["2025-01-03T00:00:00Z", "2024-01-01T00:00:00Z"]) {
      const late = keys((service) => service.create({ name: "late", expires_at }))
      expect(await tenant.fail(late)).toMatchObject({ _tag: "InvalidInput", field: "expires_at" })
    }
  })

  it("a revoked key opens nothing any more, and a rotated one hands over its name and expiry", async () => {
    const [tenant, other] = [await host.tenant(), await host.tenant()]
    tenant.at("2025-01-01T00:00:00Z")
    const first = await tenant.run(keys((service) => service.create({ name: "Server", expires_at: "2026-01-01T00:00:00Z" })))
    const ask = (key: string) => keys((service) => service.authenticate(`Bearer ${key}`))
    const second = await tenant.run(keys((service) => service.rotate(first.id)))
    expect(second).toMatchObject({ name: "Server", expires_at: first.expires_at, status: "active" })
    expect(second.key).not.toBe(first.key)
    expect(await tenant.fail(ask(first.key))).toMatchObject(NOBODY)
    expect(await tenant.run(ask(second.key))).toMatchObject({ id: second.id })

    const revoke = keys((service) => service.revoke(second.id))
    expect(await other.fail(revoke)).toMatchObject({ _tag: "ApiKeyNotFound", id: second.id })
    expect(await tenant.run(revoke)).toMatchObject({ status: "revoked" })
    expect(await tenant.fail(ask(second.key))).toMatchObject(NOBODY)
    expect(await tenant.fail(revoke)).toMatchObject({ _tag: "InvalidTransition", from: "revoked", action: "revoke" })
    expect(await tenant.fail(keys((service) => service.rotate(second.id)))).toMatchObject({ _tag: "InvalidTransition", from: "revoked" })
    const revive = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`UPDATE api_keys SET status = 'active' WHERE id = ${second.id}`)
    await expect(tenant.run(revive)).rejects.toThrow()
    const byStatus = await tenant.run(keys((service) => service.list({ status: "revoked", order_by: "created_at:asc" })))
    expect(byStatus.items.map(({ id }) => id).toSorted()).toEqual([first.id, second.id].toSorted())
  })
})
