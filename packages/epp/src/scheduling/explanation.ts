/** Everything that led to a decision, for the debug log and for `explain`. Plain data. */
export interface Explanation {
  readonly candidates: readonly string[];
  readonly profiles: readonly ProfileExplanation[];
}

export interface ProfileExplanation {
  readonly profile: string;
  /** In the order they ran. */
  readonly filters: readonly { readonly name: string; readonly survivors: readonly string[] }[];
  /** Unweighted scores, one per survivor of the last filter. */
  readonly scorers: readonly {
    readonly name: string;
    readonly weight: number;
    readonly scores: readonly number[];
  }[];
  readonly survivors: readonly string[];
  readonly totals: readonly number[];
  readonly picked: readonly string[];
}
