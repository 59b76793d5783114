/**
 * The business rules of EN 16931 that can touch what we send, each from its meaning: whether a document keeps it. Amounts are
 * compared as hundred-millionths, exactly; BR-CO-17 by its text, without the tolerance that common validators allow.
 */
import { currencies, currencyOf } from "../../../src/core/index.js"
import { addressSchemes, allowanceReasons, allowanceWords, countries, exemptionOf, exemptions, units, vatPrefixes } from "./codes.js"
import type { Said, SaidVat } from "./said.js"

export type Rule = (said: Said) => boolean

const SCALE = 8

/** A decimal as a whole number; what is none makes every rule that needs it fail. */
const exact = (text: string | null): bigint => {
  if (text === null) return 0n
  const [, sign, whole, fraction = ""] = /^(-?)(\d+)(?:\.(\d{1,8}))?$/.exec(text) ?? []
  if (whole === undefined) throw new Error(`no decimal: ${text}`)
  return BigInt(`${sign}${whole}${fraction.padEnd(SCALE, "0")}`)
}

const sum = <A>(items: ReadonlyArray<A>, of: (item: A) => string | null): bigint =>
  items.reduce((total, item) => total + exact(of(item)), 0n)

const decimalsIn = (text: string | null): number => text?.split(".")[1]?.length ?? 0

const there = (text: string | null): boolean => text !== null && text.trim() !== ""

const every = <A>(items: ReadonlyArray<A>, keeps: (item: A) => boolean): boolean => items.every(keeps)

const ordered = (period: { from: string | null; to: string | null } | null): boolean =>
  period === null || period.from === null || period.to === null || period.from <= period.to

/** base × rate ÷ 100 to the currency's decimals, at most two, half away from zero. */
const taxOn = (base: string | null, rate: string | null, currency: string | null): bigint => {
  const found = currencyOf(currency ?? "")
  const decimals = found._tag === "Right" ? Math.min(found.right.exponent, 2) : 2
  const unit = 10n ** BigInt(SCALE * 2 + 2 - decimals)
  const product = exact(base) * exact(rate)
  const [size, sign] = product < 0n ? [-product, -1n] : [product, 1n]
  return sign * ((size * 2n + unit) / (unit * 2n)) * 10n ** BigInt(SCALE - decimals)
}

const allowed = (said: Said) => said.allowances.filter(({ charge }) => !charge)
const charged = (said: Said) => said.allowances.filter(({ charge }) => charge)

const CATEGORIES = { S: "S", Z: "Z", E: "E", AE: "AE", K: "IC", G: "G", O: "O" } as const
type Category = keyof typeof CATEGORIES

const sellerIs = (category: Category, { seller }: Said): boolean =>
  category === "O" ? seller.vat_id === null : there(seller.vat_id) || (!["K", "G"].includes(category) && there(seller.tax_registration))

const buyerIs = (category: Category, { buyer }: Said): boolean =>
  category === "AE"
    ? there(buyer.vat_id) || there(buyer.registration)
    : category === "K"
      ? there(buyer.vat_id)
      : category !== "O" || buyer.vat_id === null

const rateIs = (category: Category, { rate }: SaidVat): boolean =>
  category === "O" ? rate === null : category === "S" ? rate !== null && exact(rate) > 0n : rate !== null && exact(rate) === 0n

/** A reason's code says the category's own reason; of exemptions there are many. */
const meansCategory = (category: Category, code: string | null): boolean =>
  code === null || !(category in exemptionOf) || code === exemptionOf[category]

/** The rules that stand for each VAT category alike, under the category's own name. */
const categoryRules = (category: Category): ReadonlyArray<readonly [string, Rule]> => {
  const own = <A extends SaidVat>(items: ReadonlyArray<A>) => items.filter((item) => item.category === category)
  const used = (said: Said) => own(said.lines).length + own(said.allowances).length > 0
  const id = (number: string) => `BR-${CATEGORIES[category]}-${number}`
  const same = (a: SaidVat, b: SaidVat) => a.category === b.category && (category !== "S" || exact(a.rate) === exact(b.rate))
  const isExempt = !["S", "Z"].includes(category)
  return [
    [id("01"), (said) => !used(said) || (category === "S" ? own(said.vat).length > 0 : own(said.vat).length === 1)],
    [id("02"), (said) => own(said.lines).length === 0 || (sellerIs(category, said) && buyerIs(category, said))],
    [id("03"), (said) => own(said.allowances).length === 0 || (sellerIs(category, said) && buyerIs(category, said))],
    [id("05"), (said) => every(own(said.lines), (line) => rateIs(category, line))],
    [id("06"), (said) => every(own(said.allowances), (each) => rateIs(category, each))],
    [
      id("08"),
      (said) =>
        every(
          own(said.vat),
          (vat) =>
            exact(vat.base) ===
            sum(
              said.lines.filter((line) => same(line, vat)),
              ({ net }) => net
            ) -
              sum(
                allowed(said).filter((each) => same(each, vat)),
                ({ amount }) => amount
              ) +
              sum(
                charged(said).filter((each) => same(each, vat)),
                ({ amount }) => amount
              )
        )
    ],
    [
      id("09"),
      (said) => every(own(said.vat), ({ base, rate, tax }) => exact(tax) === (category === "S" ? taxOn(base, rate, said.currency) : 0n))
    ],
    [
      id("10"),
      (said) => every(own(said.vat), ({ code, reason }) => (there(code) || there(reason)) === isExempt && meansCategory(category, code))
    ]
  ]
}

