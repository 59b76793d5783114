/**
 * `npm run docs:curves`: draws the price curve of every charge model into docs/images, by the compiled prices themselves. A test
 * compares what is committed with what this draws.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { Either } from "effect"
import { Exact, instant } from "../src/core/index.js"
import { askFunction, type ChargeModel, type CustomFunction, compile, type Tariff, type Usage } from "../src/pricing/index.js"

interface Curve {
  readonly model: ChargeModel
  readonly says: string
  readonly across: string
  readonly tariff: Tariff
  readonly until: number
  readonly most: number
  /** Where the price is asked for: at every whole unit and just above it unless given. */
  readonly at?: ReadonlyArray<string>
  readonly usageAt?: (units: Exact.Exact) => Usage
}

const exact = Exact.unsafeFromText
const whole = (until: number) => Array.from({ length: until + 1 }, (_, units) => String(units))
/** At every whole unit, and so little above it that the picture shows the same place. */
const steps = (until: number) => whole(until).flatMap((units) => [units, `${units}.0001`])
/** The same at every hundredth unit. */
const hundreds = (until: number) => steps(until).filter((units) => units.split(".")[0]!.endsWith("00") || units.startsWith("0"))

/** A host's own price: the square of the units, in hundredths. */
const squared: CustomFunction = ({ units }) => Exact.toText(Exact.shift(Exact.multiply(exact(units), exact(units)), -2))
const period = { from: instant(0), to: instant(Date.UTC(1970, 1, 1)) }

const tiers = [
  { from_value: "0", to_value: "10", per_unit_amount: "1", flat_amount: "0" },
  { from_value: "10", to_value: "20", per_unit_amount: "2", flat_amount: "4" },
  { from_value: "20", to_value: null, per_unit_amount: "0.5", flat_amount: "0" }
]

/** What five events say of themselves: units, and price in minor units. */
const events: ReadonlyArray<readonly [number, number]> = [
  [4, 1200],
  [3, 300],
  [8, 2400],
  [5, 250],
  [10, 1850]
]
const soFar = events.map((_, count) => events.slice(0, count + 1).reduce((sum, [units]) => sum + units, 0))

const curves: ReadonlyArray<Curve> = [
  {
    model: "standard",
    says: "1.50 a unit, at least 10, at most 36",
    across: "units",
    tariff: { charge_model: "standard", properties: { amount: "1.50", min_price: "10", max_price: "36" } },
    until: 30,
    most: 40
  },
  {
    model: "graduated",
    says: "1 up to 10; 2 up to 20, and 4 on entering; then 0.50",
    across: "units",
    tariff: { charge_model: "graduated", properties: { graduated_ranges: tiers } },
    until: 30,
    most: 40
  },
  {
    model: "volume",
    says: "all units at 2 up to 10, at 1.20 up to 20, then at 0.80",
    across: "units",
    tariff: {
      charge_model: "volume",
      properties: {
        volume_ranges: [
          { from_value: "0", to_value: "10", per_unit_amount: "2", flat_amount: "0" },
          { from_value: "10", to_value: "20", per_unit_amount: "1.20", flat_amount: "0" },
          { from_value: "20", to_value: null, per_unit_amount: "0.80", flat_amount: "0" }
        ]
      }
    },
    until: 30,
    most: 30
  },
  {
    model: "package",
    says: "10 for each package of 8 that is begun, 4 units free",
    across: "units",
    tariff: { charge_model: "package", properties: { amount: "10", package_size: "8", free_units: "4" } },
    until: 30,
    most: 50
  },
  {
    model: "percentage",
    says: "2 % and 0.25, at least 0.75, at most 2, of one transaction",
    across: "value of the transaction, EUR",
    tariff: {
      charge_model: "percentage",
      properties: { rate: "2", fixed_amount: "0.25", per_transaction_min_amount: "0.75", per_transaction_max_amount: "2" }
    },
    until: 120,
    most: 2.5,
    at: whole(120).slice(1),
    usageAt: (value) => ({ units: value, event_values: [value] })
  },
  {
    model: "graduated_percentage",
    says: "3 % up to 400, 1 % up to 800, then 0.5 %, and 2 on entering",
    across: "units: turnover, EUR",
    tariff: {
      charge_model: "graduated_percentage",
      properties: {
        graduated_percentage_ranges: [
          { from_value: "0", to_value: "400", rate: "3", flat_amount: "0" },
          { from_value: "400", to_value: "800", rate: "1", flat_amount: "0" },
          { from_value: "800", to_value: null, rate: "0.5", flat_amount: "2" }
        ]
      }
    },
    until: 1200,
    most: 25,
    at: hundreds(1200)
  },
  {
    model: "dynamic",
    says: "five events, each with a price of its own",
    across: "units so far",
    tariff: { charge_model: "dynamic", properties: {} },
    until: 30,
    most: 80,
    at: ["0", ...soFar.map(String)],
    usageAt: (units) => {
      const count = soFar.indexOf(Number(Exact.toText(units))) + 1
      const cents = events.slice(0, count).reduce((sum, [, price]) => sum + price, 0)
      return { units, precise_total_amount_cents: Exact.make(BigInt(cents)), currency_exponent: 2 }
    }
  },
  {
    model: "custom",
    says: "a function of the host: units × units ÷ 100",
    across: "units",
    tariff: { charge_model: "custom", properties: {} },
    until: 60,
    most: 40,
    at: whole(60),
    usageAt: (units) => ({
      units,
      function_result: Either.getOrThrow(askFunction(squared, { units }, { events_count: 1, period, custom_properties: {} }))
    })
  }
]

