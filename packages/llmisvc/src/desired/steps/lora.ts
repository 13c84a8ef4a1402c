import type { LoraSpec } from '@weir/api/serving';
import type { Container } from '@weir/api/workloads';
import { adapterPath } from '@weir/storage/attach';
import { namespaceOf } from '../metadata.ts';
import type { PodTemplateStep } from '../pod-template.ts';

/** Tells the engine which adapters lie where. A user who does so himself is left alone. */
export const lora: PodTemplateStep = (template, { service, spec, container }) => {
  const settings = spec.model?.lora;
  const hasAdapters = (settings?.adapters ?? []).length > 0;
  if (settings === undefined || !hasAdapters || spec.storageInitializer?.enabled === false) return template;
  const containers = template.spec.containers.map((one) =>
    one.name !== container || listsAdapters(one)
      ? one
      : { ...one, args: [...adapterArgs(settings, namespaceOf(service), isShell(one)), ...(one.args ?? [])] },
  );
  return { ...template, spec: { ...template.spec, containers } };
};

function listsAdapters({ command = [], args = [], env = [] }: Container): boolean {
  const extra = env.find(({ name }) => name === 'VLLM_ADDITIONAL_ARGS')?.value ?? '';
  return [...command, ...args, extra].some((text) => text.includes('--lora-modules'));
}

/** The presets' scripts read their arguments a second time as shell words. */
function isShell({ command = [] }: Container): boolean {
  return command[1] === '-c';
}

function adapterArgs(
  { adapters = [], maxRank, maxAdapters, maxCpuAdapters }: LoraSpec,
  namespace: string,
  isQuoted: boolean,
): string[] {
  const names = adapters.map(({ name = '' }) => name).sort();
  // The engine's own default is one: the others would be swapped in and out.
  const loaded = maxAdapters ?? (names.length > 1 ? names.length : undefined);
  const flag = (name: string, value: number | undefined) =>
    value === undefined ? [] : [`--${name}=${value}`];
  const modules = names.flatMap((name) =>
    [name, `publishers/${namespace}/models/${name}`].map((served) => {
      const json = JSON.stringify({ name: served, path: adapterPath(name) });
      return isQuoted ? `'${json.replaceAll("'", `'\\''`)}'` : json;
    }),
  );
  return [
    '--enable-lora',
    ...flag('max-lora-rank', maxRank),
    ...flag('max-loras', loaded),
    ...flag('max-cpu-loras', maxCpuAdapters),
    '--lora-modules',
    ...modules,
  ];
}
