import { cp } from "node:fs/promises"
import { defineConfig, type Options } from "tsup"

const shared: Options = {
  target: "node20",
  outDir: "dist",
  sourcemap: true,
  // Shared chunks in both formats: an error class of one entry is the same class in another, so `instanceof` holds.
  splitting: true,
  // By rollup, whose CommonJS keeps the syntax as it is; the other writer turns every `?.` into a call.
  treeshake: true,
  // Everything in node_modules stays outside; the packages' types too.
  skipNodeModulesBundle: true
}

export default defineConfig([
  {
    ...shared,
    entry: {
      index: "src/index.ts",
      pricing: "src/pricing/index.ts",
      sqlite: "adapters/sqlite/index.ts",
      postgres: "adapters/postgres/index.ts",
      webhooks: "adapters/webhooks/index.ts",
      secrets: "adapters/secrets/index.ts",
      pdf: "adapters/pdf/index.ts",
      testing: "adapters/testing/index.ts",
      "payments/stripe": "adapters/payments/stripe/index.ts",
      "payments/gocardless": "adapters/payments/gocardless/index.ts",
      "payments/adyen": "adapters/payments/adyen/index.ts",
      "payments/ucp": "adapters/payments/ucp/index.ts",
      "payments/manual": "adapters/payments/manual/index.ts"
    },
    format: ["esm", "cjs"],
    dts: true,
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
