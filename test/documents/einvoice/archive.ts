/**
 * What ISO 19005-3 (PDF/A-3, level B) asks of a file, of that which a page of ours can get wrong: each rule under its clause, on the bytes,
 * apart from the library that writes them.
 */
import { catalogOf, entry, following, inObject, latin1, objectsOf, type Pdf, pdfOf, withKey } from "./pdf-file.js"
import { all, textAt, treeOf } from "./xml-tree.js"

/** What pages draw, without texts: their operators and operands. */
const contents = (pdf: Pdf): ReadonlyArray<string> =>
  withKey(pdf, /\/Type \/Page\b/).map((page) => inObject(pdf, page, "Contents")?.data ?? "")
const operators = (content: string): ReadonlyArray<string> =>
  content
    .replace(/\((?:\\.|[^\\)])*\)|<[0-9a-fA-F\s]*>/g, " ")
    .split(/[\s[\]]+/)
    .filter((word) => /^[a-zA-Z'"][\w*'"]*$/.test(word))

/** Operators of ISO 32000-1, without those of Type 3 fonts and inline images. */
const OPERATORS = new Set(
  `b B b* B* BDC BMC BT BX c cm cs CS d Do DP EMC ET EX f F f* g G gs h i j J k K l m M MP n q Q re rg RG ri s S sc SC scn SCN sh T* Tc Td TD
  Tf Tj TJ TL Tm Tr Ts Tw Tz v w W W* y ' "`.split(/\s+/)
)

/** How deep saved states are nested at most; more restored than saved is no depth at all. */
const depth = (content: string): number => {
  let [now, most] = [0, 0]
  for (const operator of operators(content)) {
    now += operator === "q" ? 1 : operator === "Q" ? -1 : 0
    if (now < 0) return Number.NaN
    most = Math.max(most, now)
  }
  return now === 0 ? most : Number.NaN
}

const offsets = (file: string): ReadonlyArray<string> => {
  const start = Number(/startxref\n(\d+)\n/.exec(file)?.[1])
  const [head = "", count = "0"] = /^xref\n0 (\d+)\n/.exec(file.slice(start)) ?? []
  const table = file.slice(start + head.length)
  return Array.from({ length: Number(count) }, (_, at) => table.slice(at * 20, at * 20 + 20))
}

const profileOf = (pdf: Pdf) => {
  const intent = withKey(pdf, /\/S \/GTS_PDFA1\b/)[0]
  const profile = inObject(pdf, intent, "DestOutputProfile")
  return { intent, profile, data: latin1(profile?.data ?? "") }
}

const type0Fonts = (pdf: Pdf) =>
  withKey(pdf, /\/Subtype \/Type0\b/).map((font) => {
    const descendant = inObject(pdf, font, "DescendantFonts")
    const descriptor = inObject(pdf, descendant, "FontDescriptor")
    return { font, descendant, descriptor, program: latin1(inObject(pdf, descriptor, "FontFile2")?.data ?? "") }
  })

/** Advance widths of a TrueType program, in thousandths of its square. */
const widthsIn = (program: Buffer): ReadonlyArray<number> => {
  if (program.length < 12) return []
  const tables = new Map(
    Array.from({ length: program.readUInt16BE(4) }, (_, at) => [
      program.toString("latin1", 12 + at * 16, 16 + at * 16),
      program.readUInt32BE(20 + at * 16)
    ])
  )
  const square = program.readUInt16BE(tables.get("head")! + 18)
  const count = program.readUInt16BE(tables.get("hhea")! + 34)
  return Array.from({ length: count }, (_, at) => (program.readUInt16BE(tables.get("hmtx")! + at * 4) * 1000) / square)
}

const declaredWidths = (dictionary: string): ReadonlyArray<number> =>
  (/\/W \[0 \[([^\]]*)\]\]/.exec(dictionary)?.[1] ?? "").trim().split(/\s+/).map(Number)

const metadataOf = (pdf: Pdf) => {
  const stream = inObject(pdf, catalogOf(pdf), "Metadata")
  const packet = latin1(stream?.data ?? "").toString("utf8")
  const xmp = /<x:xmpmeta[\s\S]*<\/x:xmpmeta>/.exec(packet)?.[0] ?? "<none></none>"
  const descriptions = all(treeOf(xmp.replace(/>\s+</g, "><").trim()), "rdf:RDF", "rdf:Description")
  const said = (...path: ReadonlyArray<string>) => descriptions.flatMap((each) => textAt(each, ...path) ?? [])
  return { stream, packet, said }
}

/** A text of an information dictionary: latin-1, or UTF-16 that says so. */
const infoText = (pdf: Pdf, key: string): ReadonlyArray<string> => {
  const info = following(pdf, /\/Info (\d+ 0 R)/.exec(pdf.file.slice(pdf.file.lastIndexOf("trailer")))?.[1])
  const value = inObject(pdf, info, key)?.dictionary.trim()
  if (value === undefined) return []
  const text = value.slice(1, -1).replace(/\\([\\()])/g, "$1")
  return [text.startsWith("\u00fe\u00ff") ? Buffer.from(text.slice(2), "latin1").swap16().toString("utf16le") : text]
}
const infoTime = (pdf: Pdf, key: string) =>
  infoText(pdf, key).map((text) => text.replace(/^D:(....)(..)(..)(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z"))

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

const attachments = (pdf: Pdf) =>
  withKey(pdf, /\/Type \/Filespec\b/).map((specification) => ({
    ...specification,
    stream: following(pdf, /\/EF <<\s*\/F (\d+ 0 R)/.exec(specification.dictionary)?.[1])
  }))

/** Under the clauses of ISO 19005-3:2012. */
export const archiveRules: ReadonlyMap<string, (pdf: Pdf) => boolean> = new Map<string, (pdf: Pdf) => boolean>([
  ["6.1.2 header, and bytes that no text has", ({ file }) => /^%PDF-1\.[0-7]\n%[\x80-\xff]{4,}\n/.test(file)],
  [
    "6.1.3 a trailer with its identifiers, no encryption, nothing after it",
    ({ file }) => {
      const trailer = file.slice(file.lastIndexOf("trailer"))
      return /\/ID \[<(\w+)> <\w+>\]/.test(trailer) && !/\/Encrypt\b/.test(file) && /\n%%EOF\r?\n?$/.test(file)
    }
  ],
  [
    "6.1.4 each offset is its object's",
    ({ file }) => {
      const entries = offsets(file)
      return (
        entries.length > 1 &&
        entries.every(
          (entry, id) => /^\d{10} 65535 f \n$/.test(entry) || file.slice(Number(entry.slice(0, 10))).startsWith(`${id} 0 obj\n`)
        )
      )
    }
  ],
  ["6.1.6 hexadecimal strings of whole bytes", (pdf) => contents(pdf).every((content) => !/<(?:[0-9a-f]{2})*[0-9a-f]>/i.test(content))],
  [
    "6.1.7 streams of the length that they say, in the file, by filters that last",
    (pdf) =>
      objectsOf(pdf).every(
        ({ dictionary, raw }) =>
          raw === null ||
          (Number(/\/Length (\d+)/.exec(dictionary)?.[1]) === raw.length &&
            !/\/(F|FFilter|FDecodeParms) /.test(dictionary.replace(/\/EF <<[^>]*>>/, "")) &&
            !/\/(LZWDecode|Crypt|JBIG2Decode|JPXDecode)\b/.test(dictionary))
      )
  ],
  ["6.1.13 states nested 28 deep at most", (pdf) => contents(pdf).every((content) => depth(content) <= 28)],
  ["6.2.2 operators of PDF alone", (pdf) => contents(pdf).every((content) => operators(content).every((each) => OPERATORS.has(each)))],
  [
    "6.2.3 one output intent, its profile for RGB",
    (pdf) => {
      const { data, intent, profile } = profileOf(pdf)
      return (
        intent !== undefined &&
        following(pdf, entry(catalogOf(pdf)?.dictionary, "OutputIntents"))?.id === intent.id &&
        data.toString("latin1", 36, 40) === "acsp" &&
        ["mntr", "prtr"].includes(data.toString("latin1", 12, 16)) &&
        data.toString("latin1", 16, 20) === "RGB " &&
        data[8]! <= 4 &&
        data.readUInt32BE(0) === data.length &&
        entry(profile?.dictionary, "N") === "3"
      )
    }
  ],
  [
    "6.2.4 colours of that profile, or grey",
    (pdf) =>
      !objectsOf(pdf).some(({ dictionary }) => /\/(DeviceCMYK|DeviceN|Separation)\b/.test(dictionary)) &&
      contents(pdf).every(
        (content) => !/\/(?!DeviceRGB|DeviceGray)\w+ (cs|CS)\b/.test(content) && !operators(content).some((each) => /^[kK]$/.test(each))
      )
  ],
  [
    "6.2.5 and 6.2.10 no transfer, no blending, nothing that shines through",
    (pdf) =>
      withKey(pdf, /\/Type \/ExtGState\b/).every(
        ({ dictionary }) =>
          !/\/(TR2?|HTP|BM|SMask)\b/.test(dictionary) && [...dictionary.matchAll(/\/(?:ca|CA) (\S+)/g)].every(([, value]) => value === "1")
      )
  ],
  [
    "6.2.8 and 6.2.9 pictures as they are",
    (pdf) => !objectsOf(pdf).some(({ dictionary }) => /\/(Alternates|OPI|Ref|PS)\b|\/Interpolate true/.test(dictionary))
  ],
  [
    "6.2.11 fonts embedded, by identity, with their Unicode",
    (pdf) =>
      !objectsOf(pdf).some(({ dictionary }) => /\/Subtype \/(Type1|MMType1|TrueType|Type3)\b/.test(dictionary)) &&
      type0Fonts(pdf).length > 0 &&
      type0Fonts(pdf).every(
        ({ descendant, descriptor, font, program }) =>
          program.length > 0 &&
          entry(font.dictionary, "Encoding") === "/Identity-H" &&
          entry(descendant?.dictionary, "CIDToGIDMap") === "/Identity" &&
          entry(font.dictionary, "BaseFont") === entry(descriptor?.dictionary, "FontName") &&
          entry(descendant?.dictionary, "BaseFont") === entry(descriptor?.dictionary, "FontName") &&
          !/\/CIDSet\b/.test(descriptor?.dictionary ?? "") &&
          /beginbf(range|char)/.test(inObject(pdf, font, "ToUnicode")?.data ?? "")
      )
  ],
  [
    "6.2.11.5 widths of glyphs as their font has them",
    (pdf) =>
      type0Fonts(pdf).every(({ descendant, program }) => {
        const widths = widthsIn(program)
        return declaredWidths(descendant?.dictionary ?? "").every((width, glyph) => Math.abs(width - widths[glyph]!) <= 1)
      })
  ],
  ["6.2.11.8 no missing glyph", (pdf) => contents(pdf).every((content) => !/<(?:[0-9a-f]{4})*?0000/.test(content))],
  [
    "6.3 to 6.5 nothing to press, to run or to fill in",
    (pdf) =>
      !objectsOf(pdf).some(({ dictionary }) =>
        /\/(Annots|AA|OpenAction|JavaScript|JS|Launch|URI|AcroForm|XFA|NeedsRendering)\b/.test(dictionary)
      )
  ],
  [
    "6.6.2 metadata to be read by anyone, of PDF/A-3b",
    (pdf) => {
      const { packet, said, stream } = metadataOf(pdf)
      return (
        stream !== undefined &&
        /\/Type \/Metadata\b[\s\S]*\/Subtype \/XML\b/.test(stream.dictionary) &&
        !/\/Filter\b/.test(stream.dictionary) &&
        /^\s*<\?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"\?>/.test(packet) &&
        !packet.includes("\ufffd") &&
        same([said("pdfaid:part"), said("pdfaid:conformance")], [["3"], ["B"]])
      )
    }
  ],
  [
    "6.6.3 metadata that says what the information dictionary says",
    (pdf) => {
      const { said } = metadataOf(pdf)
      return (
        same(said("dc:title", "rdf:Alt", "rdf:li"), infoText(pdf, "Title")) &&
        same(said("dc:creator", "rdf:Seq", "rdf:li"), infoText(pdf, "Author")) &&
        same(said("xmp:CreatorTool"), infoText(pdf, "Creator")) &&
        same(said("pdf:Producer"), infoText(pdf, "Producer")) &&
        same(said("xmp:CreateDate"), infoTime(pdf, "CreationDate")) &&
        same(said("xmp:ModifyDate"), infoTime(pdf, "ModDate"))
      )
    }
  ],
  [
    "6.8 attachments that say what they are, and of what",
    (pdf) => {
      const catalog = catalogOf(pdf)
      const names = inObject(pdf, catalog, "Names")?.dictionary ?? ""
      return (
        attachments(pdf).length === 1 &&
        attachments(pdf).every(
          ({ dictionary, id, stream }) =>
            /\/F \(([^)]+)\)[\s\S]*\/UF \(\1\)/.test(dictionary) &&
            /^\/(Source|Data|Alternative|Supplement|Unspecified)$/.test(entry(dictionary, "AFRelationship") ?? "") &&
            (entry(catalog?.dictionary, "AF") ?? "").includes(`${id} 0 R`) &&
            names.includes(`${id} 0 R`) &&
            /\/Type \/EmbeddedFile\b/.test(stream?.dictionary ?? "") &&
            /\/Subtype \/\w+#2Fxml\b/.test(stream?.dictionary ?? "") &&
            /\/ModDate \(D:\d{14}Z\)/.test(stream?.dictionary ?? "") &&
            entry(stream?.dictionary, "Size") === `${stream?.data?.length}`
        )
      )
    }
  ],
  [
    "6.9 to 6.11 nothing optional, no other look",
    (pdf) =>
      !objectsOf(pdf).some(({ dictionary }) => /\/(OCProperties|AlternatePresentations|PresSteps|Requirements|Perms)\b/.test(dictionary))
  ]
])

/** The rules that a file breaks. */
export const brokenArchive = (bytes: Uint8Array | string): ReadonlyArray<string> => {
  const pdf = pdfOf(typeof bytes === "string" ? bytes : Buffer.from(bytes).toString("latin1"))
  return [...archiveRules].flatMap(([id, keeps]) => (keeps(pdf) ? [] : [id]))
}
