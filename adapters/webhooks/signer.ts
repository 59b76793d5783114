/** What signs webhooks, over the crypto of Node. */
import { createHmac, createPrivateKey, generateKeyPairSync, randomBytes, sign } from "node:crypto"
import type { WebhookSigner } from "../../src/webhooks/index.js"

/** What stands before the 32 bytes of an Ed25519 key in its DER form. */
const PRIVATE_HEAD = Buffer.from("302e020100300506032b657004220420", "hex")

const HMAC_KEY_BYTES = 32

export const signer: WebhookSigner = {
  newHmacKey: () => new Uint8Array(randomBytes(HMAC_KEY_BYTES)),
  newEd25519Pair: () => {
    const pair = generateKeyPairSync("ed25519")
    return {
      private_key: new Uint8Array(pair.privateKey.export({ format: "der", type: "pkcs8" }).subarray(-32)),
      public_key: new Uint8Array(pair.publicKey.export({ format: "der", type: "spki" }).subarray(-32))
    }
  },
  hmac: (key, message) => new Uint8Array(createHmac("sha256", key).update(message).digest()),
  ed25519: (seed, message) =>
    new Uint8Array(sign(null, message, createPrivateKey({ key: Buffer.concat([PRIVATE_HEAD, seed]), format: "der", type: "pkcs8" })))
}
