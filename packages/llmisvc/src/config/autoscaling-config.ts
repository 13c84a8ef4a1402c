/** Where scalers ask for the counts that the variant autoscaler computes. */
export interface AutoscalingConfig {
  /** Address of Prometheus; without it KEDA cannot be used together with the variant autoscaler. */
  readonly url: string | undefined;
  readonly unsafeSsl: boolean;
  readonly authModes: string | undefined;
  readonly triggerAuthName: string | undefined;
  readonly triggerAuthKind: string | undefined;
}

export function parseAutoscalingConfig(section: Readonly<Record<string, unknown>>): AutoscalingConfig {
  const { prometheus } = section;
  const settings = (typeof prometheus === 'object' && prometheus !== null ? prometheus : {}) as Record<
    string,
    unknown
  >;
  const text = (value: unknown): string | undefined =>
    typeof value === 'string' && value !== '' ? value : undefined;
  return {
    url: text(settings.url),
    unsafeSsl: settings.tlsInsecureSkipVerify === true || settings.tlsInsecureSkipVerify === 'true',
    authModes: text(settings.authModes),
    triggerAuthName: text(settings.triggerAuthName),
    triggerAuthKind: text(settings.triggerAuthKind),
  };
}
