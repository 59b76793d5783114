/** What does not hold between the taxes of documents and the recorded answers of tax integrations, whose rates they are. */
import type { SqlClient } from "@effect/sql/SqlClient"
import { readChecks } from "./checks.js"

const ON_INVOICE = "a.organization_id = x.organization_id AND a.taxable_type = 'invoice' AND a.taxable_id = x.invoice_id"
const TAX = "t.organization_id = a.organization_id AND t.id = a.tax_id"

/** Each a select of code, name, id and reason, over the organization `$o`. The taxes of fees are held to those of their invoice (`checkDocument`). */
const CHECKS = [
  `SELECT 'M2' AS code, 'invoice_taxations' AS name, CAST(x.invoice_id AS TEXT) AS id,
      x.provider_type || ' gave the rates, and ' || t.code || ' is of ' || COALESCE(t.provider_type, 'the organization') AS reason
    FROM invoice_taxations x JOIN applied_taxes a ON ${ON_INVOICE} JOIN taxes t ON ${TAX}
    WHERE x.organization_id = $o AND x.status = 'succeeded' AND (t.provider_type IS NULL OR t.provider_type <> x.provider_type)`,
  `SELECT 'M2', 'applied_taxes', CAST(a.id AS TEXT), t.provider_type || ' gave its rate, and no rates to its invoice'
    FROM taxes t JOIN applied_taxes a ON ${TAX} AND a.taxable_type = 'invoice'
    JOIN invoices i ON i.organization_id = a.organization_id AND i.id = a.taxable_id
    WHERE t.organization_id = $o AND t.provider_type IS NOT NULL AND i.status <> 'draft' AND NOT EXISTS (SELECT 1 FROM invoice_taxations x
      WHERE x.organization_id = i.organization_id AND x.invoice_id = i.id AND x.status = 'succeeded')`,
  `SELECT 'M2', 'applied_taxes', CAST(a.id AS TEXT),
      'tax_rate ' || CAST(a.tax_rate AS TEXT) || ' is not the rate that ' || t.provider_type || ' gave, ' || CAST(t.rate AS TEXT)
    FROM taxes t JOIN applied_taxes a ON ${TAX} WHERE t.organization_id = $o AND t.provider_type IS NOT NULL AND a.tax_rate <> t.rate`,
  `SELECT 'M2', 'invoice_taxations', CAST(x.invoice_id AS TEXT), x.provider_type || ' gave the rates by an integration of ' || g.provider_type
    FROM invoice_taxations x JOIN integrations g ON g.organization_id = x.organization_id AND g.id = x.integration_id
    WHERE x.organization_id = $o AND g.provider_type <> x.provider_type`,
  `SELECT 'S1', 'invoice_taxations', CAST(x.invoice_id AS TEXT), 'rates were given, and the invoice is still a draft'
    FROM invoice_taxations x JOIN invoices i ON i.organization_id = x.organization_id AND i.id = x.invoice_id
    WHERE x.organization_id = $o AND x.status = 'succeeded' AND i.status = 'draft'`
]

/** The first thousand of them, in one statement. */
export const readTaxations = (sql: SqlClient) => readChecks(sql, CHECKS)
