/** Ports of the host: where the artefacts of an installation are known, and where files are kept. */
import { Context, type Effect, Schema } from "effect"
import { fromHost, type HostFailed } from "../fieldwork/index.js"

export const Artefact = Schema.Struct({
  /** Such as `survey_report`, `installation_report`, `photo`, `sign_off`. */
  kind: Schema.String,
  name: Schema.String,
  /** Where the host has it. */
  reference: Schema.String,
  /** SHA-256 of its bytes: 64 hexadecimal characters. */
  sha256: Schema.String.pipe(Schema.pattern(/^[0-9a-f]{64}$/))
})
export type Artefact = typeof Artefact.Type

/** What a pack is about. */
export interface PackSubject {
  readonly lead: string
  readonly installation: string
  readonly survey_report: string
  readonly installation_report: string
}

export interface HostArtefacts {
  /** Everything that the host has of it, in the order in which the manifest is to list it. */
  readonly of: (subject: PackSubject) => Promise<ReadonlyArray<Artefact>>
}

export interface HostFiles {
  /** Keeps a file under a path such as `reports/weekly/….pdf`, in place of one that is there. */
  readonly put: (path: string, bytes: Uint8Array, media_type: string) => Promise<void>
}

/** The artefacts of installations; there are none unless the host gives them. */
export class Artefacts extends Context.Reference<Artefacts>()("billwright/Artefacts", { defaultValue: (): HostArtefacts | null => null }) {}

/** Where files are kept; none are made unless the host gives a place. */
export class Files extends Context.Reference<Files>()("billwright/Files", { defaultValue: (): HostFiles | null => null }) {}

/** Kinds of artefacts without which a pack is a draft. */
export class RequiredArtefacts extends Context.Reference<RequiredArtefacts>()("billwright/RequiredArtefacts", {
  defaultValue: (): ReadonlyArray<string> => ["survey_report", "installation_report", "photo"]
}) {}

const decodeArtefacts = Schema.decodeUnknownPromise(Schema.Array(Artefact))

export const artefactsOf = (host: HostArtefacts, subject: PackSubject): Effect.Effect<ReadonlyArray<Artefact>, HostFailed> =>
  fromHost("artefacts", async () => decodeArtefacts(await host.of(subject)))

export const keepFile = (host: HostFiles, path: string, bytes: Uint8Array, media_type: string): Effect.Effect<void, HostFailed> =>
  fromHost("files", () => host.put(path, bytes, media_type))
