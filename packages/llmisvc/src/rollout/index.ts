export { type CoalescedRollout, type RolloutPlan, RolloutPlanner } from './planner.ts';
