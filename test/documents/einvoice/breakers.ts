/** For each rule of the oracle, how a document breaks it. */
import type { Said } from "./said.js"

interface Breaker {
  /** Which of the test's documents is broken; `mixed` unless said. */
  readonly of?: "mixed" | "exempt" | "supply" | "outside"
  readonly change: (said: Said) => void
}

const more = (text: string | null): string => `${Number(text) + 0.01}`

/** Where the documents have an entry of the category: `mixed` has S, `exempt` Z, E, AE and G. */
const category = (name: string, code: string, of: NonNullable<Breaker["of"]>): Readonly<Record<string, Breaker>> => {
  const own = <A extends { category: string | null }>(items: ReadonlyArray<A>): A => items.find((item) => item.category === code)!
  const wrongRate = code === "O" ? "0" : code === "S" ? "0" : "7"
  const lacks = (said: Said) => {
    if (code === "O") said.seller.vat_id = "DE123456789"
    else Object.assign(said.seller, { vat_id: null, tax_registration: null })
  }
  return {
    [`BR-${name}-01`]: {
      of,
      change: (said) => {
        said.vat = said.vat.filter((vat) => vat.category !== code)
      }
    },
    [`BR-${name}-02`]: { of, change: lacks },
    [`BR-${name}-03`]: { of, change: lacks },
    [`BR-${name}-05`]: {
      of,
      change: ({ lines }) => {
        own(lines).rate = wrongRate
      }
    },
    [`BR-${name}-06`]: {
      of,
      change: ({ allowances }) => {
        own(allowances).rate = wrongRate
      }
    },
    [`BR-${name}-08`]: {
      of,
      change: ({ vat }) => {
        own(vat).base = more(own(vat).base)
      }
    },
    [`BR-${name}-09`]: {
      of,
      change: ({ vat }) => {
        own(vat).tax = more(own(vat).tax)
      }
    },
    [`BR-${name}-10`]: {
      of,
      change: ({ vat }) => void Object.assign(own(vat), ["S", "Z"].includes(code) ? { reason: "because" } : { reason: null, code: null })
    }
  }
}

const total = (name: keyof Said["totals"]): Breaker => ({
  change: ({ totals }) => {
    totals[name] = more(totals[name])
  }
})
const noTotal = (name: keyof Said["totals"]): Breaker => ({
  change: ({ totals }) => {
    totals[name] = null
  }
})
const line = (name: keyof Said["lines"][number], value: string | null = null): Breaker => ({
  change: ({ lines }) => void Object.assign(lines[1]!, { [name]: value })
})
const head = (change: Partial<Said>): Breaker => ({ change: (said) => void Object.assign(said, change) })
const backwards = { from: "2026-05-02", to: "2026-05-01" }
const open = { from: null, to: null }
const unexplained: Breaker = { change: ({ allowances }) => void Object.assign(allowances[0]!, { reason: null, reason_code: null }) }

