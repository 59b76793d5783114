import { cp } from "node:fs/promises"
import { defineConfig } from "tsup"
import { entries } from "./scripts/entries.mjs"

/** @type {import("tsup").Options} */
const shared = {
  target: "node20",
  outDir: "dist",
  sourcemap: true,
  // Shared chunks in both formats: an error class of one entry is the same class in another, so `instanceof` holds.
  splitting: true,
  // By rollup, whose CommonJS keeps the syntax as it is; the other writer turns every `?.` into a call.
  treeshake: true,
  // Everything in node_modules stays outside. The declarations are made after it: scripts/declarations.mjs.
  skipNodeModulesBundle: true
}

export default defineConfig([
  {
    ...shared,
    entry: entries,
    format: ["esm", "cjs"],
    // `import.meta.url` in CommonJS too: the fonts lie beside the code.
    esbuildOptions: (options, { format }) => {
      if (format !== "cjs") return
      options.inject = [...(options.inject ?? []), "scripts/import-meta-url.cjs.js"]
      options.define = { ...options.define, "import.meta.url": "importMetaUrl" }
    },
    onSuccess: () => cp("adapters/pdf/fonts", "dist/fonts", { recursive: true })
  },
  {
    ...shared,
    entry: { cli: "adapters/cli/main.ts" },
    format: ["esm"]
  }
])
