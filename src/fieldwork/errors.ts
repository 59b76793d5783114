/** Errors of the field side: one for each thing that is not there, one for each gate. */
import { Schema } from "effect"

const Id = { id: Schema.String }

/** The host's directory knows no such user. */
export class UserNotFound extends Schema.TaggedError<UserNotFound>()("UserNotFound", Id) {
  override get message() {
    return `user ${this.id} not found`
  }
}

/** No OEM of this id has a profile, or it is another one than the acting user's. */
export class OemNotFound extends Schema.TaggedError<OemNotFound>()("OemNotFound", Id) {
  override get message() {
    return `OEM ${this.id} not found`
  }
}

export class LeadNotFound extends Schema.TaggedError<LeadNotFound>()("LeadNotFound", Id) {
  override get message() {
    return `lead ${this.id} not found`
  }
}

export class SurveyNotFound extends Schema.TaggedError<SurveyNotFound>()("SurveyNotFound", Id) {
  override get message() {
    return `survey ${this.id} not found`
  }
}

export class InstallationNotFound extends Schema.TaggedError<InstallationNotFound>()("InstallationNotFound", Id) {
  override get message() {
    return `installation ${this.id} not found`
  }
}

/** A gate waits for a call of this type that was connected; nothing changed. */
export class CallMissing extends Schema.TaggedError<CallMissing>()("CallMissing", { call_type: Schema.String }) {
  override get message() {
    return `a connected ${this.call_type} call is missing`
  }
}

/** A condition of a status change is not met; nothing changed. `what` names the first that is not. */
export class RequirementMissing extends Schema.TaggedError<RequirementMissing>()("RequirementMissing", { what: Schema.String }) {
  override get message() {
    return `${this.what} is missing`
  }
}
