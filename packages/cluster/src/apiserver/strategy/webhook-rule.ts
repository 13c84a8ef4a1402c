import type { FieldError } from '@weir/api/meta';
import { invalid, notSupported, required } from '@weir/api/meta';
import type { WebhookRule } from '../webhooks/configuration.ts';

const operationNames: readonly string[] = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const scopes: readonly string[] = ['*', 'Cluster', 'Namespaced'];

/** Problems of one rule of a webhook. */
export function ruleErrors(rule: WebhookRule, path: string): FieldError[] {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], scope = '*' } = rule;
  return [
    ...listErrors(operations, `${path}.operations`, 'operations'),
    ...operations
      .map((operation, index) => [operation, index] as const)
      .filter(([operation]) => !operationNames.includes(operation))
      .map(([operation, index]) => notSupported(`${path}.operations[${index}]`, operation, operationNames)),
    ...listErrors(apiGroups, `${path}.apiGroups`, 'API groups'),
    ...listErrors(apiVersions, `${path}.apiVersions`, 'API versions'),
    ...apiVersions.flatMap((version, index) =>
      version === '' ? [required(`${path}.apiVersions[${index}]`)] : [],
    ),
    ...resourceErrors(resources, `${path}.resources`),
    ...(scopes.includes(scope) ? [] : [notSupported(`${path}.scope`, scope, scopes)]),
  ];
}

function listErrors(values: readonly string[], path: string, title: string): FieldError[] {
  if (values.length === 0) return [required(path)];
  if (values.length === 1 || !values.includes('*')) return [];
  return [invalid(path, values, `if '*' is present, must not specify other ${title}`)];
}

function resourceErrors(resources: readonly string[], path: string): FieldError[] {
  if (resources.length === 0) return [required(path)];
  const errors: FieldError[] = [];
  const wholeResources = new Set<string>();
  const wholeSubresources = new Set<string>();
  resources.forEach((text, index) => {
    if (text === '') errors.push(required(`${path}[${index}]`));
    const slash = text.indexOf('/');
    if (slash < 0) return;
    const resource = text.slice(0, slash);
    const sub = text.slice(slash + 1);
    if (wholeResources.has(resource))
      errors.push(
        invalid(`${path}[${index}]`, text, `if '${resource}/*' is present, must not specify ${text}`),
      );
    if (wholeSubresources.has(sub))
      errors.push(invalid(`${path}[${index}]`, text, `if '*/${sub}' is present, must not specify ${text}`));
    if (sub === '*') wholeResources.add(resource);
    if (resource === '*') wholeSubresources.add(sub);
  });
  if (resources.length > 1 && resources.includes('*/*'))
    errors.push(invalid(path, resources, "if '*/*' is present, must not specify other resources"));
  const hasPlain = resources.some((text) => text !== '' && text !== '*' && !text.includes('/'));
  if (resources.includes('*') && hasPlain)
    errors.push(
      invalid(path, resources, "if '*' is present, must not specify other resources without subresources"),
    );
  return errors;
}
