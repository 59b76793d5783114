/** A certificate that its own key signed, for a server on this machine: what nobody should trust unless told to. */
import { generateKeyPairSync, sign } from "node:crypto"

const der = (tag: number, ...parts: ReadonlyArray<Uint8Array>): Buffer => {
  const body = Buffer.concat(parts)
  const length = body.length < 128 ? [body.length] : body.length < 256 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 255]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}

const SEQUENCE = 0x30
const SET = 0x31
const ED25519 = der(SEQUENCE, Buffer.from("06032b6570", "hex"))
const COMMON_NAME = Buffer.from("0603550403", "hex")
const ALTERNATIVE_NAME = Buffer.from("0603551d11", "hex")

const bits = (bytes: Uint8Array) => der(0x03, Buffer.of(0), bytes)
const time = (text: string) => der(0x17, Buffer.from(text))

/** Key and certificate, PEM, for 127.0.0.1, valid from 2020 to 2049. */
export const selfSigned = (): { readonly key: string; readonly cert: string } => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519")
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(0x0c, Buffer.from("127.0.0.1")))))
  const address = der(SEQUENCE, der(0x87, Buffer.of(127, 0, 0, 1)))
  const content = der(
    SEQUENCE,
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(1)),
    ED25519,
    name,
    der(SEQUENCE, time("200101000000Z"), time("491231235959Z")),
    name,
    publicKey.export({ format: "der", type: "spki" }),
    der(0xa3, der(SEQUENCE, der(SEQUENCE, ALTERNATIVE_NAME, der(0x04, address))))
  )
  const certificate = der(SEQUENCE, content, ED25519, bits(sign(null, content, privateKey)))
  return {
    key: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString("base64").replace(/(.{64})/g, "$1\n")}\n-----END CERTIFICATE-----\n`
  }
}
