/** Random commands on SQLite against the reference model: third part. */
import { modelTest } from "./shard.js"

modelTest("sqlite", 9000, 3000)