/** [units, amount], for the eye only. */
const pointsOf = ({ at, tariff, until, usageAt = (units) => ({ units }) }: Curve): ReadonlyArray<readonly [number, number]> => {
  const price = Either.getOrThrow(compile(tariff.charge_model, tariff.properties, { function_registered: true }))
  return (at ?? steps(until))
    .filter((units) => Number(units) <= until)
    .map((units) => [Number(units), Number(Exact.toText(price.price(usageAt(exact(units))).amount))] as const)
}

const WIDTH = 640
const HEIGHT = 380
const LEFT = 64
const RIGHT = 616
const TOP = 72
const BOTTOM = 316
/** So many steps across and up. */
const ACROSS = 6
const UP = 5

const shares = (steps: number): ReadonlyArray<number> => Array.from({ length: steps + 1 }, (_, step) => step / steps)

const text = (x: number, y: number, words: string, more = ""): string => `  <text x="${x}" y="${y}"${more}>${words}</text>`

const figure = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(2))

/** The curve as a path that leaves out jumps, and the jumps. */
const drawn = (points: ReadonlyArray<readonly [number, number]>, place: (point: readonly [number, number]) => string) => {
  let line = ""
  let jumps = ""
  for (const [index, point] of points.entries()) {
    const before = points[index - 1]
    const jumped = before !== undefined && point[0] - before[0] < 0.001 && Math.abs(point[1] - before[1]) > 0.01
    line += `${index === 0 || jumped ? "M" : "L"}${place(point)}`
    if (jumped) jumps += `M${place(before)}L${place(point)}`
  }
  return { line, jumps }
}

const svgOf = (curve: Curve): string => {
  const { across, model, most, says, until } = curve
  const x = (units: number) => (LEFT + ((RIGHT - LEFT) * units) / until).toFixed(1)
  const y = (amount: number) => (BOTTOM - ((BOTTOM - TOP) * amount) / most).toFixed(1)
  const points = pointsOf(curve)
  const { jumps, line } = drawn(points, ([units, amount]) => `${x(units)} ${y(amount)}`)
  const name = model.replace("_", " ")
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" font-family="Helvetica, Arial, sans-serif" font-size="14" fill="#1f2937">`,
    `  <title>The price curve of ${name}: ${says}</title>`,
    `  <rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(LEFT, 26, name, ` font-size="18" font-weight="bold"`),
    text(LEFT, 48, says, ` fill="#4b5563"`),
    ...shares(UP).flatMap((share) => [
      `  <line x1="${LEFT}" y1="${y(share * most)}" x2="${RIGHT}" y2="${y(share * most)}" stroke="#e5e7eb"/>`,
      text(LEFT - 8, Number(y(share * most)) + 5, figure(share * most), ` text-anchor="end"`)
    ]),
    ...shares(ACROSS).map((share) =>
      text(Number(x(share * until)), BOTTOM + 20, figure(Math.round(share * until)), ` text-anchor="middle"`)
    ),
    `  <path d="M${LEFT} ${TOP}V${BOTTOM}H${RIGHT}" fill="none" stroke="#374151"/>`,
    text((LEFT + RIGHT) / 2, BOTTOM + 46, across, ` text-anchor="middle"`),
    text(18, (TOP + BOTTOM) / 2, "price, EUR", ` text-anchor="middle" transform="rotate(-90 18 ${(TOP + BOTTOM) / 2})"`),
    ...(jumps === "" ? [] : [`  <path d="${jumps}" fill="none" stroke="#1d4ed8" stroke-width="1.5" stroke-dasharray="3 3"/>`]),
    `  <path d="${line}" fill="none" stroke="#1d4ed8" stroke-width="2.5" stroke-linejoin="round"/>`,
    ...(model === "dynamic" ? points.map(([units, amount]) => `  <circle cx="${x(units)}" cy="${y(amount)}" r="4" fill="#1d4ed8"/>`) : []),
    "</svg>",
    ""
  ].join("\n")
}

const folder = fileURLToPath(new URL("../docs/images/", import.meta.url))

/** Every picture: its file and its SVG. */
export const pictures: ReadonlyArray<{ readonly file: string; readonly svg: string }> = curves.map((curve) => ({
  file: `${folder}price-${curve.model.replace("_", "-")}.svg`,
  svg: svgOf(curve)
}))

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(folder, { recursive: true })
  for (const { file, svg } of pictures) writeFileSync(file, svg)
}
