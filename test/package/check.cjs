/** A document with a text of two scripts. */
const DOCUMENT = {
  organization_id: "o",
  locale: "en",
  title: "Invoice",
  number: "INV-1",
  issued_at: 0,
  stamp: null,
  issuer: ["Łódź"],
  bill_to: { label: "Bill to", lines: ["नमस्ते"] },
  facts: [],
  columns: { description: "Description", units: "Units", unit_price: "Price", amount: "Amount" },
  lines: [],
  totals: [],
  notes: [],
  footer: null,
  page: "{page}"
}

/** What must hold of the package's entries, whichever way they were loaded. */
exports.check = async ({
  billwright,
  pricing,
  sqlite,
  postgres,
  pdf,
  exportFiles,
  secrets,
  testing,
  webhooks,
  effect,
  SqlClient,
  assert
}) => {
  const { Effect } = effect
  for (const [name, entry] of Object.entries({ billwright, pricing, sqlite, postgres, pdf, exportFiles, secrets, testing, webhooks })) {
    assert.equal(typeof entry, "object", name)
  }
  assert.ok(Object.keys(pricing).length > 0, "billwright/pricing exports nothing")
  assert.equal(typeof postgres.layer, "function")
  assert.equal(typeof secrets.secrets, "function")
  // One class in every entry here too.
  assert.throws(() => webhooks.verify("", {}, { keys: "" }), billwright.SignatureInvalid)

  // Both formats find the library that writes CSV.
  assert.equal(exportFiles.exportsTo(exportFiles.memory()).csv([["a", 'b"c']]), 'a,"b""c"\r\n')

  // Fonts lie where the code looks for them, in both formats.
  const page = await Effect.runPromise(pdf.pdf().print(DOCUMENT))
  assert.equal(Buffer.from(page.subarray(0, 5)).toString(), "%PDF-")

  const ask = (layer, sql) =>
    Effect.runPromise(
      Effect.either(
        Effect.provide(
          Effect.flatMap(SqlClient.SqlClient, (client) => client.unsafe(sql)),
          layer
        )
      )
    )

  const answered = await ask(sqlite.layer({ filename: ":memory:" }), "select 1 + 1 as two")
  assert.deepEqual(answered.right, [{ two: 2 }])

  // One class in every entry: a host's instanceof holds for an error that comes from another entry.
  for (const failed of [
    await ask(sqlite.layer({ filename: __dirname }), "select 1"),
    await ask(postgres.layer({ url: "postgres://nobody:nothing@127.0.0.1:1/none" }), "select 1")
  ]) {
    assert.ok(failed.left instanceof billwright.StorageError, `not a StorageError of billwright: ${failed.left}`)
  }
}
