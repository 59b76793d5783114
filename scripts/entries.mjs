/** The public sub-paths, from `exports` of package.json, each with the source that it is built from: `payments/stripe` → `adapters/payments/stripe/index.ts`. */
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const { exports } = JSON.parse(readFileSync(`${root}package.json`, "utf8"))

const sourceOf = (path) => {
  const source = (path === "" ? ["src/index.ts"] : [`adapters/${path}/index.ts`, `src/${path}/index.ts`]).find((file) =>
    existsSync(root + file)
  )
  if (source === undefined) throw new Error(`package.json exports ./${path}, and no index.ts is there for it in adapters or src`)
  return source
}

export const entries = Object.fromEntries(
  Object.keys(exports)
    .filter((key) => !key.endsWith(".json"))
    .map((key) => key.slice(2))
    .map((path) => [path || "index", sourceOf(path)])
)
