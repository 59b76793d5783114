import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"
import { LongestFirst } from "./test/support/longest-first.js"
import { EnginesReporter } from "./test/support/reporter.js"

// Somewhere with daylight saving and half hours: code that leans on the machine's zone shows.
process.env.TZ = "America/St_Johns"

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  resolve: {
    // Tests of what hosts write import the package by its name and get the sources.
    alias: [
      { find: /^billwright$/, replacement: source("src/index.ts") },
      { find: /^billwright\/pricing$/, replacement: source("src/pricing/index.ts") },
      { find: /^billwright\/connectors\/([a-z]+)$/, replacement: source("adapters/connectors/$1/index.ts") },
      { find: /^billwright\/messaging\/([a-z]+)$/, replacement: source("adapters/messaging/$1/index.ts") },
      { find: /^billwright\/payments\/([a-z]+)$/, replacement: source("adapters/payments/$1/index.ts") },
      { find: /^billwright\/(sqlite|postgres|webhooks|secrets|pdf|exports|testing)$/, replacement: source("adapters/$1/index.ts") }
    ]
  },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/engines.ts"],
    setupFiles: ["test/support/seed.ts"],
    reporters: ["default", new EnginesReporter()],
    pool: "forks",
    // Files of one worker share what they import: a second each. No test leaves anything behind in a module.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    // Half of a test's time is the database's: two at once where there are two cores, instead of one.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 30_000,
    hookTimeout: 60_000
  }
})
