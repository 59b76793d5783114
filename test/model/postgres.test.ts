/** Random commands on Postgres against the reference model. */
import { modelTest } from "./shard.js"

modelTest("postgres", 3000, 4000)
