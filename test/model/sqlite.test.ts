/** Random commands on SQLite against the reference model. */
import { modelTest } from "./shard.js"

modelTest("sqlite", 9000, 2000)
