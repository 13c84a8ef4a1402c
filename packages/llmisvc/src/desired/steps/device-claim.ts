import type { Container } from '@weir/api/workloads';
import { deviceClaimName, deviceContainer, managedClaim } from '../device-claim.ts';
import type { PodTemplateStep } from '../pod-template.ts';

/** One device claim per pod, handed to the container that the user chose, else to the first. */
export const deviceClaim: PodTemplateStep = (template, { service }) => {
  const claimTemplate = deviceClaimName(service);
  if (claimTemplate === null) return template;
  const { containers } = template.spec;
  const target = deviceContainer(service) || containers[0]?.name;
  const claims = (template.spec.resourceClaims ?? []).filter(({ name }) => name !== managedClaim);
  return {
    ...template,
    spec: {
      ...template.spec,
      resourceClaims: [...claims, { name: managedClaim, resourceClaimTemplateName: claimTemplate }],
      containers: containers.map((container) =>
        container.name === target ? withClaim(container) : container,
      ),
    },
  };
};

function withClaim(container: Container): Container {
  const claims = container.resources?.claims ?? [];
  if (claims.some(({ name }) => name === managedClaim)) return container;
  return {
    ...container,
    resources: { ...container.resources, claims: [...claims, { name: managedClaim }] },
  };
}