const amounts: ReadonlyArray<readonly [string, (said: Said) => ReadonlyArray<string | null>]> = [
  ["BR-DEC-01", (said) => allowed(said).map(({ amount }) => amount)],
  ["BR-DEC-09", (said) => [said.totals.lines]],
  ["BR-DEC-10", (said) => [said.totals.allowances]],
  ["BR-DEC-11", (said) => [said.totals.charges]],
  ["BR-DEC-12", (said) => [said.totals.net]],
  ["BR-DEC-13", (said) => [said.totals.tax]],
  ["BR-DEC-14", (said) => [said.totals.gross]],
  ["BR-DEC-16", (said) => [said.totals.paid]],
  ["BR-DEC-17", (said) => [said.totals.rounding]],
  ["BR-DEC-18", (said) => [said.totals.due]],
  ["BR-DEC-19", (said) => said.vat.map(({ base }) => base)],
  ["BR-DEC-20", (said) => said.vat.map(({ tax }) => tax)],
  ["BR-DEC-23", (said) => said.lines.map(({ net }) => net)]
]

const isVatId = (id: string): boolean => vatPrefixes.has(id.slice(0, 2)) && /^..[A-Z0-9+*]{2,}$/.test(id)

const countriesIn = ({ buyer, deliver_to, seller }: Said) => [
  seller.country,
  buyer.country,
  ...(deliver_to === null ? [] : [deliver_to.country])
]

const ids = ({ seller }: Said) => [seller.id, seller.registration, seller.vat_id]

