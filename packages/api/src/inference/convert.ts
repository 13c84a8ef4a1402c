import type { InferencePoolSpec, InferencePoolSpecV1alpha2 } from './types.ts';

/** The v1alpha2 form of a pool's spec. It knows one port, so only the first target port survives. */
export function toPoolSpecV1alpha2(spec: InferencePoolSpec): InferencePoolSpecV1alpha2 {
  const picker = spec.endpointPickerRef;
  return {
    selector: { ...spec.selector.matchLabels },
    targetPortNumber: spec.targetPorts[0]?.number ?? 8000,
    ...(picker === undefined
      ? {}
      : {
          extensionRef: {
            ...(picker.group === undefined ? {} : { group: picker.group }),
            ...(picker.kind === undefined ? {} : { kind: picker.kind }),
            name: picker.name,
            ...(picker.port === undefined ? {} : { portNumber: picker.port.number }),
            ...(picker.failureMode === undefined ? {} : { failureMode: picker.failureMode }),
          },
        }),
  };
}

/** The v1 form of a v1alpha2 pool's spec. The extension's port defaults to 9002, as in that API. */
export function fromPoolSpecV1alpha2(spec: InferencePoolSpecV1alpha2): InferencePoolSpec {
  const extension = spec.extensionRef;
  return {
    selector: { matchLabels: { ...spec.selector } },
    targetPorts: [{ number: spec.targetPortNumber }],
    ...(extension === undefined
      ? {}
      : {
          endpointPickerRef: {
            ...(extension.group === undefined ? {} : { group: extension.group }),
            ...(extension.kind === undefined ? {} : { kind: extension.kind }),
            name: extension.name,
            port: { number: extension.portNumber ?? 9002 },
            ...(extension.failureMode === undefined ? {} : { failureMode: extension.failureMode }),
          },
        }),
  };
}
