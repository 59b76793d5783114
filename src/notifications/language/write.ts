/** Writes a template down in the few words of Liquid that are needed; texts and literals go by number, so that Liquid reads nothing of a template. */
import type { Condition, Expression, Node, Operand } from "./syntax.js"

/** Where Liquid finds an operand: variables under `v`, a loop's variable under a name of ours. */
type Place = ReadonlyArray<string | number>

/** A condition in its scope: where the variables of loops are. */
export interface Placed {
  readonly condition: Condition
  readonly scope: ReadonlyMap<string, string>
}

/** What Liquid is given. */
export interface Written {
  readonly source: string
  /** Texts and literals, by number. */
  readonly kept: ReadonlyArray<string | number | boolean | null>
  readonly conditions: ReadonlyArray<Placed>
}

export const placeOf = ([name = "", ...steps]: ReadonlyArray<string>, scope: ReadonlyMap<string, string>): Place => {
  const local = scope.get(name)
  return [...(local === undefined ? ["v", name] : [local]), ...steps.map((step) => (/^\d{1,6}$/.test(step) ? Number(step) : step))]
}

const written = ([first, ...steps]: Place): string =>
  `${first}${steps.map((step) => (typeof step === "number" ? `[${step}]` : `["${step}"]`)).join("")}`

export const write = (nodes: ReadonlyArray<Node>): Written => {
  const kept: Array<string | number | boolean | null> = []
  const conditions: Array<Placed> = []
  const keep = (value: string | number | boolean | null): string => `k[${kept.push(value) - 1}]`
  const operand = (of: Operand, scope: ReadonlyMap<string, string>): string =>
    of.kind === "literal" ? keep(of.value) : written(placeOf(of.path, scope))

  const output = ({ filters, operand: of }: Expression, scope: ReadonlyMap<string, string>): string => {
    const needed = of.kind === "path" && !filters.some(({ name }) => name === "default")
    const guard = needed ? ` | needed: ${keep(of.path.join("."))}` : ""
    const chain = filters.map(({ argument, name }) => {
      if (argument === null) return ` | ${name}`
      return ` | ${name}: ${operand(argument, scope)}, ${argument.kind === "path" ? keep(argument.path.join(".")) : "nil"}`
    })
    return `{{ ${operand(of, scope)}${guard}${chain.join("")} | shown }}`
  }

  const all = (list: ReadonlyArray<Node>, scope: ReadonlyMap<string, string>): string => list.map((node) => one(node, scope)).join("")

  const one = (node: Node, scope: ReadonlyMap<string, string>): string => {
    if (node.kind === "text") return `{{ ${keep(node.text)} | raw_text }}`
    if (node.kind === "output") return output(node.expression, scope)
    if (node.kind === "if") {
      const branches = node.branches.map(({ condition, nodes: own }, index) => {
        const number = conditions.push({ condition, scope }) - 1
        return `{% ${index === 0 ? "if" : "elif"} ${number} %}${all(own, scope)}`
      })
      return `${branches.join("")}{% else %}${all(node.otherwise, scope)}{% endif %}`
    }
    const local = `i${scope.size}`
    const over = written(placeOf(node.over.path, scope))
    // A loop's name that hides another one gives it back behind the loop: scopes are never changed.
    const inner = new Map(scope).set(node.variable, scope.get(node.variable) ?? local)
    const body = `{{ 1 | step }}${all(node.nodes, inner)}`
    return `{{ ${over} | listed: ${keep(node.over.path.join("."))} }}{% for ${inner.get(node.variable)} in ${over} %}${body}{% else %}${all(node.empty, scope)}{% endfor %}`
  }

  return { source: all(nodes, new Map()), kept, conditions }
}
