/**
 * `npm run check:docs`: what the documents promise. Every TypeScript block of README.md, docs/ and the contexts' READMEs is
 * type-checked, those marked `ts run` are run as well, each in a folder where the package is installed; every relative link
 * leads to a file, and its `#anchor` to a heading.
 */
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, relative, resolve, sep } from "node:path"
import { build, giveUp, install, quietly, root } from "./setup.mjs"

install()
build()

const folders = ["docs", "src", "adapters", "examples", "bench", "test"]
const documents = [
  ...readdirSync(root).filter((name) => name.endsWith(".md")),
  ...folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, String(name))))
    .filter((path) => path.endsWith(".md"))
].map((path) => path.split(sep).join("/"))

const wrong = []
const textOf = (path) => readFileSync(join(root, path), "utf8")
const withoutCode = (text) => text.replace(/^(```+|~~~+)[\s\S]*?^\1\s*$/gm, "").replace(/`[^`\n]*`/g, "")

/** A heading's anchor, as GitHub makes it. */
const anchor = (heading) =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-")
const anchors = (path) =>
  new Set(
    [
      ...textOf(path)
        .replace(/^(```+|~~~+)[\s\S]*?^\1\s*$/gm, "")
        .matchAll(/^#+\s+(.*)$/gm)
    ].map(([, heading]) => anchor(heading))
  )

for (const document of documents) {
  for (const [, link] of withoutCode(textOf(document)).matchAll(/\]\(<?([^)>\s]+)>?(?:\s+"[^"]*")?\)/g)) {
    if (/^[a-z][a-z0-9+.-]*:/i.test(link)) continue
    const [path, fragment] = decodeURI(link).split("#")
    const target = path === "" ? document : relative(root, resolve(root, dirname(document), path))
    if (target.startsWith("..") || !existsSync(join(root, target))) wrong.push(`${document}: no file behind the link ${link}`)
    else if (fragment && target.endsWith(".md") && !anchors(target).has(fragment))
      wrong.push(`${document}: no heading behind the link ${link}`)
  }
}

/** The blocks of a document: with `run` and its line, so that an error can be found again. */
const blocksOf = (document) => {
  const text = textOf(document)
  return [...text.matchAll(/^```(?:ts|typescript)([^\n]*)\n([\s\S]*?)^```\s*$/gm)].map(({ 1: marks, 2: code, index }) => ({
    document,
    code,
    line: text.slice(0, index).split("\n").length + 1,
    runs: /\brun\b/.test(marks),
    // A fragment that cannot stand alone says so.
    ignored: /\bfragment\b/.test(marks)
  }))
}

const blocks = documents.flatMap(blocksOf).filter(({ ignored }) => !ignored)
const host = mkdtempSync(join(tmpdir(), "billwright-docs-"))
process.on("exit", () => rmSync(host, { recursive: true, force: true }))

/** The checkout under the package's name, everything else as it is installed here. */
const linkModules = () => {
  const link = (name, target) => {
    mkdirSync(dirname(join(host, "node_modules", name)), { recursive: true })
    symlinkSync(target, join(host, "node_modules", name), "junction")
  }
  link("billwright", root)
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (name.startsWith(".")) continue
    if (!name.startsWith("@")) link(name, join(root, "node_modules", name))
    else
      for (const inner of readdirSync(join(root, "node_modules", name))) link(`${name}/${inner}`, join(root, "node_modules", name, inner))
  }
}

const fileOf = ({ document, line }) => `${document.replace(/\.md$/, "").replaceAll(/[^a-z0-9]+/gi, "-")}-line-${line}.mts`

if (blocks.length > 0) {
  linkModules()
  writeFileSync(
    join(host, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        target: "ES2022",
        module: "NodeNext",
        lib: ["ES2023"],
        types: ["node"],
        strict: true,
        skipLibCheck: true,
        noEmit: true,
        // The host's node_modules are links: what they link to finds its own dependencies.
        preserveSymlinks: false
      },
      include: ["*.mts"]
    })
  )
  for (const block of blocks) writeFileSync(join(host, fileOf(block)), `${block.code}\nexport {}\n`)
  const types = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", host, "--pretty", "false"], {
    ...quietly,
    cwd: host
  })
  const place = (text) =>
    blocks.reduce(
      (so, block) =>
        so.replaceAll(new RegExp(`${fileOf(block)}\\((\\d+),`, "g"), (_, line) => `${block.document}(${block.line - 1 + Number(line)},`),
      text
    )
  if (types.status !== 0) wrong.push(place(types.stdout).trim())

  for (const block of blocks.filter(({ runs }) => runs)) {
    const loader = join(root, "node_modules/tsx/dist/loader.mjs")
    const outcome = spawnSync(process.execPath, ["--import", loader, fileOf(block)], { ...quietly, cwd: host, timeout: 120_000 })
    if (outcome.status !== 0)
      wrong.push(`${block.document}, line ${block.line}: ends with ${outcome.status ?? outcome.signal}\n${outcome.stderr.trim()}`)
  }
}

if (wrong.length > 0) giveUp(`${wrong.length} problems in the documents`, wrong.join("\n"))
const ran = blocks.filter(({ runs }) => runs).length
process.stdout.write(`${documents.length} documents: links lead somewhere, ${blocks.length} code blocks type-check, ${ran} of them ran\n`)
