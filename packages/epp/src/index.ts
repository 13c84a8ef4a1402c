export type { EndCause } from './framework/response.ts';
export { createPicker, type PickerOptions, type ReloadablePicker } from './handlers/in-process.ts';
export type {
  Decision,
  PickedDecision,
  Picker,
  RejectedDecision,
  RequestContext,
  Target,
} from './handlers/picker.ts';
export { createEppMetrics, type EppMetrics } from './metrics/epp-metrics.ts';
export type { Explanation, ProfileExplanation } from './scheduling/explanation.ts';
export { type EppPorts, type RunEppOptions, runEpp } from './server/run-epp.ts';
