/**
 * The declarations of every entry, for ESM and CommonJS: TypeScript writes one per source, rollup joins them, so that nothing internal
 * has a path of its own. (tsup's own way does both at once and takes five times as long.)
 */
import { rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { rollup } from "rollup"
import { dts } from "rollup-plugin-dts"
import ts from "typescript"
import { entries } from "./entries.mjs"

const root = fileURLToPath(new URL("..", import.meta.url))
const outDir = join(root, "dist/.declarations")

const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile)
const { fileNames, options } = ts.parseJsonConfigFileContent({ ...config, include: ["src", "adapters"] }, ts.sys, root)
const program = ts.createProgram(fileNames, {
  ...options,
  noEmit: false,
  declaration: true,
  emitDeclarationOnly: true,
  rootDir: root,
  outDir
})
const wrong = [...program.emit().diagnostics, ...ts.getPreEmitDiagnostics(program)]
if (wrong.length > 0) {
  process.stderr.write(
    ts.formatDiagnostics(wrong, { getCanonicalFileName: String, getCurrentDirectory: () => root, getNewLine: () => "\n" })
  )
  process.exit(1)
}

const bundle = await rollup({
  input: Object.fromEntries(Object.entries(entries).map(([name, source]) => [name, join(outDir, source.replace(/\.ts$/, ".d.ts"))])),
  plugins: [dts()],
  // Everything in node_modules stays outside.
  external: (id) => /^[^./]/.test(id) && !/^[A-Za-z]:/.test(id)
})
for (const extension of ["d.ts", "d.cts"]) {
  await bundle.write({
    dir: join(root, "dist"),
    format: "es",
    entryFileNames: `[name].${extension}`,
    chunkFileNames: ({ name }) => `${name.replace(/\.d$/, "")}-[hash].${extension}`
  })
}
await bundle.close()
rmSync(outDir, { recursive: true, force: true })
