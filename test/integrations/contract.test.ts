import { afterAll, beforeAll, describe, it } from "vitest"
import { connectorConformance } from "../../adapters/testing/index.js"
import { anrokServer } from "./servers/anrok.js"
import { avalaraServer } from "./servers/avalara.js"
import { hubspotServer } from "./servers/hubspot.js"
import { netsuiteServer } from "./servers/netsuite.js"
import { adyenAccount, gocardlessAccount, stripeAccount } from "./servers/payments.js"
import { salesforceServer } from "./servers/salesforce.js"
import { xeroServer } from "./servers/xero.js"

const runner = { describe, it, beforeAll, afterAll }

connectorConformance("xero", runner, xeroServer)
connectorConformance("netsuite", runner, netsuiteServer)
connectorConformance("hubspot", runner, hubspotServer)
connectorConformance("salesforce", runner, salesforceServer)
connectorConformance("anrok", runner, anrokServer)
connectorConformance("avalara", runner, avalaraServer)
connectorConformance("stripe", runner, () => stripeAccount())
connectorConformance("gocardless", runner, gocardlessAccount)
connectorConformance("adyen", runner, adyenAccount)
