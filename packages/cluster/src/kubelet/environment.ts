import { resources } from '@weir/api/meta';
import type { Container, EnvVar, Pod } from '@weir/api/workloads';
import type { Client } from '@weir/kube';
import { type DownwardFacts, readField, readResource } from './downward.ts';
import { expandVariables } from './expand.ts';

/** The container refers to something that is missing or malformed; reported as CreateContainerConfigError. */
export class ContainerConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ContainerConfigError';
  }
}

export interface EnvironmentSource {
  readonly client: Client;
  readonly facts: DownwardFacts;
  /** Set by the kubelet itself; variables of the container may refer to them and replace them. */
  readonly base: Readonly<Record<string, string>>;
}

const variableName = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;

/** The environment of a container: nothing of this process leaks into it. */
export async function resolveEnvironment(
  pod: Pod,
  container: Container,
  source: EnvironmentSource,
): Promise<Record<string, string>> {
  const read = createReader(pod.metadata.namespace ?? '', source.client);
  const env: Record<string, string> = { ...source.base };
  for (const from of container.envFrom ?? []) {
    const reference = from.secretRef ?? from.configMapRef;
    const kind = from.secretRef === undefined ? 'configmap' : 'secret';
    const data = await read(kind, reference?.name ?? '', reference?.optional === true);
    for (const [key, value] of Object.entries(data ?? {})) {
      const name = (from.prefix ?? '') + key;
      if (variableName.test(name)) env[name] = value;
    }
  }
  for (const variable of container.env ?? []) {
    const value = await resolveValue(variable, container, source.facts, read, env);
    if (value !== undefined) env[variable.name] = value;
  }
  return env;
}

type Reader = (
  kind: 'secret' | 'configmap',
  name: string,
  isOptional: boolean,
) => Promise<Readonly<Record<string, string>> | undefined>;

async function resolveValue(
  variable: EnvVar,
  container: Container,
  facts: DownwardFacts,
  read: Reader,
  env: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const from = variable.valueFrom;
  if (from === undefined) return expandVariables(variable.value ?? '', (name) => env[name]);
  if (from.fieldRef !== undefined)
    return required(readField(from.fieldRef, facts), `unsupported fieldPath: ${from.fieldRef.fieldPath}`);
  if (from.resourceFieldRef !== undefined)
    return required(
      readResource(from.resourceFieldRef, container, facts),
      `unsupported resource: ${from.resourceFieldRef.resource}`,
    );
  const reference = from.secretKeyRef ?? from.configMapKeyRef;
  if (reference === undefined)
    throw new ContainerConfigError(`env "${variable.name}": this source of a value is not supported`);
  const isOptional = reference.optional === true;
  const [kind, label] =
    from.secretKeyRef === undefined ? (['configmap', 'ConfigMap'] as const) : (['secret', 'Secret'] as const);
  const data = await read(kind, reference.name ?? '', isOptional);
  const value = data?.[reference.key];
  if (value !== undefined || isOptional) return value;
  const namespace = facts.pod.metadata.namespace;
  throw new ContainerConfigError(
    `couldn't find key ${reference.key} in ${label} ${namespace}/${reference.name}`,
  );
}

function required(value: string | undefined, message: string): string {
  if (value === undefined) throw new ContainerConfigError(message);
  return value;
}

/** Reads each object once per container start. */
function createReader(namespace: string, client: Client): Reader {
  const cache = new Map<string, Promise<Readonly<Record<string, string>> | undefined>>();
  return async (kind, name, isOptional) => {
    const key = `${kind}/${name}`;
    const pending = cache.get(key) ?? readData(client, namespace, kind, name);
    cache.set(key, pending);
    const data = await pending;
    if (data === undefined && !isOptional) throw new ContainerConfigError(`${kind} "${name}" not found`);
    return data;
  };
}

async function readData(
  client: Client,
  namespace: string,
  kind: 'secret' | 'configmap',
  name: string,
): Promise<Readonly<Record<string, string>> | undefined> {
  if (kind === 'configmap') {
    const configMap = await client.find(resources.configMaps, { namespace, name });
    return configMap === undefined ? undefined : (configMap.data ?? {});
  }
  const secret = await client.find(resources.secrets, { namespace, name });
  if (secret === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
}
