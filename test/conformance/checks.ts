/** Every operation of the conformance cases; those that need a database on an engine. */
import { answers } from "./operations/index.js"
import { answeringAll, type Checks } from "./runner.js"
import type { Engine } from "./timeline/engines.js"
import { timelineOn } from "./timeline/index.js"
import { numbersOn } from "./timeline/numbers.js"

export const checksOn = (engine: Engine): Checks => ({
  ...answers,
  ...answeringAll({ numbers: numbersOn(engine) }),
  timeline: timelineOn(engine)
})
