/** The conformance suite of stores: what the domain relies on, for every adapter that fills its ports. */
import { Effect, type Layer, ManagedRuntime } from "effect"
import type { Stores } from "../../../src/client/index.js"
import { CurrentOrganization, type Ids, type StorageError } from "../../../src/core/index.js"
import { accountCases } from "./accounts.js"
import { type ConformanceCase, newOrganization } from "./case.js"
import { catalogCases } from "./catalog.js"
import { transactorCases } from "./transactor.js"

export type { ConformanceCase } from "./case.js"

/** Every case, for a runner of one's own. */
export const storeCases: ReadonlyArray<ConformanceCase> = [...transactorCases, ...accountCases, ...catalogCases]

/** The functions of a test runner, as vitest, jest and node:test have them. */
export interface TestRunner {
  readonly describe: (title: string, tests: () => void) => unknown
  readonly it: (title: string, test: () => Promise<void>) => unknown
  readonly beforeAll: (prepare: () => Promise<void>) => unknown
  readonly afterAll: (clean: () => Promise<void>) => unknown
}

/** A migrated database, opened for the suite alone. */
export interface OpenedStores {
  readonly layer: Layer.Layer<Stores | Ids, StorageError>
  readonly close: () => Promise<void> | void
}

/** Describes the suite over an adapter: `storeConformance("my adapter", { describe, it, beforeAll, afterAll }, open)`. */
export const storeConformance = (adapter: string, runner: TestRunner, open: () => Promise<OpenedStores>): void => {
  runner.describe(`stores of ${adapter}`, () => {
    let opened: OpenedStores | undefined
    let runtime: ManagedRuntime.ManagedRuntime<Stores | Ids, StorageError> | undefined
    runner.beforeAll(async () => {
      opened = await open()
      runtime = ManagedRuntime.make(opened.layer)
    })
    runner.afterAll(async () => {
      await runtime?.dispose()
      await opened?.close()
    })
    for (const { name, run } of storeCases) {
      runner.it(name, async () => {
        const organization = await runtime!.runPromise(newOrganization)
        await runtime!.runPromise(Effect.provideService(run, CurrentOrganization, organization.id))
      })
    }
  })
}
