/** What a host gives the field side beside users: artefacts that tests set, and files that are kept in memory. */
import { Effect, Layer } from "effect"
import { type DocumentPrinter, DocumentPrinters, type PrintedSheet } from "../../src/documents/index.js"
import { Backups } from "../../src/fieldwork/index.js"
import { type Artefact, Artefacts, Files } from "../../src/reporting/index.js"

export const artefact = (kind: string): Artefact => ({ kind, name: `${kind}.bin`, reference: `host:${kind}`, sha256: "ab".repeat(32) })

/** Everything that a pack needs. */
export const ALL_KINDS = ["survey_report", "installation_report", "photo", "sign_off"].map(artefact)

export const fieldPorts = () => {
  const host = {
    artefacts: ALL_KINDS as ReadonlyArray<Artefact>,
    /** Who is found, by the step of the search. */
    backups: {} as Readonly<Record<string, string>>,
    files: new Map<string, PrintedSheet>()
  }
  const sheets: Array<PrintedSheet> = []
  const printer: DocumentPrinter = {
    media_type: "application/pdf",
    extension: "pdf",
    print: () => Effect.succeed(new Uint8Array()),
    sheet: (sheet) =>
      Effect.sync(() => {
        sheets.push(sheet)
        return new Uint8Array([sheets.length - 1])
      })
  }
  const layer = Layer.mergeAll(
    Layer.succeed(DocumentPrinters, printer),
    Layer.succeed(Backups, { find: async ({ step }) => host.backups[step] ?? null }),
    Layer.succeed(Artefacts, { of: async () => host.artefacts }),
    Layer.succeed(Files, {
      put: async (path, bytes) => {
        host.files.set(path, sheets[bytes[0]!]!)
      }
    })
  )
  return { host, layer }
}
