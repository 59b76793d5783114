import { DateTime, Either } from "effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { compile, parseTemplate, plainValue, render, smsParts, variablesOf } from "../../src/notifications/language/index.js"

const nodesOf = (source: string) => Either.getOrThrowWith(parseTemplate(source), ({ line, reason }) => new Error(`${line}: ${reason}`))

const reader = { locale: "en", timezone: "Asia/Kolkata" }

const rendered = (source: string, variables: object = {}, options: { readonly escape?: boolean; readonly locale?: string } = {}) =>
  render(compile(nodesOf(source)), plainValue(variables), { ...reader, locale: options.locale ?? "en" }, options.escape ?? false)

const text = (...args: Parameters<typeof rendered>): string => {
  const answer = rendered(...args)
  expect([...answer!.missing]).toEqual([])
  return answer!.text
}

const missing = (source: string, variables: object = {}): ReadonlyArray<string> => [...rendered(source, variables)!.missing]

const refused = (source: string): string => {
  const read = parseTemplate(source)
  return Either.isLeft(read) ? `${read.left.line}: ${read.left.reason}` : "accepted"
}

describe("the language of templates", () => {
  it("fills in variables, with dots and places of lists", () => {
    expect(text("Hi {{ lead.name }}, {{list.1}}!", { lead: { name: "Asha" }, list: ["a", "b"] })).toBe("Hi Asha, b!")
    expect(text("{ {{ a }} } %} }} {", { a: "x" })).toBe("{ x } %} }} {")
  })

  it.each([
    ['{{ a|default:"you" }}', {}, "you"],
    ['{{ a|default:"you" }}', { a: "" }, "you"],
    ["{{ a|default:b }}", { b: "b" }, "b"],
    ["{{ a|upper }}{{ a|lower }}", { a: "Ab" }, "ABab"],
    ["{{ a|title }}", { a: "my FIRST post, isn't it 1st" }, "My First Post, Isn't It 1st"],
    ["{{ a|capfirst }}", { a: "élan" }, "Élan"],
    ["{{ a|length }}", { a: ["x", "y"] }, "2"],
    ["{{ a|length }}", { a: "añ🙂" }, "3"],
    ['{{ a|join:" and " }}', { a: ["x", 2] }, "x and 2"],
    ["{{ a }}", { a: ["x", 2] }, "x, 2"],
    ["{{ a|truncatechars:9 }}", { a: "Joel is a slug" }, "Joel is…"],
    ["{{ a|floatformat }}", { a: "34.23234" }, "34.2"],
    ["{{ a|floatformat }}", { a: "34.00000" }, "34"],
    ["{{ a|floatformat:3 }}", { a: 34 }, "34.000"],
    ["{{ a|floatformat:-3 }}", { a: "34.26000" }, "34.260"],
    ['{{ a|floatformat:"0" }}', { a: "39.56" }, "40"],
    ["{{ a|floatformat:2 }}", { a: "-0.125" }, "-0.13"],
    ["{{ a|floatformat:2 }}", { a: "many" }, "many"]
  ])("%s of %j is %s", (source, variables, expected) => {
    expect(text(source, variables)).toBe(expected)
  })

  it("shows dates in the recipient's zone and locale", () => {
    const at = DateTime.unsafeMake("2025-03-09T20:05:00Z")
    expect(text('{{ at|date:"D j M Y" }} {{ at|time:"H:i" }}', { at })).toBe("Mon 10 Mar 2025 01:35")
    expect(text('{{ at|date:"d/m/y" }} {{ at|time:"P" }}', { at: new Date(at.epochMillis) })).toBe("10/03/25 1:35 a.m.")
    expect(text("{{ day }}", { day: "2025-03-10" })).toBe("March 10, 2025")
    expect(text("{{ day }}", { day: "2025-03-10" }, { locale: "de" })).toBe("10. März 2025")
    expect(text('{{ day|date:"l j F" }}', { day: "2025-03-10" }, { locale: "de" })).toBe("Montag 10 März")
    expect(text("{{ day }}", { day: "2025-02-30" }, { locale: "not a locale" })).toBe("2025-02-30")
  })

  it.each([
    ["{% if a %}x{% elif b %}y{% else %}z{% endif %}", { b: 1 }, "y"],
    ["{% if not a and b %}x{% endif %}", { b: true }, "x"],
    ["{% if a or b and c %}x{% else %}y{% endif %}", { a: 1 }, "x"],
    ['{% if a == "x" and n >= 2 %}x{% endif %}', { a: "x", n: 2 }, "x"],
    ["{% if n > 9 %}x{% else %}y{% endif %}", { n: "10" }, "y"],
    ['{% if "a" in list and "z" not in list %}x{% endif %}', { list: ["a"] }, "x"],
    ["{% if list|length == 2 %}x{% endif %}", { list: [1, 2] }, "x"],
    ["{% if list %}x{% else %}y{% endif %}", { list: [] }, "y"],
    ["{% for x in list %}{{ x.n }},{% empty %}none{% endfor %}", { list: [{ n: 1 }, { n: 2 }] }, "1,2,"],
    ["{% for x in list %}{{ x }}{% empty %}none{% endfor %}", { list: [] }, "none"],
    ["{% for x in xs %}{% for y in x %}{{ y }}{% endfor %};{{ x|length }} {% endfor %}", { xs: [[1, 2], [3]] }, "12;2 3;1 "],
    ["{% for x in xs %}{% for x in x %}{{ x }}{% endfor %}{{ x|length }}{% endfor %}", { xs: [[7, 8]] }, "782"],
    ["{% for x in xs %}{% if x == 1 %}one{% endif %}{% endfor %}", { xs: [1, 2] }, "one"],
    ["a{# {{ b }} #}b{% comment %}{{ x }}{% if %}{% endcomment %}c", {}, "abc"]
  ])("%s of %j is %s", (source, variables, expected) => {
    expect(text(source, variables)).toBe(expected)
  })

  it("names all that is missing, and only that", () => {
    expect(missing("{{ a }} {{ b.c }} {{ a }} {{ d }}", { b: {}, d: "x" })).toEqual(["a", "b.c"])
    expect(missing("{% for x in xs %}{% endfor %}{{ e|upper }}", { e: null })).toEqual(["xs", "e"])
    expect(missing('{{ a|upper|default:"x" }}{% if b %}{{ b }}{% endif %}{% if c == 1 %}{% endif %}')).toEqual([])
    expect(missing("{{ a|default:b }}{{ c|default:d }}", { c: "c" })).toEqual(["b"])
    expect(missing("{% for x in xs %}{{ x.y }}{% endfor %}", { xs: [{}] })).toEqual(["x.y"])
    expect(missing("{{ map }}", { map: { a: 1 } })).toEqual(["map"])
  })

  it("escapes what it fills in where it is asked to, not the template's own text", () => {
    const variables = { a: `<b>"Tom" & 'Jerry'</b>`, xs: ["<i>"] }
    expect(text("<p>{{ a|upper }}</p>{{ xs|join:'<br>' }}{{ xs }}", variables, { escape: true })).toBe(
      "<p>&lt;B&gt;&quot;TOM&quot; &amp; &#x27;JERRY&#x27;&lt;/B&gt;</p>&lt;i&gt;&lt;i&gt;"
    )
    expect(text("{{ a }}", variables)).toBe(variables.a)
  })

  it.each([
    ["a\n{{ a", "2: {{ is not closed on its line"],
    ["{{ a\n}}", "1: {{ is not closed on its line"],
    ["{{ }}", "1: expected a variable"],
    ["{{ a b }}", '1: "a b" is no variable'],
    ["{{ a|safe }}", '1: there is no filter "safe"'],
    ["{{ a|default }}", "1: default needs an argument"],
    ["{{ a|upper:1 }}", "1: upper takes no argument"],
    ["{{ a()}}", '1: "a()" is no variable'],
    ["{{ a.__proto__ }}", '1: "a.__proto__" is no variable'],
    ["{{ _a }}", '1: "_a" is no variable'],
    ["{{ forloop.counter }}", '1: "forloop.counter" is no variable'],
    ["\n\n{% if a %}b", "3: if is not closed"],
    ["{% endif %}", '1: there is no tag "endif" here'],
    ["{% if (a) %}{% endif %}", '1: "(a)" is no variable'],
    ["{% if a and %}{% endif %}", "1: a condition ends too early"],
    ["{% if a b %}{% endif %}", '1: "b" is not expected here'],
    ["{% for a, b in c %}{% endfor %}", "1: expected for … in …"],
    ["{% for a in b reversed %}{% endfor %}", "1: expected for … in …"],
    ['{% include "x" %}', '1: there is no tag "include" here'],
    ["{%- if a %}{% endif %}", '1: there is no tag "-" here'],
    ["{% comment %}", "1: comment without endcomment"],
    [`${"{% if a %}".repeat(11)}${"{% endif %}".repeat(11)}`, "1: tags are nested deeper than 10"]
  ])("refuses %j", (source, expected) => {
    expect(refused(source)).toBe(expected)
  })

  it("a text that would become too long is none", () => {
    const xs = Array.from({ length: 200 }, () => "x")
    expect(rendered("{% for a in xs %}{% for b in xs %}{% for c in xs %}{% endfor %}{% endfor %}{% endfor %}", { xs })).toBeNull()
    expect(rendered("{% for a in xs %}{{ long }}{% endfor %}", { xs, long: "y".repeat(1000) })).toBeNull()
  })

  it("names the variables that it takes, in the order of the text", () => {
    const source = '{{ b.c }}{% if a and d == "x" %}{% for x in xs %}{{ x.n }}{{ e|default:f }}{% endfor %}{% endif %}{{ b.c }}'
    expect(variablesOf(nodesOf(source))).toEqual(["b.c", "a", "d", "xs", "e", "f"])
  })

  it.each([
    ["", 1],
    ["a".repeat(160), 1],
    ["a".repeat(161), 2],
    ["a".repeat(306), 2],
    ["a".repeat(307), 3],
    ["€".repeat(80), 1],
    ["€".repeat(81), 2],
    ["я".repeat(70), 1],
    ["я".repeat(71), 2],
    ["я".repeat(135), 3],
    ["🙂".repeat(35), 1],
    ["🙂".repeat(66), 2],
    ["🙂".repeat(67), 3]
  ])("an SMS %# takes its parts", (body, parts) => {
    expect(smsParts(body)).toBe(parts)
  })

  const hostile = fc.array(
    fc.oneof(
      fc.constantFrom(
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        "{",
        "a",
        "b.c",
        "|",
        ":",
        '"x"',
        "'",
        "\\",
        " ",
        "\n",
        "if ",
        "for x in a",
        "endif",
        "endfor"
      ),
      fc.constantFrom(
        "{% if a %}",
        "{% endif %}",
        "{{ a }}",
        "{% else %}",
        "{% raw %}",
        "constructor",
        "__proto__",
        "default",
        "upper",
        "-"
      ),
      fc.string({ maxLength: 3 })
    ),
    { maxLength: 30 }
  )

  it("reads any text or refuses it, and shows plain text as it is", () => {
    fc.assert(
      fc.property(hostile, (parts) => {
        const source = parts.join("")
        const read = parseTemplate(source)
        if (Either.isLeft(read)) {
          expect(read.left.line).toBeGreaterThan(0)
          return
        }
        const answer = render(compile(read.right), plainValue({ a: "{{ b }}", b: { c: "{% x %}" } }), reader, false)
        expect(typeof answer!.text).toBe("string")
        if (!/\{[{%#]/.test(source)) expect(answer!.text).toBe(source)
      })
    )
  })

  it("what is filled in is never read as a template, and escaped text holds no markup", () => {
    fc.assert(
      fc.property(fc.string(), (a) => {
        expect(rendered("{{ a }}", { a: `{{${a}%}` })!.text).toBe(`{{${a}%}`)
        expect(rendered("{{ a }}", { a: `<${a}` }, { escape: true })!.text).not.toMatch(/[<>"']/)
      })
    )
  })
})
