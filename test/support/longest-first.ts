/** The files that take longest begin first, so that at the end no core waits for the other; else vitest goes by their size. */
import { BaseSequencer, type TestSpecification } from "vitest/node"

/** Longest first; what is not named comes after them. */
const LONG = [
  "test/model/postgres",
  "test/model/sqlite",
  "test/examples/charging-bill/run",
  "test/conformance/postgres",
  "test/conformance/vectors",
  "test/races"
]

const rank = (file: string): number => {
  const found = LONG.findIndex((part) => file.includes(part))
  return found === -1 ? LONG.length : found
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const sorted = await super.sort(files)
    return sorted.sort((left, right) => rank(left.moduleId) - rank(right.moduleId))
  }
}