export const breakers: Readonly<Record<string, Breaker>> = {
  "BR-01": head({ profile: null }),
  "BR-02": head({ number: " " }),
  "BR-03": head({ issued_on: null }),
  "BR-04": head({ type_code: null }),
  "BR-05": head({ currency: null }),
  "BR-06": {
    change: ({ seller }) => {
      seller.name = ""
    }
  },
  "BR-07": {
    change: ({ buyer }) => {
      buyer.name = null
    }
  },
  "BR-08": {
    change: ({ seller }) => {
      seller.has_address = false
    }
  },
  "BR-09": {
    change: ({ seller }) => {
      seller.country = null
    }
  },
  "BR-10": {
    change: ({ buyer }) => {
      buyer.has_address = false
    }
  },
  "BR-11": {
    change: ({ buyer }) => {
      buyer.country = null
    }
  },
  "BR-12": noTotal("lines"),
  "BR-13": noTotal("net"),
  "BR-14": noTotal("gross"),
  "BR-15": noTotal("due"),
  "BR-16": head({ lines: [] }),
  "BR-21": line("id"),
  "BR-22": line("quantity"),
  "BR-23": line("unit"),
  "BR-24": line("net"),
  "BR-25": line("name"),
  "BR-26": line("price"),
  "BR-27": line("price", "-1"),
  "BR-29": head({ period: backwards }),
  "BR-30": {
    change: ({ lines }) => {
      lines[0]!.period = backwards
    }
  },
  "BR-31": {
    change: ({ allowances }) => {
      allowances[0]!.amount = null
    }
  },
  "BR-32": {
    change: ({ allowances }) => {
      allowances[0]!.category = null
    }
  },
  "BR-33": unexplained,
  "BR-45": {
    change: ({ vat }) => {
      vat[0]!.base = null
    }
  },
  "BR-46": {
    change: ({ vat }) => {
      vat[0]!.tax = null
    }
  },
  "BR-47": {
    change: ({ vat }) => {
      vat[0]!.category = null
    }
  },
  "BR-48": {
    change: ({ vat }) => {
      vat[0]!.rate = null
    }
  },
  "BR-55": head({ preceding: { number: null } }),
  "BR-57": {
    of: "supply",
    change: ({ deliver_to }) => {
      deliver_to!.country = null
    }
  },
  "BR-62": {
    change: ({ seller }) => {
      seller.email_scheme = null
    }
  },
  "BR-63": {
    change: ({ buyer }) => {
      buyer.email_scheme = null
    }
  },
  "BR-CL-01": head({ type_code: "999" }),
  "BR-CL-03": head({ currencies: ["EUR", "USD"] }),
  "BR-CL-04": head({ currency: "EURO" }),
  "BR-CL-08": head({ note: "orders #101#102" }),
  "BR-CL-14": {
    change: ({ buyer }) => {
      buyer.country = "ZZ"
    }
  },
  "BR-CL-17": {
    change: ({ vat }) => {
      vat[0]!.category = "X"
    }
  },
  "BR-CL-18": line("category", "X"),
  "BR-CL-19": {
    change: ({ allowances }) => {
      allowances[0]!.reason_code = "AA"
    }
  },
  "BR-CL-22": {
    of: "exempt",
    change: ({ vat }) => {
      vat[0]!.code = "VATEX-EU-Z"
    }
  },
  "BR-CL-23": line("unit", "piece"),
  "BR-CL-25": {
    change: ({ buyer }) => {
      buyer.email_scheme = "MAIL"
    }
  },
  "BR-CO-04": line("category"),
  "BR-CO-05": {
    change: ({ allowances }) => {
      allowances.find(({ reason_code }) => reason_code === "95")!.reason = "Mindermengenzuschlag"
    }
  },
  "BR-CO-09": {
    change: ({ seller }) => {
      seller.vat_id = "123456789"
    }
  },
  "BR-CO-10": total("lines"),
  "BR-CO-11": total("allowances"),
  "BR-CO-12": total("charges"),
  "BR-CO-13": total("net"),
  "BR-CO-14": total("tax"),
  "BR-CO-15": total("gross"),
  "BR-CO-16": total("due"),
  "BR-CO-17": {
    change: ({ vat }) => {
      vat[0]!.tax = more(vat[0]!.tax)
    }
  },
  "BR-CO-18": head({ vat: [] }),
  "BR-CO-19": head({ period: open }),
  "BR-CO-20": {
    change: ({ lines }) => {
      lines[0]!.period = open
    }
  },
  "BR-CO-21": unexplained,
  "BR-CO-25": head({ due_on: null, payment_terms: null }),
  "BR-CO-26": {
    change: ({ seller }) => {
      seller.vat_id = null
    }
  },
  "BR-DEC-01": {
    change: ({ allowances }) => {
      allowances[0]!.amount = "1.001"
    }
  },
  ...Object.fromEntries(
    (
      [
        ["09", "lines"],
        ["10", "allowances"],
        ["11", "charges"],
        ["12", "net"],
        ["13", "tax"],
        ["14", "gross"],
        ["16", "paid"],
        ["17", "rounding"],
        ["18", "due"]
      ] as const
    ).map(([id, name]) => [
      `BR-DEC-${id}`,
      {
        change: ({ totals }: Said) => {
          totals[name] = "1.001"
        }
      }
    ])
  ),
  "BR-DEC-19": {
    change: ({ vat }) => {
      vat[0]!.base = "1.001"
    }
  },
  "BR-DEC-20": {
    change: ({ vat }) => {
      vat[0]!.tax = "1.001"
    }
  },
  "BR-DEC-23": line("net", "1.001"),
  ...category("S", "S", "mixed"),
  ...category("Z", "Z", "exempt"),
  ...category("E", "E", "exempt"),
  ...category("AE", "AE", "exempt"),
  ...category("IC", "K", "supply"),
  ...category("G", "G", "exempt"),
  ...category("O", "O", "outside"),
  "BR-IC-11": { of: "supply", change: (said) => void Object.assign(said, { delivered_on: null, period: null }) },
  "BR-IC-12": {
    of: "supply",
    change: (said) => {
      said.deliver_to = null
    }
  },
  "BR-O-11": { of: "outside", change: ({ vat }) => void vat.push({ ...vat[0]!, category: "Z", rate: "0" }) },
  "BR-O-12": { of: "outside", change: ({ lines }) => void lines.push({ ...lines[0]!, category: "Z", rate: "0" }) },
  "BR-O-13": { of: "outside", change: ({ allowances }) => void allowances.push({ ...allowances[0]!, category: "Z", rate: "0" }) }
}
