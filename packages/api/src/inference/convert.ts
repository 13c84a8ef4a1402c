import type { InferencePoolSpec, InferencePoolSpecV1alpha2 } from './types.ts';

/** Where pickers listen when nobody says otherwise. */
const defaultPickerPort = 9002;

/** The v1alpha2 form of a pool's spec. It knows one port, so only the first target port survives. */
export function toPoolSpecV1alpha2(spec: InferencePoolSpec): InferencePoolSpecV1alpha2 {
  const { endpointPickerRef: picker } = spec;
  const pool = {
    selector: { ...spec.selector.matchLabels },
    targetPortNumber: spec.targetPorts[0]?.number ?? 8000,
  };
  if (picker === undefined) return pool;
  const { port, ...rest } = picker;
  return { ...pool, extensionRef: { ...rest, ...(port === undefined ? {} : { portNumber: port.number }) } };
}

/** The v1 form of a v1alpha2 pool's spec, with the defaults of that API for its extension. */
export function fromPoolSpecV1alpha2(spec: InferencePoolSpecV1alpha2): InferencePoolSpec {
  const { extensionRef: extension } = spec;
  const pool = {
    selector: { matchLabels: { ...spec.selector } },
    targetPorts: [{ number: spec.targetPortNumber }],
  };
  if (extension === undefined) return pool;
  const { portNumber, kind = 'Service', failureMode = 'FailClose', ...rest } = extension;
  const port = portNumber ?? (kind === 'Service' ? defaultPickerPort : undefined);
  return {
    ...pool,
    endpointPickerRef: {
      ...rest,
      kind,
      failureMode,
      ...(port === undefined ? {} : { port: { number: port } }),
    },
  };
}
