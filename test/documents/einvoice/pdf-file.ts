/** A PDF as the objects that stand in it, for tests: one latin-1 character for each byte, no object streams, no compressed cross-references. */
import { inflateSync } from "node:zlib"

interface PdfObject {
  readonly id: string
  readonly dictionary: string
  /** As it stands, and without its filter; null where there is none. */
  readonly raw: string | null
  readonly data: string | null
}

export interface Pdf {
  readonly file: string
  readonly objects: ReadonlyMap<string, PdfObject>
}

export const latin1 = (text: string): Buffer => Buffer.from(text, "latin1")

/** A filter that this cannot undo is a finding of its own rule; the data are none then. */
const unfiltered = (dictionary: string, raw: string): string => {
  if (!/\/FlateDecode\b/.test(dictionary)) return raw
  try {
    return inflateSync(latin1(raw)).toString("latin1")
  } catch {
    return ""
  }
}

export const pdfOf = (file: string): Pdf => ({
  file,
  objects: new Map(
    [...file.matchAll(/(\d+) 0 obj\n([\s\S]*?)\nendobj/g)].map(([, id = "", body = ""]) => {
      const at = body.indexOf("stream\n")
      const dictionary = at === -1 ? body : body.slice(0, at)
      const raw = at === -1 ? null : body.slice(at + 7, body.lastIndexOf("\nendstream"))
      return [id, { id, dictionary, raw, data: raw === null ? null : unfiltered(dictionary, raw) }]
    })
  )
})

export const objectsOf = ({ objects }: Pdf): ReadonlyArray<PdfObject> => [...objects.values()]
export const withKey = (pdf: Pdf, pattern: RegExp) => objectsOf(pdf).filter(({ dictionary }) => pattern.test(dictionary))
export const following = ({ objects }: Pdf, reference: string | undefined): PdfObject | undefined =>
  objects.get(/(\d+) 0 R/.exec(reference ?? "")?.[1] ?? "")
export const entry = (dictionary: string | undefined, key: string): string | undefined =>
  new RegExp(`/${key}\\b\\s*(\\[[^\\]]*\\]|<<[^>]*>>|\\([^)]*\\)|<[^>]*>|/[^\\s/\\[(<>]+|\\d+ 0 R|[^\\s/>]+)`).exec(dictionary ?? "")?.[1]
export const catalogOf = (pdf: Pdf) => withKey(pdf, /\/Type \/Catalog\b/)[0]
/** The value of a key, wherever it stands. */
export const inObject = (pdf: Pdf, object: PdfObject | undefined, key: string) => following(pdf, entry(object?.dictionary, key))
