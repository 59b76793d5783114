/** How many parts a text takes as SMS: 160 characters of the GSM alphabet or 70 others, 153 or 67 each when it is split. Pure. */

const BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
/** Two characters each: an escape goes before them. */
const EXTENDED = new Set("^{}\\[~]|€\f")

/** What the characters of a text take, and whether all are of the GSM alphabet; else they are counted in units of 16 bits. */
const sizesOf = (text: string): { readonly gsm: boolean; readonly sizes: ReadonlyArray<number> } => {
  const characters = [...text]
  const gsm = characters.every((character) => BASIC.has(character) || EXTENDED.has(character))
  return { gsm, sizes: characters.map((character) => (gsm ? (BASIC.has(character) ? 1 : 2) : character.length)) }
}

/** Characters that take two are not split. */
export const smsParts = (text: string): number => {
  const { gsm, sizes } = sizesOf(text)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  if (total <= (gsm ? 160 : 70)) return 1
  const room = gsm ? 153 : 67
  let parts = 1
  let used = 0
  for (const size of sizes) {
    if (used + size > room) {
      parts += 1
      used = 0
    }
    used += size
  }
  return parts
}
