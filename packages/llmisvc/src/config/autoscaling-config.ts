import type { Section } from './settings.ts';

/** Where scalers ask for the counts that the variant autoscaler computes. */
export interface AutoscalingConfig {
  /** Address of Prometheus; without it KEDA cannot be used together with the variant autoscaler. */
  readonly url: string | undefined;
  readonly unsafeSsl: boolean;
  readonly authModes: string | undefined;
  readonly triggerAuthName: string | undefined;
  readonly triggerAuthKind: string | undefined;
}

export function parseAutoscalingConfig(section: Section): AutoscalingConfig {
  const prometheus = section.section('prometheus');
  const text = (field: string): string | undefined => prometheus.text(field, '') || undefined;
  return {
    url: text('url'),
    unsafeSsl: prometheus.flag('tlsInsecureSkipVerify', false),
    authModes: text('authModes'),
    triggerAuthName: text('triggerAuthName'),
    triggerAuthKind: text('triggerAuthKind'),
  };
}
