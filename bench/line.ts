/** One measured figure of the benchmarks, with what it is held against. */
export interface BenchLine {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** The same work done another way. */
  readonly baseline?: { readonly name: string; readonly value: number }
  /** value ÷ baseline. */
  readonly ratio?: number
  /** What was promised, for people. */
  readonly target?: string
  readonly ok?: boolean
}

const figure = (value: number): string =>
  value.toLocaleString("en-US", value < 1 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: value < 100 ? 1 : 0 })

/** A line as it is printed. */
export const lineText = ({ name, value, unit, baseline, ratio, target, ok }: BenchLine): string =>
  [
    `${name}: ${figure(value)} ${unit}`,
    ...(baseline === undefined ? [] : [`${baseline.name}: ${figure(baseline.value)}`]),
    ...(ratio === undefined ? [] : [`× ${figure(ratio)}`]),
    ...(target === undefined ? [] : [`target ${target}${ok === undefined ? "" : ok ? ", met" : ", MISSED"}`])
  ].join(" · ")
