/**
 * What a billing has opened, as one entry of the environment that its calls run in. Methods hold what they need; a call brings its organization and
 * who makes it. So what is around a call stays small: every span, transaction and statement copies it, and as an entry for each of the
 * services and stores that took a good part of a call's time and of the memory that it leaves to collect.
 */
import { Context, Effect } from "effect"
import type { Ids } from "../core/index.js"
import type { Revision } from "../operations/index.js"
import type { PortalServices, Services } from "./services.js"
import type { Simulation } from "./simulation.js"

export type OpenedServices = Services | PortalServices | Simulation | Revision | Ids

export class Opened extends Context.Tag("billwright/client/Opened")<Opened, Context.Context<OpenedServices>>() {}

/** Works with one of the services. */
export const withService = <I extends OpenedServices, Shape, A, E, R>(
  tag: Context.Tag<I, Shape>,
  work: (service: Shape) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R | Opened> => Effect.flatMap(Opened, (services) => work(Context.get(services, tag)))
