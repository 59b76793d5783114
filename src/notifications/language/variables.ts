/** Which variables a template takes from outside: their paths, in the order of the text. Pure. */
import type { Condition, Expression, Node, Operand } from "./syntax.js"

const operands = ({ filters, operand }: Expression): ReadonlyArray<Operand> => [
  operand,
  ...filters.flatMap(({ argument }) => (argument === null ? [] : [argument]))
]

const inCondition = (condition: Condition): ReadonlyArray<Operand> => {
  switch (condition.kind) {
    case "value":
      return operands(condition.value)
    case "not":
      return inCondition(condition.of)
    case "compare":
      return [...operands(condition.left), ...operands(condition.right)]
    default:
      return [...inCondition(condition.left), ...inCondition(condition.right)]
  }
}

export const variablesOf = (nodes: ReadonlyArray<Node>): ReadonlyArray<string> => {
  const found = new Set<string>()
  const note = (all: ReadonlyArray<Operand>, local: ReadonlySet<string>) => {
    for (const operand of all) if (operand.kind === "path" && !local.has(operand.path[0]!)) found.add(operand.path.join("."))
  }
  const walk = (list: ReadonlyArray<Node>, local: ReadonlySet<string>): void => {
    for (const node of list) {
      if (node.kind === "output") note(operands(node.expression), local)
      if (node.kind === "if") {
        for (const { condition, nodes: own } of node.branches) {
          note(inCondition(condition), local)
          walk(own, local)
        }
        walk(node.otherwise, local)
      }
      if (node.kind === "for") {
        note([node.over], local)
        walk(node.nodes, new Set([...local, node.variable]))
        walk(node.empty, local)
      }
    }
  }
  walk(nodes, new Set())
  return [...found]
}
