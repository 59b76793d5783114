/** Field work: users and roles, OEMs, leads, surveys, installations, calls; and the port through which what happens is told. */
export * from "./call.js"
export { CallLogNotFound, CallReminderDelay, Calls, type CallsShape } from "./calls.js"
export type { Acting } from "./desk.js"
export {
  Backups,
  Emergencies,
  type EmergenciesShape,
  EmergencyNotFound,
  EmergencyStore,
  type EmergencyStoreShape,
  type HostBackups
} from "./emergencies.js"
export {
  Emergency,
  EmergencyStatus,
  type ListEmergenciesInput,
  type RaiseEmergencyInput,
  type ResolveEmergencyInput
} from "./emergency.js"
export * from "./errors.js"
export { type AnyStatusChanged, type FieldEvent, FieldEvents, type FieldEventsShape, type StatusChanged } from "./events.js"
export {
  type CloseInstallationInput,
  type CompleteInstallationInput,
  Installation,
  InstallationStatus,
  installationMachine,
  type ListInstallationsInput,
  type PlanInstallationInput,
  type ReportInstallationInput,
  type SetInstallationDateInput
} from "./installation.js"
export {
  type InstallationBill,
  InstallationBillStore,
  type InstallationBillStoreShape,
  InstallationBills,
  type InstallationBillsShape
} from "./installation-bills.js"
export { Installations, type InstallationsShape } from "./installations.js"
export { type Job, type Move, moveLead } from "./job.js"
export { fieldworkLayer } from "./layer.js"
export { type CreateLeadInput, Lead, LeadStatus, type ListLeadsInput, leadMachine, type UpdateLeadInput } from "./lead.js"
export { Leads, type LeadsShape } from "./leads.js"
export { decide, type Machine, type StepError } from "./machine.js"
export { type CreateOemInput, OemProfile, type UpdateOemInput } from "./oem.js"
export { Oems, type OemsShape } from "./oems.js"
export { type ListPayoutsInput, type MarkPayableInput, Payout, PayoutSchedule, PayoutStatus, type PayPayoutInput } from "./payout.js"
export { PayoutNotFound, PayoutStore, type PayoutStoreShape, Payouts, type PayoutsShape } from "./payouts.js"

export { type Doing, Recording } from "./recording.js"
export { actingOver, mayDo, type Operation, ROLES, requireUsers } from "./roles.js"
export * from "./store.js"
export {
  type AssignInput,
  type BecauseInput,
  type ListSurveysInput,
  type ReportSurveyInput,
  type ScheduleSurveyInput,
  type SetSurveyDateInput,
  Slot,
  Survey,
  SurveyStatus,
  surveyMachine
} from "./survey.js"
export { Surveys, type SurveysShape } from "./surveys.js"
export { FieldKind, type KeptTransition, Transition } from "./transition.js"
export * from "./user.js"
export { Users, type UsersShape } from "./users.js"
