/** What does not hold of the field side: transitions in a chain, statuses that follow from them, pairs of a pack, numbers without gaps, submissions. */
import type { SqlClient } from "@effect/sql/SqlClient"
import { readChecks } from "./checks.js"

/** Things with a status, by the kind of their transitions. */
const SUBJECTS = [
  ["lead", "leads"],
  ["survey", "surveys"],
  ["installation", "installations"],
  ["closure_pack", "closure_packs"],
  ["emergency", "emergencies"],
  ["payout", "payouts"]
] as const

/** Each a select of code, name, id and reason, over the organization `$o`. */
const CHECKS = [
  `SELECT 'S1' AS code, 'field_transitions' AS name, CAST(t.id AS TEXT) AS id, 'does not begin where the one before it ended' AS reason
    FROM field_transitions t LEFT JOIN field_transitions p ON p.organization_id = t.organization_id AND p.subject = t.subject AND p.sequence = t.sequence - 1
    WHERE t.organization_id = $o AND t.sequence > 1 AND (p.id IS NULL OR p.to_status <> t.from_status)`,
  `SELECT 'S1', 'field_transitions', CAST(t.id AS TEXT), 'is_first is not what the transitions before it say'
    FROM field_transitions t WHERE t.organization_id = $o AND t.is_first = EXISTS (SELECT 1 FROM field_transitions p
      WHERE p.organization_id = t.organization_id AND p.subject = t.subject AND p.to_status = t.to_status AND p.sequence < t.sequence)`,
  ...SUBJECTS.map(
    ([kind, table]) => `SELECT 'S1', '${table}', CAST(s.id AS TEXT), 'status ' || s.status || ' is not where its transitions end'
    FROM ${table} s WHERE s.organization_id = $o AND NOT EXISTS (SELECT 1 FROM field_transitions t WHERE t.organization_id = s.organization_id
      AND t.subject = s.id AND t.kind = '${kind}' AND t.to_status = s.status AND NOT EXISTS (SELECT 1 FROM field_transitions n
        WHERE n.organization_id = t.organization_id AND n.subject = t.subject AND n.sequence = t.sequence + 1))`
  ),
  `SELECT 'S1', 'closure_packs', CAST(p.id AS TEXT), 'oem_response ' || p.oem_response || ' does not go with ' || p.status
    FROM closure_packs p WHERE p.organization_id = $o AND ((p.status = 'accepted') <> (p.oem_response = 'accepted')
      OR (p.status = 'rejected' AND p.oem_response <> 'revision_needed') OR (p.status IN ('draft', 'submitted') AND p.oem_response <> 'pending'))`,
  `SELECT 'N1', 'installation_counters', CAST(c.year AS TEXT), 'gives ' || CAST(c.next_value AS TEXT) || ' next, there are ' ||
      CAST(COUNT(i.id) AS TEXT) || ' numbers up to ' || COALESCE(MAX(i.number), 'none')
    FROM installation_counters c LEFT JOIN installations i ON i.organization_id = c.organization_id AND i.number LIKE 'INS-' || CAST(c.year AS TEXT) || '-%'
    WHERE c.organization_id = $o GROUP BY c.year, c.next_value
    HAVING COUNT(i.id) <> c.next_value - 1 OR MAX(CAST(substr(i.number, 10) AS INTEGER)) <> c.next_value - 1`,
  ...(["weekly", "monthly"] as const).map(
    (kind) => `SELECT 'S1', '${kind}_reports', CAST(r.id AS TEXT), 'is not submitted as its submissions say'
    FROM ${kind}_reports r WHERE r.organization_id = $o AND (SELECT COUNT(*) FROM report_submissions s WHERE s.organization_id = r.organization_id
      AND s.report_id = r.id AND s.report_type = '${kind}' AND s.oem = r.oem) <> CASE WHEN r.submitted_at IS NULL THEN 0 ELSE 1 END`
  ),
  `SELECT 'S1', 'closure_packs', CAST(p.id AS TEXT), 'was submitted more or less often than there are submissions'
    FROM closure_packs p WHERE p.organization_id = $o AND (SELECT COUNT(*) FROM report_submissions s WHERE s.organization_id = p.organization_id
      AND s.report_id = p.id) <> (SELECT COUNT(*) FROM field_transitions t WHERE t.organization_id = p.organization_id AND t.subject = p.id
      AND t.to_status = 'submitted')`
]

/** The first thousand of them, in one statement. */
export const readField = (sql: SqlClient) => readChecks(sql, CHECKS)
