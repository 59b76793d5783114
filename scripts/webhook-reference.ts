/**
 * `npm run docs:webhooks`: writes the reference of webhooks, from the catalogue that the code goes by, into docs/webhooks.md. A test
 * compares what is committed with a fresh one.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { type Schema, SchemaAST } from "effect"
import { catalogue, webhookTypes } from "../src/webhooks/catalogue.js"

export const document = fileURLToPath(new URL("../docs/webhooks.md", import.meta.url))

const START = "<!-- catalogue: written by npm run docs:webhooks -->"
const END = "<!-- end of the catalogue -->"

/** What a value is, in words. */
const kindOf = (ast: SchemaAST.AST): string => {
  const description = ast.annotations[SchemaAST.DescriptionAnnotationId]
  if (typeof description === "string") return description
  if (SchemaAST.isLiteral(ast)) return ast.literal === null ? "null" : `\`${ast.literal}\``
  if (SchemaAST.isUnion(ast)) return ast.types.map(kindOf).join(" or ")
  throw new Error(`the reference has no words for ${ast._tag}`)
}

const section = (type: (typeof webhookTypes)[number]): string => {
  const { about, data, object_type } = catalogue[type]
  const rows = Object.entries(data as Record<string, Schema.Schema.Any>).map(([key, schema]) => `| \`${key}\` | ${kindOf(schema.ast)} |`)
  return [`### \`${type}\``, "", about, "", "| Key of `data` | |", "|---|---|", `| \`${object_type}_id\` | id |`, ...rows].join("\n")
}

const reference = (): string => [START, "", webhookTypes.map(section).join("\n\n"), "", END].join("\n")

/** A text with the reference written anew. */
export const rewritten = (text: string): string => {
  const [from, to] = [text.indexOf(START), text.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`no place for the reference: ${START} … ${END}`)
  return `${text.slice(0, from)}${reference()}${text.slice(to + END.length)}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(document, rewritten(readFileSync(document, "utf8")))
