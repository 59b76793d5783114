import * as SqlClient from "@effect/sql/SqlClient"
import { Cause, type Context, Effect, Exit, Layer, Option } from "effect"
import { beforeAll, expect, it } from "vitest"
import { readOrganization } from "../../adapters/sql/copy.js"
import { acrossOrganizations } from "../../adapters/sql/reach.js"
import type { Services } from "../../src/client/index.js"
import { type OrganizationId, rehearse, Transactor } from "../../src/core/index.js"
import { describeEngines } from "../support/describe-engines.js"
import { users } from "../support/field.js"
import type { Call } from "./call.js"
import { calls } from "./calls.js"
import { furnish, type Given } from "./given.js"
import { acting, methodsOf, NOT_CALLED, open, services } from "./open.js"

const MISSING = "01900000-0000-7000-8000-0000000000ff"
const COUNTED = /^\d+$/
const UUID = /^[0-9a-f]{8}-/
const ANY_UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

/** What the field side does on closing, with ids that it has; no host names them. */
const WITH_IDS_AT_HAND = new Set(["InstallationBills.note", "InstallationBills.bill"])

/** What contexts ask of each other: no host has them. */
const INTERNAL = [
  "AdvanceBilling",
  "CreditPurchases",
  "EventBilling",
  "NoteIssuing",
  "OpenAmounts",
  "Recording",
  "Settlements",
  "SubscriptionBilling",
  "ThresholdChecks",
  "UsageWindows"
]

/** Ids and codes that a call names. */
const namesOf = (call: Call, given: Given): ReadonlyArray<keyof Given> => {
  const named = new Set<string>()
  const get = (target: Given, name: string | symbol) => {
    named.add(String(name))
    return Reflect.get(target, name)
  }
  call.args(new Proxy(given, { get }))
  return [...named] as ReadonlyArray<keyof Given>
}

/** An answer or a failure as text, whatever the id was that it is about. */
const shown = (exit: Exit.Exit<unknown, unknown>, asked: string): string => {
  const value = Exit.isSuccess(exit)
    ? exit.value
    : Option.getOrElse(Cause.failureOption(exit.cause), () => `defect: ${Cause.pretty(exit.cause)}`)
  const plain = value instanceof Map ? [...value] : value instanceof Error ? { ...value, message: value.message } : value
  const text = JSON.stringify(plain, (_, item) => (typeof item === "bigint" ? String(item) : item)) ?? "nothing"
  // Ids that were just made are others each time.
  return `${exit._tag} ${text.replaceAll(asked, "<asked>").replaceAll(ANY_UUID, "<id>")}`
}

