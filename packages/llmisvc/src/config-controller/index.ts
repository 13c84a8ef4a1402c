import { keyText, type ObjectKey } from '@weir/api/meta';
import type { LLMInferenceService } from '@weir/api/serving';
import type { Logger } from '@weir/core/log';
import { Controller, type ControllerOptions, type ObjectChange } from '@weir/kube';
import { type ConfigReconcilerOptions, createConfigReconciler } from './reconciler.ts';
import { configIndex, configKeys, configsOf } from './referenced-by.ts';

/** The controller of LLMInferenceServiceConfigs, over informers that it shares; to be started by the caller. */
export function createConfigController(
  options: ConfigReconcilerOptions & { readonly log: Logger } & Pick<ControllerOptions, 'onReconciled'>,
): Controller {
  const { configs, services, systemNamespace, log, onReconciled } = options;
  const controller = new Controller({
    name: 'llmisvcconfig',
    log,
    reconcile: createConfigReconciler(options),
    ...(onReconciled === undefined ? {} : { onReconciled }),
  });
  controller.for(configs);
  services.addIndex(configIndex, (service) => configKeys(service, systemNamespace));
  controller.watches(
    services,
    (change) => changedConfigs(change, systemNamespace),
    (key) => gatheringMs(services.byIndex(configIndex, keyText(key)).length),
  );
  return controller;
}

/**
 * How long changes of users are gathered before a Config tells of them. The list is written as a whole, so that a
 * thousand services that come one after the other would cost the square of their number.
 */
export function gatheringMs(users: number): number {
  return Math.min(5000, 300 + 5 * users);
}

/** Configs that a service began or ceased to use; its many other changes concern none. */
export function changedConfigs(
  { type, object, previous }: ObjectChange<LLMInferenceService>,
  systemNamespace: string,
): readonly ObjectKey[] {
  const before = previous === undefined ? [] : configsOf(previous, systemNamespace);
  const after = type === 'deleted' ? [] : configsOf(object, systemNamespace);
  const kept = new Set(before.map(keyText));
  const common = new Set(after.map(keyText).filter((key) => kept.has(key)));
  const all = type === 'deleted' ? [...before, ...configsOf(object, systemNamespace)] : [...before, ...after];
  return all.filter((key) => !common.has(keyText(key)));
}
