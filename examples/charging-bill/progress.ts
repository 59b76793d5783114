/** How far the run is: a bar where a person looks on, else a line at every tenth. On stderr; stdout is for the result. */

export interface Step {
  /** Says how much of the step is done. */
  readonly at: (done: number) => void
  readonly end: () => void
}

const WIDTH = 30

const bar = (share: number): string => "█".repeat(Math.floor(share * WIDTH)).padEnd(WIDTH, "░")

export const progress = (stream: NodeJS.WriteStream) => ({
  /** Begins a step of `total` parts; one without any is done at once. */
  step: (what: string, total: number): Step => {
    const begin = performance.now()
    let shown = -1
    const show = (share: number): void => {
      const tick = Math.floor(share * (stream.isTTY ? 100 : 10))
      if (tick === shown) return
      shown = tick
      if (stream.isTTY) stream.write(`\r${bar(share)} ${String(tick).padStart(3)} % ${what}\u001B[K`)
      else if (tick > 0 && tick < 10) stream.write(`  ${tick * 10} %\n`)
    }
    if (!stream.isTTY) stream.write(`${what}\n`)
    show(0)
    return {
      at: (done) => show(total === 0 ? 1 : Math.min(1, done / total)),
      end: () => {
        const seconds = ((performance.now() - begin) / 1000).toFixed(1)
        stream.write(stream.isTTY ? `\r${what}: ${seconds} s\u001B[K\n` : `  done in ${seconds} s\n`)
      }
    }
  }
})

export type Progress = ReturnType<typeof progress>
