/** The tables of the machines: what they list is decided, everything else refused. */
import { Either } from "effect"
import { describe, expect, it } from "vitest"
import { emergencyMachine } from "../../src/fieldwork/emergency.js"
import { decide, installationMachine, leadMachine, type Machine, surveyMachine } from "../../src/fieldwork/index.js"
import { payoutMachine } from "../../src/fieldwork/payout.js"
import { packMachine } from "../../src/reporting/index.js"

/** Every status and action of a machine, and what is decided where all facts are met. */
const outcomes = <S extends string, A extends string, F>(machine: Machine<S, A, F>, facts: F): ReadonlyArray<string> => {
  const statuses = [...new Set(machine.steps.flatMap(({ from }) => from))]
  const actions = [...new Set(machine.steps.map(({ action }) => action))]
  return statuses.flatMap((status) =>
    actions.flatMap((action) => {
      const decided = decide(machine, { id: "x", status, action, facts })
      return Either.isRight(decided) ? [`${status ?? "–"} ${action} ${decided.right}`] : []
    })
  )
}

const LEAD = { called: true, electricity_bill_received: true, assigned_handler: "h", held_status: "contacted" } as const
const INSTALLATION = {
  survey_approved: true,
  another_open: false,
  called: true,
  material_there: true,
  customer_confirmed: true,
  demo_completed: true,
  report_reference: "r",
  charger_serial: "s",
  charger_model: "m"
} as const

const PACK = {
  survey_approved: true,
  report_submitted: true,
  installation_closed: true,
  whole: true,
  confirmation_call_completed: true
} as const

describe("status machines", () => {
  it("list what the tables of the specification list, and nothing else", () => {
    expect({
      lead: outcomes(leadMachine, LEAD),
      survey: outcomes(surveyMachine, { called: true, report_reference: "r" }),
      installation: outcomes(installationMachine, INSTALLATION),
      closure_pack: outcomes(packMachine, PACK),
      emergency: outcomes(emergencyMachine, null),
      payout: outcomes(payoutMachine, { installation_closed: true })
    }).toMatchInlineSnapshot(`
      {
        "closure_pack": [
          "– compile compiled",
          "draft complete compiled",
          "compiled submit submitted",
          "submitted accept accepted",
          "submitted ask_for_revision rejected",
          "rejected recompile compiled",
        ],
        "emergency": [
          "– raise open",
          "open assign backup_assigned",
          "open reschedule priority_rescheduled",
          "open resolve resolved",
          "backup_assigned resolve resolved",
          "priority_rescheduled resolve resolved",
        ],
        "installation": [
          "– plan planned",
          "planned request_material material_pending",
          "planned receive_material material_ready",
          "planned reschedule rescheduled",
          "planned cancel cancelled",
          "material_pending receive_material material_ready",
          "material_pending reschedule rescheduled",
          "material_pending cancel cancelled",
          "material_ready confirm confirmed",
          "material_ready reschedule rescheduled",
          "material_ready cancel cancelled",
          "confirmed start in_progress",
          "confirmed reschedule rescheduled",
          "confirmed cancel cancelled",
          "in_progress complete completed",
          "in_progress reschedule rescheduled",
          "in_progress cancel cancelled",
          "completed submit_report report_submitted",
          "report_submitted close closed",
          "rescheduled set_date material_ready",
          "rescheduled cancel cancelled",
        ],
        "lead": [
          "– create new",
          "new contact contacted",
          "new hold on_hold",
          "new cancel cancelled",
          "contacted request_documents documents_pending",
          "contacted hold on_hold",
          "contacted cancel cancelled",
          "documents_pending receive_documents documents_received",
          "documents_pending hold on_hold",
          "documents_pending cancel cancelled",
          "documents_received schedule_survey survey_scheduled",
          "documents_received hold on_hold",
          "documents_received cancel cancelled",
          "survey_scheduled complete_survey survey_completed",
          "survey_scheduled hold on_hold",
          "survey_scheduled cancel cancelled",
          "survey_scheduled lose_survey documents_received",
          "survey_completed schedule_installation installation_scheduled",
          "survey_completed hold on_hold",
          "survey_completed cancel cancelled",
          "installation_scheduled complete_installation installation_completed",
          "installation_scheduled hold on_hold",
          "installation_scheduled cancel cancelled",
          "installation_scheduled lose_installation survey_completed",
          "installation_completed close closed",
          "on_hold resume contacted",
          "on_hold cancel cancelled",
        ],
        "payout": [
          "– mark_payable marked_payable",
          "marked_payable pay paid",
        ],
        "survey": [
          "– schedule scheduled",
          "scheduled confirm confirmed",
          "scheduled reschedule rescheduled",
          "scheduled cancel cancelled",
          "confirmed start in_progress",
          "confirmed reschedule rescheduled",
          "confirmed cancel cancelled",
          "in_progress complete completed",
          "completed submit_report report_submitted",
          "report_submitted approve reviewed_approved",
          "report_submitted reject reviewed_rejected",
          "reviewed_rejected set_date scheduled",
          "rescheduled set_date scheduled",
          "rescheduled cancel cancelled",
        ],
      }
    `)
  })

  it("let nothing leave closed and cancelled", () => {
    for (const status of ["closed", "cancelled"] as const) {
      for (const { action } of leadMachine.steps) {
        const decided = decide(leadMachine, { id: "x", status, action, facts: LEAD })
        expect(Either.isLeft(decided) && decided.left._tag).toBe("InvalidTransition")
      }
    }
  })

  it("name the first condition that is not met", () => {
    const facts = { ...INSTALLATION, charger_serial: null, charger_model: null }
    const decided = decide(installationMachine, { id: "x", status: "completed", action: "submit_report", facts })
    expect(decided).toEqual(Either.left(expect.objectContaining({ _tag: "RequirementMissing", what: "charger_serial" })))
  })

  it("plan again where the material was not there yet", () => {
    const to = (material_there: boolean) =>
      decide(installationMachine, { id: "x", status: "rescheduled", action: "set_date", facts: { ...INSTALLATION, material_there } })
    expect([to(true), to(false)]).toEqual([Either.right("material_ready"), Either.right("planned")])
  })
})
