/** Random commands on SQLite against the reference model: one half of them. */
import { modelTest } from "./shard.js"

modelTest("sqlite", 13_500, 2000)
