import { keyText, type ObjectKey } from '@weir/api/meta';
import type { LLMInferenceService } from '@weir/api/serving';
import type { Logger } from '@weir/core/log';
import { Controller, type ControllerOptions, type ObjectChange } from '@weir/kube';
import { type ConfigReconcilerOptions, createConfigReconciler } from './reconciler.ts';
import { configsOf } from './referenced-by.ts';

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
  controller.watches(services, (change) => changedConfigs(change, systemNamespace));
  return controller;
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
