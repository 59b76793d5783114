/** Random commands on SQLite against the reference model: first part. */
import { modelTest } from "./shard.js"

modelTest("sqlite", 9000, 1000)
