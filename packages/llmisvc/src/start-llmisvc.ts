import { setMaxListeners } from 'node:events';
import { keyText } from '@weir/api/meta';
import type { Logger } from '@weir/core/log';
import {
  type Client,
  Controller,
  type ControllerOptions,
  DefinitionWatch,
  EventRecorder,
  OwnedFields,
} from '@weir/kube';
import type { PlatformOptions } from './config/platform-config.ts';
import { createConfigController } from './config-controller/index.ts';
import { createReconciler } from './reconciler.ts';
import { References } from './references.ts';
import { type ReadyGate, RequestGate } from './request-gate/request-gate.ts';
import { readServerMinor } from './server-version.ts';
import { createSources } from './sources.ts';
import { WarningTeller } from './warnings.ts';
import { addWatches } from './watches.ts';

export interface LlmisvcOptions extends Pick<ControllerOptions, 'onReconciled'> {
  readonly client: Client;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Namespace of the presets and of the platform ConfigMap. */
  readonly systemNamespace: string;
  readonly platform?: Omit<PlatformOptions, 'systemNamespace'>;
  readonly now?: () => Date;
  /** Whether a service is Ready only once a request was answered; default `auto`, where pods run. */
  readonly readyGate?: ReadyGate;
}

/** Services that are worked on at the same time. */
const workers = 4;

/** Starts the controllers of both serving kinds. Resolves once they work; `stopped` resolves after the signal. */
export async function startLlmisvc(options: LlmisvcOptions): Promise<{ stopped(): Promise<void> }> {
  const { client, log, signal } = options;
  const kubernetesMinor = await readServerMinor(client, signal);
  const platform: PlatformOptions = {
    ...options.platform,
    systemNamespace: options.systemNamespace,
    ...(kubernetesMinor === undefined ? {} : { kubernetesMinor }),
  };
  // Every informer's request listens to it; the default limit is meant to find leaks of ten.
  setMaxListeners(10_000, signal);
  const observer = options.onReconciled === undefined ? {} : { onReconciled: options.onReconciled };
  const now = options.now ?? (() => new Date());
  const owned = new OwnedFields(client.fieldManager);
  const definitions = new DefinitionWatch({ client, log });
  const sources = createSources(client, log, { owned, definitions });
  const references = new References();
  const recorder = new EventRecorder({ client, component: 'LLMInferenceServiceController', log });
  const warnings = new WarningTeller(recorder);
  const gate = new RequestGate({
    mode: options.readyGate ?? 'auto',
    log,
    onChange: (key) => controller.queue.add(keyText(key)),
  });
  const reconcile = createReconciler({
    client,
    sources,
    references,
    owned,
    recorder,
    warnings,
    gate,
    platform,
    now,
  });
  const controller = new Controller({ name: 'llmisvc', log, reconcile, workers, ...observer });
  addWatches(controller, sources, references, platform);
  const configController = createConfigController({
    client,
    configs: sources.configs,
    services: sources.services,
    recorder: new EventRecorder({ client, component: 'LLMInferenceServiceConfigController', log }),
    systemNamespace: options.systemNamespace,
    now,
    log,
    ...observer,
  });
  gate.start(signal);
  definitions.start(signal);
  const controllers = [controller, configController];
  await Promise.all(controllers.map((one) => one.start(signal)));
  return {
    stopped: async () => {
      await Promise.all([gate, ...controllers].map((one) => one.stopped()));
    },
  };
}
