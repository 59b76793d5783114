/** The services of field work over their stores. */
import { Layer } from "effect"
import type { CustomerStore, OrganizationStore } from "../accounts/index.js"
import type { AddOnStore } from "../catalog/index.js"
import type { Ids, Transactor } from "../core/index.js"
import type { AddOns } from "../invoicing/index.js"
import { Calls } from "./calls.js"
import { Emergencies, type EmergencyStore } from "./emergencies.js"
import { type InstallationBillStore, InstallationBills } from "./installation-bills.js"
import { Installations } from "./installations.js"
import { Leads } from "./leads.js"
import { Oems } from "./oems.js"
import { type PayoutStore, Payouts } from "./payouts.js"
import { Recording } from "./recording.js"
import type { CallStore, FieldStore, OemStore } from "./store.js"
import { Surveys } from "./surveys.js"
import { Users } from "./users.js"

export const fieldworkLayer: Layer.Layer<
  Oems | Leads | Surveys | Installations | InstallationBills | Calls | Emergencies | Payouts | Users | Recording,
  never,
  | FieldStore
  | OemStore
  | CallStore
  | InstallationBillStore
  | EmergencyStore
  | PayoutStore
  | AddOns
  | OrganizationStore
  | CustomerStore
  | AddOnStore
  | Transactor
  | Ids
> = Layer.mergeAll(
  Oems.layer,
  Leads.layer,
  Surveys.layer,
  Installations.layer,
  Calls.layer,
  Emergencies.layer,
  Payouts.layer,
  Users.layer
).pipe(Layer.provideMerge(InstallationBills.layer), Layer.provideMerge(Recording.layer))
