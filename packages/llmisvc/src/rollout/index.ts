export { type CoalescedRollout, type Memories, type RolloutPlan, RolloutPlanner } from './planner.ts';
export type { Memory } from './workload-plan.ts';
