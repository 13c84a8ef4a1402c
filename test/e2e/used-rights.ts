import type { PolicyRule } from '@weir/api/workloads';
import type { AuditedRequest } from './audit-log.ts';

/** A right that somebody used: `get secrets`, with its group, the namespace and the name. */
export interface UsedRight {
  readonly verb: string;
  readonly group: string;
  /** With the subresource, as rules write it. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** Requests for resources as rights, each once. */
export function usedRights(requests: readonly AuditedRequest[]): UsedRight[] {
  const rights = requests.flatMap(({ verb, objectRef, requestURI, responseStatus }): UsedRight[] => {
    if (objectRef === undefined) return [];
    const { apiGroup: group = '', subresource, namespace = '', name } = objectRef;
    const resource = subresource === undefined ? objectRef.resource : `${objectRef.resource}/${subresource}`;
    // A list of one object has a name for the authorizer.
    const [, selected = ''] = /fieldSelector=metadata\.name%3D([^&]+)/.exec(requestURI) ?? [];
    const right = { group, resource, namespace, name: name ?? selected };
    // Who applies what does not exist has to be allowed to create it.
    const verbs = verb === 'patch' && responseStatus?.code === 201 ? ['create', verb] : [verb];
    return verbs.map((one) => ({ verb: one, ...right }));
  });
  return [...new Map(rights.map((right) => [JSON.stringify(right), right])).values()];
}

export function textOf({ verb, group, resource, namespace, name }: UsedRight): string {
  return `${verb} ${resource}${group === '' ? '' : `.${group}`} ${namespace}/${name}`;
}

/** One verb on one resource of a rule: the least that can be granted. */
export interface GrantedRight {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly names: readonly string[] | undefined;
}

export function grantedRights(rules: readonly PolicyRule[]): GrantedRight[] {
  return rules.flatMap(({ apiGroups = [], resources = [], resourceNames, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => verbs.map((verb) => ({ verb, group, resource, names: resourceNames }))),
    ),
  );
}

export function covers(granted: GrantedRight, used: UsedRight): boolean {
  return (
    granted.verb === used.verb &&
    granted.group === used.group &&
    granted.resource === used.resource &&
    (granted.names?.includes(used.name) ?? true)
  );
}

/** `get secrets` of a rule, with its group. */
export function rightText({ verb, group, resource }: GrantedRight): string {
  return `${verb} ${resource}${group === '' ? '' : `.${group}`}`;
}
