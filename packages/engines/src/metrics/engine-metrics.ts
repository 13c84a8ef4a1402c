/** What a picker knows about one engine; 0 and empty until the engine has said otherwise. */
export interface EngineMetrics {
  waitingQueueSize: number;
  runningRequests: number;
  /** 0 to 1. */
  kvCacheUsage: number;
  cacheBlockSize: number;
  cacheNumBlocks: number;
  activeModels: readonly string[];
  waitingModels: readonly string[];
  maxActiveModels: number;
}

export function emptyEngineMetrics(): EngineMetrics {
  return {
    waitingQueueSize: 0,
    runningRequests: 0,
    kvCacheUsage: 0,
    cacheBlockSize: 0,
    cacheNumBlocks: 0,
    activeModels: [],
    waitingModels: [],
    maxActiveModels: 0,
  };
}
