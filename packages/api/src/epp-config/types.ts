/** EndpointPickerConfig (`llm-d.ai/v1alpha1`) after parsing: every field present, absent ones null or empty. */
export interface EndpointPickerConfig {
  /** Gates set explicitly, by name. */
  readonly featureGates: ReadonlyMap<string, boolean>;
  readonly plugins: readonly PluginSpec[];
  readonly schedulingProfiles: readonly SchedulingProfileSpec[];
  readonly dataLayer: DataLayerSpec;
  /** Kept as written: what it may hold depends on the gate `flowControl`. Null when absent. */
  readonly flowControl: Readonly<Record<string, unknown>> | null;
  /** Names of parser plugins, in order of precedence. */
  readonly parsers: readonly string[];
  readonly saturationDetector: SaturationDetectorSpec | null;
}

export interface PluginSpec {
  /** Unique; what `pluginRef` points to. Default: the type. */
  readonly name: string;
  /** A name of the catalogue; aliases are already replaced. */
  readonly type: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Where it stands in the file, for messages; null when a default or migration added it. */
  readonly path: string | null;
}

export interface SchedulingProfileSpec {
  readonly name: string;
  readonly plugins: readonly ProfilePluginSpec[];
}

export interface ProfilePluginSpec {
  readonly pluginRef: string;
  /** Scorers only; neither normalised nor limited. Default 1. */
  readonly weight: number;
}

export interface DataLayerSpec {
  /** Adds a metrics source and extractor when no source is named `metrics-data-source`. */
  readonly injectDefaults: boolean;
  readonly sources: readonly { readonly pluginRef: string; readonly extractors: readonly string[] }[];
  /** Settings that name plugins of discovery and of state sharing between replicas, as written. */
  readonly other: Readonly<Record<string, unknown>>;
}

export interface SaturationDetectorSpec {
  readonly pluginRef: string | null;
  /** Thresholds that older files wrote in place of a reference. */
  readonly thresholds: Readonly<Record<string, unknown>>;
}
