/**
 * Renders a template by Liquid. What was read is written down again in the few words of Liquid that are needed (output, `for`, an `if` of
 * our own with Django's conditions); texts and literals go by number, so that nothing of a template is read by Liquid itself.
 */
import { Context, type Emitter, Liquid, type Parser, Tag, type TagToken, type Template, type TopLevelToken } from "liquidjs"
import { holds } from "./compare.js"
import type { Reader } from "./dates.js"
import { applyFilter, textOf } from "./filters.js"
import { type Expression, FILTERS, type FilterName, type Node, type Operand } from "./syntax.js"
import { isList, isThere, isTrue, Moment, type Value } from "./values.js"
import { type Placed, placeOf, type Written, write } from "./write.js"

/** One rendering. */
interface Rendering {
  readonly reader: Reader
  readonly escape: boolean
  readonly written: Written
  readonly missing: Set<string>
  /** What is left of it: steps of loops, characters. */
  steps: number
  characters: number
}

/** A text that would become too long. */
class TooLong extends Error {}

const RENDERING = "rendering"
const STEPS_AT_MOST = 10_000
const CHARACTERS_AT_MOST = 65_536

const renderingOf = (context: Context): Rendering => context.getRegister<Rendering>(RENDERING)

const ESCAPED: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" }
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => ESCAPED[char]!)

/** Counts what is put out; ends a text that becomes too long before it takes memory. */
const metered = (rendering: Rendering, text: string): string => {
  rendering.characters -= text.length
  if (rendering.characters < 0) throw new TooLong()
  return text
}

const asValue = (value: unknown): Value => (value === undefined ? null : (value as Value))

const isMap = (value: Value): boolean => typeof value === "object" && !isList(value) && !(value instanceof Moment)

type Handler = (rendering: Rendering, value: Value, ...args: ReadonlyArray<unknown>) => unknown

const ownFilters: Readonly<Record<string, Handler>> = {
  /** A variable that is printed has to be there. */
  needed: (rendering, value, name) => {
    if (isThere(value) && !isMap(value)) return value
    rendering.missing.add(String(name))
    return ""
  },
  listed: (rendering, value, name) => {
    if (!isThere(value) || isMap(value)) rendering.missing.add(String(name))
    return ""
  },
  step: (rendering) => {
    rendering.steps -= 1
    if (rendering.steps < 0) throw new TooLong()
    return ""
  },
  shown: (rendering, value) => {
    const text = metered(rendering, textOf(value, rendering.reader))
    return rendering.escape ? escapeHtml(text) : text
  },
  raw_text: (rendering, value) => metered(rendering, String(value))
}

/** A filter of the language; an argument that is a variable is needed only where it is taken. */
const languageFilter =
  (name: FilterName): Handler =>
  (rendering, value, argument, argumentName) => {
    const taken = name !== "default" || !isTrue(value)
    if (taken && argumentName != null && !isThere(asValue(argument))) rendering.missing.add(String(argumentName))
    return applyFilter(name, value, argument === undefined ? undefined : asValue(argument), rendering.reader)
  }

/** Whether a condition holds; a variable that is not there is nothing, and not missed. */
const test = ({ condition, scope }: Placed, context: Context): boolean => {
  const { reader } = renderingOf(context)
  const operand = (of: Operand): Value => (of.kind === "literal" ? of.value : asValue(context.getSync([...placeOf(of.path, scope)])))
  const value = ({ filters, operand: of }: Expression): Value =>
    filters.reduce(
      (known, { argument, name }) => applyFilter(name, known, argument === null ? undefined : operand(argument), reader),
      operand(of)
    )
  switch (condition.kind) {
    case "value":
      return isTrue(value(condition.value))
    case "not":
      return !test({ condition: condition.of, scope }, context)
    case "and":
      return test({ condition: condition.left, scope }, context) && test({ condition: condition.right, scope }, context)
    case "or":
      return test({ condition: condition.left, scope }, context) || test({ condition: condition.right, scope }, context)
    case "compare":
      return holds(condition.by, value(condition.left), value(condition.right))
  }
}

/** `if` by the number of its condition. */
class IfTag extends Tag {
  private readonly branches: Array<{ readonly condition: number; readonly templates: Array<Template> }> = []
  private readonly otherwise: Array<Template> = []

  constructor(token: TagToken, remaining: Array<TopLevelToken>, liquid: Liquid, parser: Parser) {
    super(token, remaining, liquid)
    let templates: Array<Template> = []
    const branch = ({ args }: TagToken) => {
      templates = []
      this.branches.push({ condition: Number(args), templates })
    }
    parser
      .parseStream(remaining)
      .on("start", () => branch(token))
      .on("tag:elif", branch)
      .on("tag:else", () => {
        templates = this.otherwise
      })
      .on<TagToken>("tag:endif", function () {
        this.stop()
      })
      .on("template", (template: Template) => templates.push(template))
      .start()
  }

  *render(context: Context, emitter: Emitter): Generator<unknown, void, unknown> {
    const { conditions } = renderingOf(context).written
    const taken = this.branches.find(({ condition }) => test(conditions[condition]!, context))
    yield this.liquid.renderer.renderTemplates(taken === undefined ? this.otherwise : taken.templates, context, emitter)
  }
}

/** Liquid without anything of its own but outputs and `for`. */
const engine = (): Liquid => {
  const liquid = new Liquid({ ownPropertyOnly: true, strictFilters: true })
  for (const name of Object.keys(liquid.filters)) liquid.unregisterFilter(name)
  for (const name of Object.keys(liquid.tags)) if (name !== "for") delete liquid.tags[name]
  liquid.registerTag("if", IfTag)
  const register = (name: string, handler: Handler) => {
    liquid.registerFilter(name, function (value: unknown, ...args: ReadonlyArray<unknown>) {
      return handler(renderingOf(this.context), asValue(value), ...args)
    })
  }
  for (const [name, handler] of Object.entries(ownFilters)) register(name, handler)
  for (const name of FILTERS) register(name, languageFilter(name))
  return liquid
}

const liquid = engine()

/** A template that Liquid has read. */
export interface Compiled {
  readonly written: Written
  readonly templates: Array<Template>
}

export const compile = (nodes: ReadonlyArray<Node>): Compiled => {
  const own = write(nodes)
  return { written: own, templates: liquid.parse(own.source) }
}

export interface RenderedText {
  readonly text: string
  readonly missing: ReadonlySet<string>
}

/** The text, with the names of all that is missing in it; null where it would be longer than 65,536 characters, or take more than 10,000 steps. */
export const render = ({ templates, written: own }: Compiled, variables: Value, reader: Reader, escaped: boolean): RenderedText | null => {
  const context = new Context({ v: variables, k: own.kept }, liquid.options, { sync: true, ownPropertyOnly: true }, { liquid })
  const rendering: Rendering = {
    reader,
    escape: escaped,
    written: own,
    missing: new Set(),
    steps: STEPS_AT_MOST,
    characters: CHARACTERS_AT_MOST
  }
  context.setRegister(RENDERING, rendering)
  try {
    return { text: String(liquid.renderSync(templates, context)), missing: rendering.missing }
  } catch (error) {
    // Liquid wraps what a filter throws.
    if (rendering.steps < 0 || rendering.characters < 0) return null
    throw error
  }
}
