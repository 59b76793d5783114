import { expect, it } from "vitest"
import { plainText } from "../../../adapters/messaging/smtp/plain-text.js"

it("the text of an e-mail has its lines, its lists and its links, once", () => {
  const html =
    "<p>Hello Zoë &amp; Co,</p><p>to pay:</p><ul><li>A-1: &lt;1 €</li><li>A-2</li></ul>" +
    '<p><a href="https://p.example/?a=1&amp;b=2">https://p.example/?a=1&amp;b=2</a> or <a class="x" href="https://h.example">here</a><br>Acme</p>'
  expect(plainText(html)).toBe(
    "Hello Zoë & Co,\n\nto pay:\n\n- A-1: <1 €\n- A-2\n\nhttps://p.example/?a=1&b=2 or here (https://h.example)\nAcme"
  )
  expect(plainText("&amp;lt; 5 > 4")).toBe("&lt; 5 > 4")
})

it("a text of nothing but brackets takes no longer than it is long", () => {
  const started = performance.now()
  for (const text of ["<".repeat(65_536), "<a href=".repeat(8_192), `<${"a".repeat(65_535)}`]) plainText(text)
  expect(performance.now() - started).toBeLessThan(500)
})
