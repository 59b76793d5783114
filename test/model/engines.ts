/** Where the model test runs: one database for all sequences, each an organization of its own in it. */
import { Effect, Layer } from "effect"
import { migrate } from "../../adapters/sql/migrate.js"
import { layer as sqliteLayer } from "../../adapters/sqlite/index.js"
import { type Engine, type EngineName, engines as timelineEngines } from "../conformance/timeline/engines.js"
import { freshFile } from "../support/sqlite.js"

/** A file, written ahead as hosts' are, without waiting for the disk at each commit: nobody pulls the plug here. */
const sqlite = async (): Promise<Engine> => {
  const { path, remove } = freshFile()
  const database = sqliteLayer({ filename: path, durability: "normal" })
  return {
    open: () => Layer.effectDiscard(Effect.orDie(migrate)).pipe(Layer.provideMerge(database)),
    stop: async () => remove()
  }
}

export const engines: Readonly<Record<EngineName, () => Promise<Engine>>> = { sqlite, postgres: timelineEngines.postgres }
