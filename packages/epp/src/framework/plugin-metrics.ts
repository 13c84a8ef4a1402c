/** How well a prefix index does; labelled with the plugin that keeps it. */
export interface PrefixIndexMetrics {
  /** Distinct blocks known. */
  size(blocks: number): void;
  /** One request: the longest match of any candidate against the whole prompt. */
  lookup(matchedBlocks: number, totalBlocks: number, blockSizeTokens: number): void;
}

/** The metrics that plugins may write. */
export interface PluginMetrics {
  prefixIndex(pluginName: string, pluginType: string): PrefixIndexMetrics;
}
