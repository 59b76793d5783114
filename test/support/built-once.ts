/** Services for tests that call them many times: built once, since building all of them takes longer than most calls. */
import { Effect, Layer, Scope } from "effect"
import type { Engine, EngineServices } from "./describe-engines.js"

/** The services of a layer over an engine, built at their first use, in what `within` provides. */
export const builtOnce = <A, E>(
  engine: Engine,
  services: Layer.Layer<A, E, EngineServices>,
  within: <B, F>(building: Effect.Effect<B, F, EngineServices>) => Effect.Effect<B, F, EngineServices> = (building) => building
): Layer.Layer<A> => {
  const build = Effect.flatMap(Scope.make(), (scope) => Layer.buildWithScope(services, scope))
  let building: ReturnType<typeof run> | undefined
  const run = () => engine.run(within(build))
  return Layer.effectContext(Effect.promise(() => (building ??= run())))
}
