import type { KubeObject } from '@weir/api/meta';

type Values = Readonly<Record<string, string>>;
type SecretObject = KubeObject & { readonly data?: Values; readonly stringData?: Values };
type Pair = readonly [KubeObject | undefined, KubeObject | undefined];

/** Two versions of an object in which values of a Secret are only told apart: `***`, or `*** (before)` and `*** (after)`. */
export function withoutSecretValues(before: KubeObject | undefined, after: KubeObject | undefined): Pair {
  const { apiVersion, kind } = before ?? after ?? {};
  if (apiVersion !== 'v1' || kind !== 'Secret') return [before, after];
  return [masked(before, after, '*** (before)'), masked(after, before, '*** (after)')];
}

function masked(
  secret: SecretObject | undefined,
  other: SecretObject | undefined,
  different: string,
): KubeObject | undefined {
  if (secret === undefined) return undefined;
  const mask = (values: Values, others: Values = {}): Values =>
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => {
        const isChanged = others[key] !== undefined && others[key] !== value;
        return [key, isChanged ? different : '***'];
      }),
    );
  return {
    ...secret,
    ...(secret.data === undefined ? {} : { data: mask(secret.data, other?.data) }),
    ...(secret.stringData === undefined ? {} : { stringData: mask(secret.stringData, other?.stringData) }),
  } as KubeObject;
}
