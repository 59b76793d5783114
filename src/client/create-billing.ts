/** `createBilling`: the library for hosts that do not use Effect. */
import { Context, Effect, Exit, Fiber, Layer, ManagedRuntime } from "effect"
import { Ids, StorageError } from "../core/index.js"
import { IntegrationSyncs } from "../integrations/index.js"
import { NotificationDelivery } from "../notifications/index.js"
import { ExportRuns, type MigrationChanged, Revision, type RevisionMismatch, type RowLevelSecurityMismatch } from "../operations/index.js"
import { Portals } from "../portal/index.js"
import { WebhookDelivery, type WorkOptions } from "../webhooks/index.js"
import { BillingError, isTyped } from "./billing-error.js"
import { type BillingOptions, hostLayer } from "./billing-options.js"
import { type CustomerPortal, portalFace } from "./customer-portal.js"
import type { Sandbox, Stores } from "./database.js"
import { type Face, type OperatorFace, operatorFaceOf, type Run, rejection } from "./face.js"
import { Opened, withService } from "./opened.js"
import { wrongOption } from "./options-given.js"
import { servicesAndPortalLayer } from "./services.js"
import { Simulation } from "./simulation.js"
import { type Tenants, tenants } from "./tenants.js"
import { untraced } from "./untraced.js"

export interface Billing<Host = never> extends Tenants {
  /**
   * The same inside a transaction that the host has opened: what is billed is committed, or not, with the host's own rows. The connection on which BEGIN was run: a client of `pg`, or
   * one of `better-sqlite3` to the same file. Throws `InvalidInput` for what is none, such as a pool.
   */
  readonly within: (transaction: Host) => Tenants
  /** The worker of the outbox, for all organizations; its calls are the operator's. */
  readonly webhooks: Pick<Face<typeof WebhookDelivery.Service>, "deliverDue" | "purge"> & {
    /** Delivers from now on, until it is stopped; what is under way then is tried again later. */
    readonly work: (options?: WorkOptions) => { readonly stop: () => Promise<void> }
  }
  /** The worker of data exports, for all organizations; its calls are the operator's. */
  readonly exports: OperatorFace<typeof ExportRuns.Service>
  /** The worker of integrations, for all organizations: a job for every minute. */
  readonly integrations: OperatorFace<typeof IntegrationSyncs.Service>
  /** The worker of messages, for all organizations: a job for every minute. */
  readonly messages: Face<typeof NotificationDelivery.Service>
  /**
   * What a customer sees and does of their own, in the session that a token is: of `portal.createSession` of their organization. Rejects with
   * `PortalTokenInvalid`, `AdapterMissing` where no key for secrets was given.
   */
  readonly portal: (token: string) => Promise<CustomerPortal>
  /**
   * Ends it: connections of its own are closed, the host's stay. Calls that are under way may fail; later ones reject with `StorageError` (`unavailable`). A second time does
   * nothing.
   */
  readonly close: () => Promise<void>
}

/** What cannot be a transaction is told at once, as a method would tell it. */
const lent = <A>(open: () => A): A => {
  try {
    return open()
  } catch (error) {
    throw isTyped(error) ? new BillingError(error) : error
  }
}

const ended = () => new StorageError({ operation: "a call after close", reason: "unavailable" })

/**
 * Opens a billing over a database.
 *
 * Rejects with a `BillingError`: `InvalidInput` for an option that is none, `StorageError` (`unavailable`) where it cannot be reached, `RevisionMismatch` where its
 * schema has another revision and is not migrated, `MigrationChanged` where a migration had another text when it
 * was run, `RowLevelSecurityMismatch` where its row-level security is not what `database` says.
 */
export const createBilling = async <Host = never>(options: BillingOptions<Host>): Promise<Billing<Host>> => {
  const wrong = wrongOption(options)
  if (wrong !== undefined) throw new BillingError(wrong)
  const { database } = options
  const host = await hostLayer(options)
  const clock = options.clock === undefined ? Layer.empty : Layer.setClock(options.clock)
  const over = (stores: Layer.Layer<Stores | Sandbox, StorageError, Ids>, ids: Layer.Layer<Ids>) =>
    Layer.merge(servicesAndPortalLayer, Simulation.layer).pipe(
      Layer.provide(host),
      Layer.provideMerge(stores),
      Layer.provideMerge(ids),
      Layer.provideMerge(clock),
      Layer.map((services) => Context.make(Opened, services)),
      // A host that traces composes the services with its own tracer; nobody could read the spans of this runtime.
      Layer.merge(Layer.setTracer(untraced)),
      Layer.merge(Layer.setTracerTiming(false))
    )

  const runtime = ManagedRuntime.make(over(database.layer, Ids.layer))
  const opened = await runtime.runPromiseExit(
    Effect.tap(
      Opened,
      withService(
        Revision,
        (revision): Effect.Effect<void, StorageError | RevisionMismatch | MigrationChanged | RowLevelSecurityMismatch> =>
          Effect.zipRight((options.migrate ?? database.migrate) ? revision.migrate : Effect.void, revision.require)
      )
    )
  )
  if (opened._tag === "Failure") {
    await runtime.dispose()
    throw rejection(opened.cause)
  }
  const services = opened.value
  const ids = Layer.succeed(Ids, Context.get(services, Ids))
  let closed = false
  const runOn =
    <E>(own: ManagedRuntime.ManagedRuntime<Opened, E>): Run<Opened> =>
    (effect) =>
      closed ? Promise.resolve(Exit.fail(ended())) : own.runPromiseExit(effect)
  const run = runOn(runtime)
  return {
    ...tenants(services, run),
    within: (transaction) => {
      const inside = ManagedRuntime.make(
        over(
          lent(() => database.within(transaction)),
          ids
        )
      )
      return tenants(services, runOn(inside))
    },
    webhooks: {
      ...operatorFaceOf(WebhookDelivery, Context.get(services, WebhookDelivery), run),
      work: (workOptions) => {
        const fiber = runtime.runFork(withService(WebhookDelivery, (delivery) => delivery.work(workOptions)))
        return { stop: () => Effect.runPromise(Effect.asVoid(Fiber.interrupt(fiber))) }
      }
    },
    exports: operatorFaceOf(ExportRuns, Context.get(services, ExportRuns), run),
    integrations: operatorFaceOf(IntegrationSyncs, Context.get(services, IntegrationSyncs), run),
    messages: operatorFaceOf(NotificationDelivery, Context.get(services, NotificationDelivery), run),
    portal: async (token) => {
      const owner = await run(withService(Portals, ({ open }) => open(token)))
      if (owner._tag === "Failure") throw rejection(owner.cause)
      return portalFace(services, token, owner.value, run)
    },
    close: () => {
      closed = true
      return runtime.dispose()
    }
  }
}
