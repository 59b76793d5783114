/**
 * Every run draws the same random cases, so that a failure is the change's own and runs again by itself. `FC_SEED=N` draws others,
 * `FC_SEED=random` new ones each time; a failing property prints its seed.
 */
import fc from "fast-check"

const FIXED = 20_260_301
const asked = process.env.FC_SEED

if (asked !== "random") fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: asked === undefined ? FIXED : Number(asked) })
