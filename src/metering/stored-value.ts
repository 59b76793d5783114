/**
 * How the value of an event is stored so that SQL can add, compare and find it exactly on every engine: a whole number
 * below 2^53 with its number of decimals, or, where it does not fit, as text.
 */
import { divide, type Exact, fromBigInt, make, one, pow10, unsafeFromText } from "../core/exact.js"
import type { MetricDefinition } from "./metric.js"
import { numberText, own, type Properties } from "./property.js"
import { reader } from "./reading.js"
import { isUncounted, type Uncounted, uncounted } from "./uncounted.js"

/**
 * `coefficient` ÷ 10^`scale`; or, with the scale `TEXT_SCALE`, the decimal or fraction (`n/d`) of `text`. For unique_count
 * the value is 1 or −1 and the item is the text; for count there is no coefficient.
 */
export interface StoredValue {
  readonly coefficient: number | null
  readonly scale: number
  readonly text: string | null
}

/** Most values have this many decimals, so that the values of a metric rarely have several scales. */
export const COMMON_SCALE = 6
/** More decimals are kept as text. */
const MOST_DECIMALS = 15
/** The scale of a value that is kept as text. */
export const TEXT_SCALE = 99

/** What an event of another scale adds to a tally, far more than there are events: a sum of tallies tells whether there is one. */
export const OTHER_TALLY = 1_000_000_000

/** What an event adds to a count of events, in the index of usage. */
export const tallyOf = ({ scale }: StoredValue): number => (scale === COMMON_SCALE ? 1 : OTHER_TALLY)

const MOST_DIGITS = 15
const LARGEST = 9_000_000_000_000_000

const POWERS = Array.from({ length: COMMON_SCALE + 1 }, (_, exponent) => 10 ** exponent)

const whole = (given: number, decimals: number): StoredValue => {
  let [coefficient, scale] = [given, decimals]
  for (; scale > COMMON_SCALE && coefficient % 10 === 0; scale--) coefficient /= 10
  if (scale < COMMON_SCALE) {
    const wider = coefficient * POWERS[COMMON_SCALE - scale]!
    if (wider <= LARGEST && wider >= -LARGEST) return { coefficient: wider, scale: COMMON_SCALE, text: null }
  }
  return { coefficient, scale, text: null }
}

const asText = (text: string): StoredValue => ({ coefficient: null, scale: TEXT_SCALE, text })

const isDigit = (code: number): boolean => code >= 48 && code <= 57

/** A text as a stored decimal; undefined where it is no plain decimal. One pass, since every event passes here. */
export const storedDecimal = (text: string): StoredValue | undefined => {
  const negative = text.charCodeAt(0) === 45
  const start = negative ? 1 : 0
  let coefficient = 0
  let digits = 0
  let point = -1
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (isDigit(code)) {
      if (coefficient > 0 || code > 48) digits += 1
      if (digits <= MOST_DIGITS) coefficient = coefficient * 10 + code - 48
    } else if (code === 46 && point < 0 && i > start) point = i
    else return undefined
  }
  if (text.length === start || point === text.length - 1) return undefined
  const scale = point < 0 ? 0 : text.length - point - 1
  if (digits > MOST_DIGITS || scale > MOST_DECIMALS) return asText(text)
  // No −0: it would be stored as a floating-point number.
  return whole(negative && coefficient !== 0 ? -coefficient : coefficient, scale)
}

const withoutFactor = (value: bigint, factor: bigint): readonly [rest: bigint, times: number] => {
  let rest = value
  let times = 0
  while (rest % factor === 0n) {
    rest /= factor
    times += 1
  }
  return [rest, times]
}

const gcd = (a: bigint, b: bigint): bigint => {
  let [x, y] = [a < 0n ? -a : a, b]
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}

/** An exact value as it is stored: a decimal where it ends, else the fraction. */
export const storedExact = (value: Exact): StoredValue => {
  const common = gcd(value.coefficient, value.divisor)
  const [numerator, divisor] = [value.coefficient / common, value.divisor / common]
  const [withoutTwos, twos] = withoutFactor(divisor, 2n)
  const [rest, fives] = withoutFactor(withoutTwos, 5n)
  if (rest !== 1n) return asText(`${numerator}/${divisor * pow10(value.scale)}`)
  const more = Math.max(twos, fives)
  return storedDecimal(decimal(make((numerator * pow10(more)) / divisor, value.scale + more)))!
}

/** All digits of a decimal. */
const decimal = ({ coefficient, scale }: Exact): string => {
  const digits = (coefficient < 0n ? -coefficient : coefficient).toString().padStart(scale + 1, "0")
  const sign = coefficient < 0n ? "-" : ""
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** The value of a whole number at the common scale, or of a text of `value_text`. */
export const exactOfStored = (coefficient: bigint, scale: number, text: string | null): Exact =>
  scale === TEXT_SCALE ? exactOfText(text ?? "0") : make(coefficient, scale)

const exactOfText = (text: string): Exact => {
  const slash = text.indexOf("/")
  return slash < 0 ? unsafeFromText(text) : divide(fromBigInt(BigInt(text.slice(0, slash))), fromBigInt(BigInt(text.slice(slash + 1))))
}

/** 1 at the common scale. */
const UNIT = 10 ** COMMON_SCALE

const NOTHING: StoredValue = { coefficient: null, scale: COMMON_SCALE, text: null }

const numeric = (field: string) => {
  const missing = uncounted("missing_property", field)
  const notDecimal = uncounted("not_a_decimal", field)
  return (properties: Properties): StoredValue | Uncounted => {
    const value = own(properties, field)
    switch (typeof value) {
      case "number":
        if (Number.isSafeInteger(value) && value <= LARGEST && value >= -LARGEST) return whole(value === 0 ? 0 : value, 0)
        return storedDecimal(numberText(value)) ?? notDecimal
      case "string":
        return value === "" ? missing : (storedDecimal(value) ?? notDecimal)
      default:
        return value === undefined || value === null ? missing : notDecimal
    }
  }
}

/** Prepares a metric's reading of events into what is stored of them; agrees with `reader` on every event. */
export const storedReader = (metric: MetricDefinition): ((properties: Properties) => StoredValue | Uncounted) => {
  switch (metric.aggregation_type) {
    case "count":
      return () => NOTHING
    case "unique_count": {
      const read = reader(metric)
      return (properties) => {
        const reading = read(properties)
        return isUncounted(reading)
          ? reading
          : { coefficient: reading.value === one ? UNIT : -UNIT, scale: COMMON_SCALE, text: reading.item }
      }
    }
    case "custom": {
      const read = reader(metric)
      return (properties) => {
        const reading = read(properties)
        return isUncounted(reading) ? reading : storedExact(reading.value)
      }
    }
    default:
      return numeric(metric.field_name ?? "")
  }
}
