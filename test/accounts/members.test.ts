/** Members over both engines: roles, what each may do, and the last owner, who stays. */
import { Effect } from "effect"
import { expect, it } from "vitest"
import { sqlite } from "../../adapters/sqlite/index.js"
import { CurrentMember, Members, Organizations } from "../../src/accounts/index.js"
import { createBilling } from "../../src/client/index.js"
import { CurrentOrganization } from "../../src/core/index.js"
import { describeBilling } from "../support/billing.js"

const members = <A, E, R>(use: (service: typeof Members.Service) => Effect.Effect<A, E, R>) => Effect.flatMap(Members, use)
const as = (user: string) => Effect.provideService(CurrentMember, user)

describeBilling("members", (host) => {
  it("are added, listed, given other roles and removed, each user once", async () => {
    const { fail, run } = await host.tenant()
    const anna = await run(members((service) => service.add({ user_id: "anna", role: "owner" })))
    await run(members((service) => service.add({ user_id: "bo" })))
    expect(await fail(members((service) => service.add({ user_id: "bo", role: "admin" })))).toMatchObject({
      _tag: "ExternalIdTaken",
      entity: "member"
    })
    expect(await fail(members((service) => service.add({ user_id: "cy", role: "king" as never })))).toMatchObject({
      _tag: "InvalidInput",
      field: "role"
    })
    expect(await run(members((service) => service.get("anna")))).toEqual(anna)
    expect((await run(members((service) => service.update("bo", { role: "admin" })))).role).toBe("admin")
    expect((await run(members((service) => service.list({ role: "admin" })))).items.map(({ user_id }) => user_id)).toEqual(["bo"])
    await run(members((service) => service.remove("bo")))
    for (const user of ["bo", "a\u0000"]) {
      expect(await fail(members((service) => service.get(user)))).toMatchObject({ _tag: "MemberNotFound", id: user })
    }
  })

  it("the last owner is neither removed nor demoted, whoever asks at the same time", async () => {
    const { fail, run } = await host.tenant()
    await run(members((service) => service.add({ user_id: "anna", role: "owner" })))
    expect(await fail(members((service) => service.remove("anna")))).toMatchObject({ _tag: "LastOwner", user_id: "anna" })
    expect(await fail(members((service) => service.update("anna", { role: "member" })))).toMatchObject({ _tag: "LastOwner" })
    await run(members((service) => service.add({ user_id: "bo", role: "owner" })))
    const both = await run(
      Effect.all(
        ["anna", "bo"].map((user) => Effect.either(members((service) => service.remove(user)))),
        { concurrency: "unbounded" }
      )
    )
    expect(both.map(({ _tag }) => _tag).toSorted()).toEqual(["Left", "Right"])
    expect((await run(members((service) => service.list()))).items).toHaveLength(1)
  })

  it("only an owner makes, changes and removes owners", async () => {
    const { fail, run } = await host.tenant()
    for (const [user_id, role] of [
      ["anna", "owner"],
      ["bo", "admin"],
      ["cy", "member"]
    ] as const) {
      await run(members((service) => service.add({ user_id, role })))
    }
    const refused = [
      fail(members((service) => service.add({ user_id: "di", role: "owner" })).pipe(as("bo"))),
      fail(members((service) => service.update("cy", { role: "owner" })).pipe(as("bo"))),
      fail(members((service) => service.update("anna", { role: "admin" })).pipe(as("bo"))),
      fail(members((service) => service.remove("anna")).pipe(as("bo"))),
      fail(members((service) => service.add({ user_id: "di" })).pipe(as("cy"))),
      fail(members((service) => service.add({ user_id: "di" })).pipe(as("nobody")))
    ]
    for (const error of await Promise.all(refused)) expect(error).toMatchObject({ _tag: "NotPermitted" })
    await run(members((service) => service.add({ user_id: "di" })).pipe(as("bo")))
    await run(members((service) => service.update("cy", { role: "owner" })).pipe(as("anna")))
  })

  it("an organization begins with the owner that is named", async () => {
    const { run } = await host.tenant()
    const { id } = await run(Effect.flatMap(Organizations, (service) => service.create({ name: "New", owner: "anna" })))
    const { items } = await run(
      Effect.provideService(
        members((service) => service.list()),
        CurrentOrganization,
        id
      )
    )
    expect(items.map(({ role, user_id }) => [user_id, role])).toEqual([["anna", "owner"]])
  })
})

it("a call as a member does what the role may, and is refused before anything is written else", async () => {
  const billing = await createBilling({ database: sqlite(":memory:") })
  const { id } = await billing.organizations.create({ name: "Acme", owner: "anna" })
  const acme = billing.organization(id)
  await acme.members.add({ user_id: "bo", role: "admin" })
  await acme.members.add({ user_id: "cy" })
  const may = async (user: string) => {
    const mine = acme.asMember(user)
    const calls = {
      read: () => mine.plans.list(),
      customer: () => mine.customers.create({ external_id: user, name: user }),
      tax: () => mine.taxes.create({ code: user, name: user, rate: "0.1" }, { idempotencyKey: user }),
      key: () => mine.apiKeys.create({ name: user }),
      settings: () => mine.update({ name: `Acme of ${user}` })
    }
    const outcomes = await Promise.all(
      Object.entries(calls).map(
        async ([name, call]) =>
          [
            name,
            await call().then(
              () => "done",
              (error) => error._tag
            )
          ] as const
      )
    )
    return outcomes.filter(([, outcome]) => outcome === "done").map(([name]) => name)
  }
  expect(await may("anna")).toEqual(["read", "customer", "tax", "key", "settings"])
  expect(await may("bo")).toEqual(["read", "customer", "tax", "key"])
  expect(await may("cy")).toEqual(["read", "customer"])
  expect(await may("nobody")).toEqual([])
  await expect(acme.asMember("cy").webhookEndpoints.rotateEd25519Key()).rejects.toMatchObject({ _tag: "NotPermitted", role: "member" })
  await expect(acme.asMember("cy").dataExports.download("none")).rejects.toMatchObject({ _tag: "NotPermitted", role: "member" })
  await expect(acme.asMember("cy").metrics.delete({ code: "none" })).rejects.toMatchObject({ _tag: "NotPermitted", role: "member" })
  await expect(acme.asMember("").plans.list()).rejects.toMatchObject({ _tag: "NotPermitted", role: "none" })
  const { items } = await acme.auditTrail.list({ resource_type: "tax" })
  expect(items.map(({ actor_id, actor_type }) => [actor_type, actor_id]).toSorted()).toEqual([
    ["user", "anna"],
    ["user", "bo"]
  ])
  await billing.close()
})
