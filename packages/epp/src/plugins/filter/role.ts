import type { Endpoint } from '../../framework/endpoint.ts';

/** Pod label that says which stages of a request an engine serves; written by the controller. */
const roleLabel = 'llm-d.ai/role';

/** Keeps endpoints whose role is one of `roles`, or which have none and `keepUnlabelled` is set. */
export function filterByRole(
  endpoints: readonly Endpoint[],
  roles: ReadonlySet<string>,
  keepUnlabelled: boolean,
): readonly Endpoint[] {
  return endpoints.filter((endpoint) => {
    const role = endpoint.metadata.labels[roleLabel];
    return role === undefined ? keepUnlabelled : roles.has(role);
  });
}
