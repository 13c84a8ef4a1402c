import { deviceClaimAnnotations } from '@weir/api/serving';
import { deviceClaimName, managedClaim } from '../device-claim.ts';
import type { PodTemplateStep } from '../pod-template.ts';

/** One device claim per pod, handed to the engine's container. */
export const deviceClaim: PodTemplateStep = (template, { service }) => {
  const claimTemplate = deviceClaimName(service);
  if (claimTemplate === null) return template;
  const { containers } = template.spec;
  const named = service.metadata.annotations?.[deviceClaimAnnotations.container];
  const target = named ?? containers[0]?.name;
  const claims = (template.spec.resourceClaims ?? []).filter(({ name }) => name !== managedClaim);
  return {
    ...template,
    spec: {
      ...template.spec,
      resourceClaims: [...claims, { name: managedClaim, resourceClaimTemplateName: claimTemplate }],
      containers: containers.map((container) =>
        container.name === target
          ? {
              ...container,
              resources: {
                ...container.resources,
                claims: [...(container.resources?.claims ?? []), { name: managedClaim }],
              },
            }
          : container,
      ),
    },
  };
};
