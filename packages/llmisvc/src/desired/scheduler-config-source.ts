import { mainContainer, schedulerConfigKey } from '@weir/api/serving';
import type { Container } from '@weir/api/workloads';
import { writeConfigDocument } from '@weir/epp/config';
import type { DesiredInput } from './input.ts';
import { namespaceOf } from './metadata.ts';

/** Puts a configuration text into the picker's container. */
type Place = (container: Container, text: string) => Container;

/** Where the picker's configuration comes from. */
export type ConfigSource =
  | { readonly type: 'unreadable'; readonly message: string }
  | { readonly type: 'default'; readonly place: Place }
  /** A file in the picker's pod, of which nothing is known here. */
  | { readonly type: 'file'; readonly place: Place }
  | {
      readonly type: 'text';
      readonly text: string;
      /** For messages. */
      readonly path: string;
      readonly place: Place;
    };

const textFlag = /^--?(config-text|configText)(?:=|$)/;
const fileFlag = /^--?(config-file|configFile)(?:=|$)/;

export function configSource(input: DesiredInput): ConfigSource {
  const { config, template } = input.spec.router?.scheduler ?? {};
  if (config?.inline !== undefined) {
    const path = 'spec.router.scheduler.config.inline';
    return { type: 'text', text: writeConfigDocument(config.inline), path, place: append };
  }
  if (config?.ref?.name !== undefined) return referenced(input, config.ref.name, config.ref);
  const main = template?.containers?.find((container) => container.name === mainContainer);
  const args = [...(main?.command ?? []), ...(main?.args ?? [])];
  if (args.some((argument) => fileFlag.test(argument))) return { type: 'file', place: append };
  const text = textIn(args);
  if (text !== null) {
    return { type: 'text', text, path: 'spec.router.scheduler.template --config-text', place: replace };
  }
  return { type: 'default', place: append };
}

function referenced(
  { service, observed }: DesiredInput,
  name: string,
  { key, optional }: { key?: string; optional?: boolean },
): ConfigSource {
  const shown = `ConfigMap ${namespaceOf(service)}/${name}`;
  const { schedulerConfigMap: configMap } = observed;
  const text = configMap?.data?.[key || schedulerConfigKey];
  if (text !== undefined) {
    const path = `ConfigMap ${configMap?.metadata.namespace}/${name}[${key || schedulerConfigKey}]`;
    return { type: 'text', text, path, place: append };
  }
  if (optional === true) return { type: 'default', place: append };
  const message =
    configMap === undefined
      ? `${shown}, named by spec.router.scheduler.config.ref, does not exist — create it`
      : `${shown} has no key "${key || schedulerConfigKey}" — add it or set spec.router.scheduler.config.ref.key`;
  return { type: 'unreadable', message };
}

function textIn(args: readonly string[]): string | null {
  const at = args.findIndex((argument) => textFlag.test(argument));
  const flag = args[at];
  if (flag === undefined) return null;
  return flag.includes('=') ? flag.slice(flag.indexOf('=') + 1) : (args[at + 1] ?? '');
}

const append: Place = (container, text) => ({
  ...container,
  args: [...(container.args ?? []), '--config-text', text],
});

const replace: Place = (container, text) => {
  const within = (list: string[]): string[] => {
    const at = list.findIndex((argument) => textFlag.test(argument));
    const flag = list[at];
    if (flag === undefined) return list;
    const [name = ''] = flag.split('=', 1);
    const [from, to] = flag.includes('=') ? [at, at + 1] : [at, at + 2];
    return [
      ...list.slice(0, from),
      ...(from + 1 === to ? [`${name}=${text}`] : [name, text]),
      ...list.slice(to),
    ];
  };
  return {
    ...container,
    ...(container.command === undefined ? {} : { command: within(container.command) }),
    ...(container.args === undefined ? {} : { args: within(container.args) }),
  };
};
