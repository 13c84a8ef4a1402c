export {
  type ContainerExit,
  type ContainerRuntime,
  type ContainerSpec,
  ContainerStartError,
  type ExecResult,
  type Mount,
  type Orphan,
  type Recovered,
  type RunningContainer,
} from './contracts.ts';
export { LogStore } from './log-store.ts';
export { rotatedPath } from './log-writer.ts';
export { createProcessRuntime, type ProcessRuntimeOptions } from './process-runtime.ts';