export const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ["BR-01", (said) => there(said.profile)],
  ["BR-02", (said) => there(said.number)],
  ["BR-03", (said) => there(said.issued_on)],
  ["BR-04", (said) => there(said.type_code)],
  ["BR-05", (said) => there(said.currency)],
  ["BR-06", (said) => there(said.seller.name)],
  ["BR-07", (said) => there(said.buyer.name)],
  ["BR-08", (said) => said.seller.has_address],
  ["BR-09", (said) => there(said.seller.country)],
  ["BR-10", (said) => said.buyer.has_address],
  ["BR-11", (said) => there(said.buyer.country)],
  ["BR-12", (said) => there(said.totals.lines)],
  ["BR-13", (said) => there(said.totals.net)],
  ["BR-14", (said) => there(said.totals.gross)],
  ["BR-15", (said) => there(said.totals.due)],
  ["BR-16", (said) => said.lines.length > 0],
  ["BR-21", (said) => every(said.lines, ({ id }) => there(id))],
  ["BR-22", (said) => every(said.lines, ({ quantity }) => there(quantity))],
  ["BR-23", (said) => every(said.lines, ({ unit }) => there(unit))],
  ["BR-24", (said) => every(said.lines, ({ net }) => there(net))],
  ["BR-25", (said) => every(said.lines, ({ name }) => there(name))],
  ["BR-26", (said) => every(said.lines, ({ price }) => there(price))],
  ["BR-27", (said) => every(said.lines, ({ price }) => !price?.startsWith("-"))],
  ["BR-29", (said) => ordered(said.period)],
  ["BR-30", (said) => every(said.lines, ({ period }) => ordered(period))],
  ["BR-31", (said) => every(allowed(said), ({ amount }) => there(amount))],
  ["BR-32", (said) => every(allowed(said), ({ category }) => there(category))],
  ["BR-33", (said) => every(allowed(said), ({ reason, reason_code }) => there(reason) || there(reason_code))],
  ["BR-45", (said) => every(said.vat, ({ base }) => there(base))],
  ["BR-46", (said) => every(said.vat, ({ tax }) => there(tax))],
  ["BR-47", (said) => every(said.vat, ({ category }) => there(category))],
  ["BR-48", (said) => every(said.vat, ({ category, rate }) => category === "O" || there(rate))],
  ["BR-55", (said) => said.preceding === null || there(said.preceding.number)],
  ["BR-57", (said) => said.deliver_to === null || there(said.deliver_to.country)],
  ["BR-62", (said) => said.seller.email === null || there(said.seller.email_scheme)],
  ["BR-63", (said) => said.buyer.email === null || there(said.buyer.email_scheme)],
  ["BR-CL-01", (said) => ["380", "381"].includes(said.type_code ?? "")],
  ["BR-CL-03", (said) => said.currencies.length > 0 && every(said.currencies, (code) => code === said.currency)],
  ["BR-CL-04", (said) => currencies.some(({ code }) => code === said.currency)],
  ["BR-CL-08", (said) => !/^[^#]*#[^#]{3}#/u.test(said.note ?? "")],
  ["BR-CL-14", (said) => every(countriesIn(said), (code) => countries.has(code ?? ""))],
  ["BR-CL-17", (said) => every([...said.vat, ...said.allowances], ({ category }) => (category ?? "") in CATEGORIES)],
  ["BR-CL-18", (said) => every(said.lines, ({ category }) => (category ?? "") in CATEGORIES)],
  ["BR-CL-19", (said) => every(allowed(said), ({ reason_code }) => reason_code === null || allowanceReasons.has(reason_code))],
  ["BR-CL-22", (said) => every(said.vat, ({ code }) => code === null || exemptions.has(code))],
  ["BR-CL-23", (said) => every(said.lines, ({ unit }) => units.has(unit ?? ""))],
  [
    "BR-CL-25",
    ({ buyer, seller }) => every([seller, buyer], ({ email, email_scheme }) => email === null || addressSchemes.has(email_scheme ?? ""))
  ],
  ["BR-CO-04", (said) => every(said.lines, ({ category }) => there(category))],
  [
    "BR-CO-05",
    (said) =>
      every(
        allowed(said),
        ({ reason, reason_code }) => !there(reason_code) || (allowanceWords[reason_code ?? ""] ?? []).includes(reason ?? "")
      )
  ],
  ["BR-CO-09", (said) => every([said.seller, said.buyer], ({ vat_id }) => vat_id === null || isVatId(vat_id))],
  ["BR-CO-10", (said) => exact(said.totals.lines) === sum(said.lines, ({ net }) => net)],
  ["BR-CO-11", (said) => exact(said.totals.allowances) === sum(allowed(said), ({ amount }) => amount)],
  ["BR-CO-12", (said) => exact(said.totals.charges) === sum(charged(said), ({ amount }) => amount)],
  ["BR-CO-13", ({ totals }) => exact(totals.net) === exact(totals.lines) - exact(totals.allowances) + exact(totals.charges)],
  ["BR-CO-14", (said) => exact(said.totals.tax) === sum(said.vat, ({ tax }) => tax)],
  ["BR-CO-15", ({ totals }) => exact(totals.gross) === exact(totals.net) + exact(totals.tax)],
  ["BR-CO-16", ({ totals }) => exact(totals.due) === exact(totals.gross) - exact(totals.paid) + exact(totals.rounding)],
  ["BR-CO-17", (said) => every(said.vat, ({ base, rate, tax }) => exact(tax) === taxOn(base, rate, said.currency))],
  ["BR-CO-18", (said) => said.vat.length > 0],
  ["BR-CO-19", ({ period }) => period === null || there(period.from) || there(period.to)],
  ["BR-CO-20", (said) => every(said.lines, ({ period }) => period === null || there(period.from) || there(period.to))],
  ["BR-CO-21", (said) => every(allowed(said), ({ reason, reason_code }) => there(reason) || there(reason_code))],
  ["BR-CO-25", (said) => exact(said.totals.due) <= 0n || there(said.due_on) || there(said.payment_terms)],
  ["BR-CO-26", (said) => ids(said).some(there)],
  ...amounts.map(([id, of]) => [id, (said: Said) => every(of(said), (text) => decimalsIn(text) <= 2)] as const),
  ...(Object.keys(CATEGORIES) as Array<Category>).flatMap(categoryRules),
  [
    "BR-IC-11",
    (said) =>
      !said.vat.some(({ category }) => category === "K") || there(said.delivered_on) || (said.period !== null && there(said.period.from))
  ],
  ["BR-IC-12", (said) => !said.vat.some(({ category }) => category === "K") || there(said.deliver_to?.country ?? null)],
  ["BR-O-11", ({ vat }) => !vat.some(({ category }) => category === "O") || vat.length === 1],
  ["BR-O-12", ({ lines, vat }) => !vat.some(({ category }) => category === "O") || every(lines, ({ category }) => category === "O")],
  [
    "BR-O-13",
    ({ allowances, vat }) => !vat.some(({ category }) => category === "O") || every(allowances, ({ category }) => category === "O")
  ]
])

/** The rules that a document breaks. */
export const broken = (said: Said): ReadonlyArray<string> =>
  [...rules].flatMap(([id, keeps]) => {
    try {
      return keeps(said) ? [] : [id]
    } catch {
      return [id]
    }
  })
