import { isEmptySelector, type KubeObject, matchesSelector } from '@weir/api/meta';
import type { Store } from '../../store/store.ts';
import { notFound } from '../api-error.ts';
import { type AdmissionAttributes, isNamespaceKind } from './attributes.ts';
import type { Webhook } from './configuration.ts';

/** Whether the labels of the object, before or after the write, are those that a webhook asks for. */
export function matchesObject(webhook: Webhook, { object, oldObject }: AdmissionAttributes): boolean {
  const { objectSelector = {} } = webhook;
  if (isEmptySelector(objectSelector)) return true;
  const matches = (one: KubeObject | null): boolean =>
    one !== null && matchesSelector(objectSelector, one.metadata.labels);
  return matches(object) || matches(oldObject);
}

/** Whether the namespace of a request has the labels; cluster-scoped kinds other than Namespace always match. */
export function matchesNamespace(webhook: Webhook, attributes: AdmissionAttributes, store: Store): boolean {
  const { namespaceSelector = {} } = webhook;
  const { target, namespace } = attributes;
  if (isEmptySelector(namespaceSelector)) return true;
  if (namespace === '' && !isNamespaceKind(target)) return true;
  return matchesSelector(namespaceSelector, namespaceLabels(attributes, store));
}

function namespaceLabels(
  { target, namespace, subresource, object }: AdmissionAttributes,
  store: Store,
): Readonly<Record<string, string>> {
  // The labels that a namespace is about to have decide over its own creation and change.
  if (isNamespaceKind(target) && subresource === '' && object !== null) return object.metadata.labels ?? {};
  const found = store.peek('/namespaces', namespace);
  if (found === undefined) throw notFound({ group: '', plural: 'namespaces' }, namespace);
  return found.metadata.labels ?? {};
}
