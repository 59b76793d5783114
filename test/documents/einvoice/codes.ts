/** Code lists that EN 16931 takes its codes from, as the European Commission publishes them: facts, apart from what the product knows of them. */

const listOf = (codes: string): ReadonlySet<string> => new Set(codes.trim().split(/\s+/))

/** ISO 3166-1, and 1A (Kosovo) and XI (Northern Ireland). */
export const countries = listOf(`
  1A AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH
  CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN
  GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI
  LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM
  PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD
  TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XI YE YT ZA ZM ZW`)

/** What a VAT identifier begins with: a country, or Greece's own letters. */
export const vatPrefixes: ReadonlySet<string> = new Set([...countries, "EL"])

/** UNTDID 5189: why an allowance is given. */
export const allowanceReasons = listOf("41 42 60 62 63 64 65 66 67 68 70 71 88 95 100 102 103 104 105")

/** What its code says in words (UNTDID 5189: 95 is a discount), in the languages that documents speak. */
export const allowanceWords: Readonly<Record<string, ReadonlyArray<string>>> = {
  95: ["Discounts", "Rabatte", "Remises", "Descuentos", "Descontos", "Kortingen", "छूट"]
}

/** VATEX: why no VAT is charged, of the codes that hold in the whole Union. */
export const exemptions = listOf(
  `${"79-C 132 143 144 146-1E 148 151 153 159 309 AE D F G I IC J O"
    .split(" ")
    .map((code) => `VATEX-EU-${code}`)
    .join(" ")}`
)

/** What a code of VATEX says of its category of VAT, where it says one. */
export const exemptionOf: Readonly<Record<string, string>> = { AE: "VATEX-EU-AE", K: "VATEX-EU-IC", G: "VATEX-EU-G", O: "VATEX-EU-O" }

/** EAS: schemes of electronic addresses, those of no single country: a GLN, a DUNS number, an e-mail address. */
export const addressSchemes = listOf("0060 0088 EM")

/** UN/ECE Recommendation 20: units, those that a bill may count in when its metrics have none. */
export const units = listOf("C62 H87 ZZ")
