/** Random commands on SQLite against the reference model: the other half of them. */
import { modelTest } from "./shard.js"

modelTest("sqlite", 13_500, 500_000)
