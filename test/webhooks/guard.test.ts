/** Where webhooks may go: URLs by their text, names by every address that they have, redirects nowhere. */
import { once } from "node:events"
import { createServer, type LookupFunction, type Server } from "node:net"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { isPublicAddress, urlRefusal } from "../../adapters/webhooks/guard.js"
import { webhooks } from "../../adapters/webhooks/index.js"

const guard = { allowPrivate: false, ports: [443, 8443] }

const privateV4 = [
  ...[
    "0.0.0.0",
    "0.255.255.255",
    "10.0.0.0",
    "10.255.255.255",
    "10.96.0.1",
    "100.64.0.0",
    "100.127.255.255",
    "100.100.100.200",
    "168.63.129.16"
  ],
  ...["127.0.0.0", "127.0.0.1", "127.255.255.255", "169.254.0.0", "169.254.169.254", "169.254.255.255"],
  ...[
    "172.16.0.0",
    "172.31.255.255",
    "172.20.0.1",
    "192.0.0.0",
    "192.0.0.255",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.0",
    "192.168.1.1",
    "192.168.255.255"
  ],
  ...["198.18.0.0", "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"]
]
const privateV6 = [
  ...[
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:168.63.129.16",
    "::127.0.0.1",
    "::7f00:1"
  ],
  ...["fe80::1", "febf::1", "fec0::1", "fc00::1", "fd00:ec2::254", "fdff:ffff::1", "ff02::1", "64:ff9b::7f00:1", "64:ff9b:1::1"],
  ...[
    "2002:7f00:1::",
    "2001:db8::1",
    "3fff::1",
    "3fff:fff::1",
    "2001:db8:ffff::1",
    "fe80::a9fe:a9fe",
    "fdfe::1",
    "ff0e::1",
    "64:ff9b::a9fe:a9fe",
    "2002:a00:1::",
    "2002:c0a8:1::",
    "100::1",
    "5f00::1",
    "2001::1",
    "2001:10::1",
    "2001:20::1",
    "2001:2::1"
  ]
]
const publicHosts = [
  ...["9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0"],
  ...[
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "8.8.8.8",
    "1.1.1.1"
  ]
]

/** What is written to look like something else. */
const refused = [
  ...privateV4.map((address) => `https://${address}/`),
  ...privateV6.map((address) => `https://[${address}]/`),
  ...[
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f.1",
    "0x7f000001",
    "0177.0.0.1",
    "017700000001",
    "①②⑦.⓪.⓪.①",
    "0",
    "1",
    "127.0.0.1.",
    "0xa9fea9fe"
  ].map((host) => `https://${host}/`),
  ...[
    "localhost",
    "localhost.",
    "LOCALHOST",
    "a.localhost",
    "a.localhost.",
    "intranet",
    "db",
    "printer.local",
    "metadata.google.internal"
  ].map((host) => `https://${host}/hook`),
  ...[
    "https://good.example.org@127.0.0.1/",
    "https://user:password@hooks.example.org/",
    "https://@hooks.example.org/",
    "https://:@hooks.example.org/"
  ],
  ...[
    "https://hooks.example.org\\@127.0.0.1/",
    "https:\\\\127.0.0.1\\",
    "https://hooks.exa\tmple.org/",
    "https://hooks.exa\nmple.org/",
    " https://hooks.example.org/"
  ],
  ...[
    "https://hооks.example.org/",
    "https://hooks。example.org/",
    "https://hooks.example.org/#fragment",
    "https://hooks.example.org/\u0000"
  ],
  ...[0, 22, 25, 80, 6379, 65535].map((port) => `https://hooks.acme.com:${port}/`),
  `https://hooks.acme.com/${"a".repeat(8192)}`,
  ...[
    "http://hooks.acme.com/",
    "file:///etc/passwd",
    "gopher://hooks.acme.com/",
    "ftp://hooks.acme.com/",
    "data:text/plain,hello",
    "javascript:alert(1)"
  ],
  ...[
    "unix:/var/run/docker.sock",
    "https:///var/run/docker.sock",
    "https:hooks.acme.com",
    "//hooks.acme.com/",
    "hooks.acme.com",
    "",
    "https://",
    "https://["
  ]
]

