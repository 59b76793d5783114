/** The countries of ISO 3166-1 by their two letters. */
const COUNTRIES = `
  AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG
  CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL
  GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA
  LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP
  NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV
  SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW`

/** EN 16931 has codes of its own beside them: 1A is Kosovo, XI Northern Ireland. */
const known: ReadonlySet<string> = new Set(["1A", "XI", ...COUNTRIES.trim().split(/\s+/)])

/** A country's code as EN 16931 writes it: XK, by which Kosovo is known elsewhere, is not of its list. */
export const countryCode = (code: string): string => (code === "XK" ? "1A" : code)

export const isCountry = (code: string): boolean => known.has(code)

/** Greece has a prefix of its own. */
const PREFIXES: ReadonlySet<string> = new Set([...known, "EL"])

/** Whether a tax id is a VAT identifier: a country's prefix and at least two more letters or digits (BR-CO-09). */
export const isVatId = (id: string): boolean => /^[A-Z]{2}[A-Z0-9+*]{2,}$/.test(id) && PREFIXES.has(id.slice(0, 2))
