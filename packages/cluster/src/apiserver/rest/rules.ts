import { copyJson, type KubeObject } from '@weir/api/meta';
import type { ServerContext } from '../context.ts';
import type { Target } from '../registry/served-kind.ts';
import type { StrategyContext } from '../strategy/strategy.ts';

export function strategyContext(context: ServerContext): StrategyContext {
  return {
    now: context.now(),
    find: (collection, key) => context.store.peek(collection, key),
  };
}

/** Custom kinds always count their generation, built-in ones only where Kubernetes does. */
export function countsGeneration(context: ServerContext, target: Target): boolean {
  return target.served.isCustom || context.strategies(target.served).hasGeneration === true;
}

/** A copy with the defaults of the schema and of the kind's own rules. */
export function withDefaults(context: ServerContext, target: Target, object: KubeObject): KubeObject {
  const draft = target.version.schema.setDefaults(copyJson(object));
  context.strategies(target.served).setDefaults?.(draft);
  return draft;
}
