/** The chain: each row has the hash of the row before in its own, so that a row that is changed, gone or moved shows. Pure. */
import { DateTime } from "effect"
import { canonicalText } from "./change.js"
import type { AuditHead, SealedRow } from "./entry.js"

/** SHA-256 of a text's UTF-8, as 64 hexadecimal characters. */
export type Digest = (text: string) => string

/** What stands before an organization's first row. */
export const GENESIS: AuditHead = { position: 0n, hash: "0".repeat(64) }

type Common = Pick<SealedRow, "organization_id" | "actor_type" | "actor_id" | "metadata" | "created_at">

/** What the rows of one transaction and actor have in common. */
const commonOf = ({ actor_id, actor_type, created_at, metadata, organization_id }: Common): string =>
  canonicalText([organization_id, actor_type, actor_id, metadata, DateTime.formatIso(created_at)])

/** The text whose digest is a row's hash: every column, the organization and the place in its log among them; each line is JSON. */
const textOf = (row: Omit<SealedRow, "hash">, common: string): string =>
  `${JSON.stringify([row.previous_hash, row.position.toString(), row.id, row.resource_type, row.resource_id, row.action])}\n${common}\n${row.changes}`

/** Rows behind a head, in order: of one organization, actor and instant. */
export const chained = (
  head: AuditHead,
  rows: ReadonlyArray<Omit<SealedRow, "position" | "previous_hash" | "hash">>,
  digest: Digest
): ReadonlyArray<SealedRow> => {
  const common = rows[0] === undefined ? "" : commonOf(rows[0])
  let { hash, position } = head
  return rows.map((row) => {
    position += 1n
    const linked = { ...row, position, previous_hash: hash }
    hash = digest(textOf(linked, common))
    return { ...linked, hash }
  })
}

/** A row of the log that is not as it was written. */
export interface BrokenRow {
  readonly table: "audit_logs" | "audit_chains"
  readonly id: string
  readonly reason: string
}

/** Reads a log row after row, in order of position. */
export interface ChainReader {
  readonly read: (row: SealedRow) => void
  /** Where it ended so far. */
  readonly end: () => AuditHead
  readonly broken: ReadonlyArray<BrokenRow>
}

export const chainReader = (digest: Digest): ChainReader => {
  let end = GENESIS
  const broken: Array<BrokenRow> = []
  const found = (row: SealedRow, reason: string) => broken.push({ table: "audit_logs", id: row.id, reason })
  return {
    broken,
    end: () => end,
    read: (row) => {
      const expected = end.position + 1n
      if (row.position !== expected)
        found(row, `position ${row.position} follows ${end.position}: ${row.position - expected} missing before it`)
      else if (row.previous_hash !== end.hash) found(row, `position ${row.position} does not continue the row before it`)
      if (digest(textOf(row, commonOf(row))) !== row.hash) found(row, `position ${row.position} is not as it was written`)
      end = { position: row.position, hash: row.hash }
    }
  }
}

/** What a log that was read to its end shows beside its rows: whether it ends where it should. */
export const brokenEnd = (organization_id: string, end: AuditHead, head: AuditHead): ReadonlyArray<BrokenRow> =>
  end.position === head.position && end.hash === head.hash
    ? []
    : [
        {
          table: "audit_chains",
          id: organization_id,
          reason:
            end.position === head.position
              ? `position ${end.position} is another row than the one that was written last`
              : `the log ends at position ${end.position}, ${head.position} were written`
        }
      ]
