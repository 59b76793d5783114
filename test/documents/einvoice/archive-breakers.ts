/** For each rule of archives, what breaks it in a file that keeps them all. */
import { latin1, pdfOf } from "./pdf-file.js"

type Breaker = (file: string) => string

const instead =
  (pattern: RegExp | string, text: string): Breaker =>
  (file) =>
    file.replace(pattern, () => text)

/** The data of the one stream whose dictionary has a text, changed and unfiltered. */
const inStream =
  (where: RegExp, change: (data: string) => string): Breaker =>
  (file) => {
    const stream = [...pdfOf(file).objects.values()].find(({ data, dictionary }) => data !== null && where.test(dictionary + data))!
    const data = change(stream.data!)
    return file
      .split(`\n${stream.raw!}\nendstream`)
      .join(`\n${data}\nendstream`)
      .replace(stream.dictionary, () =>
        stream.dictionary.replace(/\/Filter \/FlateDecode\n?/, "").replace(/\/Length \d+/, `/Length ${data.length}`)
      )
  }

const drawing = (operators: string): Breaker => inStream(/^[\s\S]*\bcm\n\/Gs1 gs/, (data) => `${operators}\n${data}`)

const profile = (at: number, text: string): Breaker => inStream(/\/N 3/, (data) => data.slice(0, at) + text + data.slice(at + text.length))

/** Of a font's program, the width of its second glyph. */
const wider: Breaker = (file) =>
  inStream(/\/Length[\s\S]*glyf[\s\S]*hmtx/, (data) => {
    const program = latin1(data)
    const table = Array.from({ length: program.readUInt16BE(4) }, (_, at) => 12 + at * 16).find(
      (at) => program.toString("latin1", at, at + 4) === "hmtx"
    )!
    const at = program.readUInt32BE(table + 8) + 4
    program.writeUInt16BE(program.readUInt16BE(at) + 100, at)
    return program.toString("latin1")
  })(file)

export const archiveBreakers: Readonly<Record<string, ReadonlyArray<Breaker>>> = {
  "6.1.2": [instead(/^%PDF-1.7\n%....\n/, "%PDF-1.7\n%bin.\n"), instead("%PDF-1.7", "%PDF-2.0")],
  "6.1.3": [instead(/\/ID \[.*\]\n/, ""), instead(/\/Info (\d+ 0 R)\n\/ID/, "/Encrypt 4 0 R\n/ID"), (file) => `${file}more`],
  "6.1.4": [instead(/\n(\d{10}) 00000 n/, "\n0000000001 00000 n")],
  "6.1.6": [drawing("[<001>] TJ")],
  "6.1.7": [
    instead(/\/Length (\d+)/, "/Length 1"),
    instead("/Filter /FlateDecode", "/Filter /LZWDecode"),
    instead(/\/Length (\d+)/, "/F (other.pdf) /Length 1")
  ],
  "6.1.13": [drawing(`${"q ".repeat(29)}${"Q ".repeat(29)}`), drawing("Q")],
  "6.2.2": [drawing("1 2 xx")],
  "6.2.3": [
    instead(/\/OutputIntents \[.*\]/, ""),
    instead("/S /GTS_PDFA1", "/S /GTS_PDFX"),
    profile(16, "CMYK"),
    profile(12, "link"),
    profile(36, "none"),
    profile(8, "\u0005")
  ],
  "6.2.4": [drawing("0 0 0 1 k"), drawing("/Cs1 cs"), instead("/Gs1 ", "/ColorSpace /DeviceCMYK /Gs1 ")],
  "6.2.5": [instead("/ca 1", "/ca 0.5"), instead("/ca 1", "/ca 1 /BM /Multiply"), instead("/ca 1", "/ca 1 /TR /Identity")],
  "6.2.8": [instead("/Gs1 ", "/Interpolate true /Gs1 ")],
  "6.2.11": [
    instead(/\/FontFile2 \d+ 0 R/, ""),
    instead("/CIDToGIDMap /Identity", ""),
    instead(/\/ToUnicode \d+ 0 R/, ""),
    instead("/Encoding /Identity-H", "/Encoding /WinAnsiEncoding"),
    instead("/Subtype /Type0", "/Subtype /Type1"),
    instead(/\/FontName \/\w+/, "/FontName /Other"),
    instead(/\/StemV 0/, "/CIDSet 4 0 R")
  ],
  "6.2.11.5": [wider],
  "6.2.11.8": [drawing("[<00010000>] TJ")],
  "6.3": [
    instead("/Gs1 ", "/Annots [ ] /Gs1 "),
    instead("/Type /Catalog", "/Type /Catalog /OpenAction 4 0 R"),
    instead("/Type /Catalog", "/Type /Catalog /AcroForm 4 0 R"),
    instead("/Type /Catalog", "/Type /Catalog /Names << /JavaScript 4 0 R >>")
  ],
  "6.6.2": [
    instead("<pdfaid:part>3", "<pdfaid:part>2"),
    instead("<pdfaid:conformance>B", "<pdfaid:conformance>C"),
    instead(/\/Metadata \d+ 0 R/, ""),
    instead(/<\?xpacket begin="[^"]*"/, '<?xpacket begin="" bytes="1"'),
    instead("<fx:DocumentType>", "\u00ff<fx:DocumentType>")
  ],
  "6.6.3": [
    instead("(Rechnung ", "(Quittung "),
    instead("<xmp:ModifyDate>2026", "<xmp:ModifyDate>2027"),
    instead(/<dc:creator>[\s\S]*<\/dc:creator>/, ""),
    instead("<pdf:Producer>", "<pdf:Producer>not ")
  ],
  "6.8": [
    instead("/AFRelationship /Alternative", ""),
    instead("/AFRelationship /Alternative", "/AFRelationship /Copy"),
    instead("/UF (factur-x.xml)", ""),
    instead(/\/AF \[.*\]/, ""),
    instead("/Subtype /text#2Fxml", ""),
    instead(/\/ModDate \(D:\d{14}Z\)/, ""),
    instead(/\/Names \[\n?\s*\(factur-x.xml\) \d+ 0 R\n?\s*\]/, "/Names [ ]")
  ],
  "6.9": [instead("/Type /Catalog", "/Type /Catalog /OCProperties << >>")]
}