describe("addresses", () => {
  it("there are 120 and more that are no endpoints", () => {
    expect(new Set(refused).size).toBeGreaterThanOrEqual(120)
  })

  it.each(refused)("refused: %s", (url) => {
    expect(urlRefusal(url, guard)).toEqual(expect.any(String))
  })

  it.each(publicHosts)("one beside them is public: %s", (address) => {
    expect(isPublicAddress(address)).toBe(true)
    expect(urlRefusal(`https://${address}/`, guard)).toBeNull()
  })

  it.each([
    "https://hooks.acme.com/in?a=b",
    "https://hooks.acme.com:8443/",
    "https://[2606:4700:4700::1111]/",
    "https://xn--bcher-kva.com/"
  ])("accepted: %s", (url) => {
    expect(urlRefusal(url, guard)).toBeNull()
  })
})

describe("what is connected to", () => {
  let server: Server
  let connections = 0
  beforeAll(async () => {
    server = createServer((socket) => {
      connections += 1
      socket.destroy()
    })
    server.listen(0, "::")
    await once(server, "listening")
  })
  afterAll(() => void server.close())

  const port = () => (server.address() as { readonly port: number }).port
  const answering = (answers: ReadonlyArray<ReadonlyArray<string>>): { readonly lookup: LookupFunction; readonly asked: () => number } => {
    let asked = 0
    return {
      asked: () => asked,
      lookup: (_, options, callback) => {
        const addresses = answers[Math.min(asked, answers.length - 1)]!.map((address) => ({
          address,
          family: address.includes(":") ? 6 : 4
        }))
        asked += 1
        if (options.all === true) callback(null, addresses)
        else callback(null, addresses[0]!.address, addresses[0]!.family)
      }
    }
  }
  const send = (host: string, lookup: LookupFunction, timeout_seconds = 1) =>
    Effect.runPromise(
      Effect.flip(
        webhooks({ lookup, ports: [443, port()] }).transport.send({
          url: `https://${host}:${port()}/`,
          headers: {},
          body: new Uint8Array(),
          timeout_seconds
        })
      )
    )

  it.each([
    ["a name with a private address", [["127.0.0.1"]]],
    ["one with a private IPv6 address", [["::1"]]],
    ["a public address and a private one", [["93.184.216.34", "127.0.0.1"]]],
    ["a public address and a private IPv6 one", [["93.184.216.34", "::1"]]],
    ["many public ones, one private", [[...Array.from({ length: 20 }, (_, i) => `93.184.216.${i}`), "127.0.0.1"]]],
    ["an IPv4 address in an IPv6 one", [["::ffff:127.0.0.1"]]],
    ["no address at all", [[]]]
  ])("nothing is: %s", async (_, answers) => {
    expect((await send("127.0.0.1.nip.io", answering(answers).lookup)).reason).toBe("the address is in a private or local network")
    expect(connections).toBe(0)
  })

  it("a name is looked up at each try, and what was public before is refused once it is not", async () => {
    const rebinding = answering([["192.0.2.1"], ["127.0.0.1"]])
    for (let tries = 0; tries < 2; tries++) {
      expect((await send("rebinding.acme.com", rebinding.lookup)).reason).toBe("the address is in a private or local network")
    }
    expect(rebinding.asked()).toBe(2)
    expect(connections).toBe(0)
  })

  it("the address that a connection goes to is looked at again where no name is looked up", async () => {
    for (const host of ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"]) {
      const before = connections
      const { reason } = await send(host, answering([]).lookup)
      expect(reason).toBe("the address is in a private or local network")
      expect(connections).toBe(before)
    }
  })

  it("a slow name server costs no more than the try may take", async () => {
    const before = performance.now()
    expect((await send("slow.acme.com", () => {})).reason).toBe("no answer within 1 seconds")
    expect(performance.now() - before).toBeLessThan(3000)
  })

  it("a name that is not there is a failed try", async () => {
    const missing: LookupFunction = (_, __, callback) => callback(Object.assign(new Error("no"), { code: "ENOTFOUND" }), "", 0)
    expect((await send("nothing.acme.com", missing)).reason).toBe("the connection failed: ENOTFOUND")
  })

  it("no proxy of the environment is used", async () => {
    const saved = { ...process.env }
    Object.assign(process.env, {
      HTTPS_PROXY: `http://127.0.0.1:${port()}`,
      https_proxy: `http://127.0.0.1:${port()}`,
      NODE_USE_ENV_PROXY: "1"
    })
    await send("rebinding.acme.com", answering([["127.0.0.1"]]).lookup)
    for (const name of ["HTTPS_PROXY", "https_proxy", "NODE_USE_ENV_PROXY"]) {
      if (saved[name] === undefined) delete process.env[name]
      else process.env[name] = saved[name]
    }
    expect(connections).toBe(0)
  })
})
