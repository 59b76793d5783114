/** Every operation of the conformance cases, with timelines on an engine. */
import { answers } from "./operations/index.js"
import type { Checks } from "./runner.js"
import type { Engine } from "./timeline/engines.js"
import { timelineOn } from "./timeline/index.js"

export const checksOn = (engine: Engine): Checks => ({ ...answers, timeline: timelineOn(engine) })
