/** The last lines of a test run: which engines ran, how many commands the model test did, and how many tests passed and failed. */
import type { Reporter, SerializedError, TestModule, Vitest } from "vitest/node"

export class EnginesReporter implements Reporter {
  private vitest: Vitest | undefined

  onInit(vitest: Vitest) {
    this.vitest = vitest
  }

  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandled: ReadonlyArray<SerializedError>) {
    const count = { passed: 0, failed: unhandled.length, skipped: 0, pending: 0 }
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state]++
      // A file that could not be read, or a hook outside the tests that failed, has no failed test.
      if (module.state() === "failed" && ![...module.children.allTests("failed")].length) count.failed++
    }
    const engines = this.vitest?.getRootProject().getProvidedContext().engines
    const commands = new Map<string, number>()
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        for (const [name, done] of Object.entries(test.meta().model_commands ?? {})) commands.set(name, (commands.get(name) ?? 0) + done)
      }
    }
    const modelled = [...commands].map(([name, done]) => `${done} on ${name}`).join(", ")
    const left = count.skipped + count.pending
    // After everything that vitest prints, before its own listener ends the process.
    process.prependListener("exit", () => {
      process.stdout.write(`engines: ${engines ?? "none started"}\n`)
      if (commands.size > 0) process.stdout.write(`commands against the reference model, the doctor after each: ${modelled}\n`)
      if (left > 0) process.stdout.write(`${left} skipped\n`)
      process.stdout.write(`${count.passed} passed, ${count.failed} failed\n`)
    })
  }
}