describeEngines("every method of every public service", (engine) => {
  const { clock, on } = open(engine)
  let mine: OrganizationId
  let theirs: OrganizationId
  let given: Given
  let foreign: Given

  beforeAll(async () => {
    mine = await engine.newOrganization()
    theirs = await engine.newOrganization()
    given = await on(
      mine,
      furnish("a", users.oem, (time) => clock.set(time))
    )
    foreign = await on(
      theirs,
      furnish("b", users.other_oem, (time) => clock.set(time))
    )
  }, 60_000)

  const rows = (organization: OrganizationId) => on(organization, readOrganization).then((tables) => JSON.stringify(tables))

  it("is in the table", async () => {
    const names = await engine.run(
      Effect.map(Layer.build(services), (context) =>
        [...methodsOf(context).keys()].filter((name) => !INTERNAL.includes(name.split(".")[0]!))
      ).pipe(Effect.scoped)
    )
    expect(Object.keys(calls).toSorted()).toEqual(names.toSorted())
  })

  it("answers the id of another organization like one that is not there, and writes nothing", async () => {
    const before = await Promise.all([rows(mine), rows(theirs)])
    const wrong = await on(
      mine,
      Effect.gen(function* () {
        const methods = methodsOf((yield* Effect.context<Services>()) as Context.Context<Services>)
        const unit = yield* Transactor
        const differences: Array<string> = []
        for (const [name, variants] of Object.entries(calls)) {
          const method = methods.get(name)!
          for (const call of variants) {
            for (const asked of namesOf(call, given)) {
              const missing = UUID.test(given[asked]) ? MISSING : COUNTED.test(given[asked]) ? "999" : "missing"
              const ask = (value: string) =>
                Effect.map(
                  Effect.exit(
                    rehearse(
                      unit,
                      acting(call, () => method(...call.args({ ...given, [asked]: value })))
                    )
                  ),
                  (exit) => shown(exit, value)
                )
              const [there, nowhere] = [yield* ask(foreign[asked]), yield* ask(missing)]
              if (there !== nowhere) differences.push(`${name} ${asked}: ${there} instead of ${nowhere}`)
            }
          }
        }
        return differences
      })
    )
    expect(wrong).toEqual([])
    expect(await Promise.all([rows(mine), rows(theirs)])).toEqual(before)
  })

  it("answers what is no id, or cannot be stored, like one that is not there", async () => {
    const wrong = await on(
      mine,
      Effect.gen(function* () {
        const methods = methodsOf((yield* Effect.context<Services>()) as Context.Context<Services>)
        const unit = yield* Transactor
        const failed: Array<string> = []
        for (const [name, variants] of Object.entries(calls)) {
          if (NOT_CALLED.has(name) || WITH_IDS_AT_HAND.has(name)) continue
          for (const call of variants) {
            for (const asked of namesOf(call, given)) {
              for (const value of ["no id", "a\u0000b"]) {
                const exit = yield* Effect.exit(
                  rehearse(
                    unit,
                    acting(call, () => methods.get(name)!(...call.args({ ...given, [asked]: value })))
                  )
                )
                const told = shown(exit, value)
                if (/defect: |"_tag":"StorageError"/.test(told)) failed.push(`${name} ${asked}: ${told.slice(0, 200)}`)
              }
            }
          }
        }
        return failed
      })
    )
    expect(wrong).toEqual([])
  })

  it("works on what is one's own, and has in the audit log what it writes", async () => {
    const wrong = await on(
      mine,
      Effect.gen(function* () {
        const methods = methodsOf((yield* Effect.context<Services>()) as Context.Context<Services>)
        const sql = yield* SqlClient.SqlClient
        const unit = yield* Transactor
        const counted = sql<{ logged: unknown; staged: unknown }>`SELECT (SELECT count(*) FROM audit_logs) AS logged,
          (SELECT count(*) FROM billwright_changes) AS staged`.pipe(acrossOrganizations)
        const found: Array<string> = []
        for (const [name, variants] of Object.entries(calls)) {
          for (const call of variants) {
            const { args, audit } = call
            if (NOT_CALLED.has(name)) continue
            // That reads write nothing shows on one engine.
            if (audit === "reads" && engine.name === "Postgres") continue
            const told = yield* rehearse(
              unit,
              Effect.gen(function* () {
                const [before] = yield* counted
                const exit = yield* Effect.exit(acting(call, () => methods.get(name)!(...args(given))))
                const [after] = yield* counted
                const logged = Number(after!.logged) - Number(before!.logged)
                if (Number(after!.staged) > Number(before!.staged)) return "wrote outside a unit of work"
                if (audit === "writes") return Exit.isSuccess(exit) ? (logged > 0 ? "" : "left no row in the log") : shown(exit, MISSING)
                if (audit === "reads") return Exit.isSuccess(exit) ? (logged === 0 ? "" : "writes") : shown(exit, MISSING)
                return logged === 0 ? "" : `left ${logged} rows in the log, in spite of: ${audit.none}`
              })
            )
            if (told !== "") found.push(`${name}: ${told}`)
          }
        }
        return found
      })
    )
    expect(wrong).toEqual([])
  })
})
