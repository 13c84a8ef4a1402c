import type { PluginKind } from '@weir/api/epp-config';
import type { Logger } from '@weir/core/log';
import type { z } from 'zod';
import type { DataKey } from './data-key.ts';
import type { DataProducer } from './data-producer.ts';
import type { Filter } from './filter.ts';
import type { EndpointObserver } from './lifecycle.ts';
import type { Parser } from './parser.ts';
import type { Picker } from './picker.ts';
import type { PluginMetrics } from './plugin-metrics.ts';
import type { PreRequest } from './pre-request.ts';
import type { ProfileHandler } from './profile-handler.ts';
import type { ResponseProcessor } from './response.ts';
import type { Scorer, ScorerCategory } from './scorer.ts';

/** What a plugin is given at creation. Time and chance come from here, so that decisions can be repeated. */
export interface Handle {
  /** The instance's name in the configuration. */
  readonly name: string;
  readonly log: Logger;
  readonly metrics: PluginMetrics;
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** A live plugin: any combination of extension points. */
export type Plugin = Partial<
  Filter &
    Scorer &
    Picker &
    ProfileHandler &
    DataProducer &
    PreRequest &
    ResponseProcessor &
    Parser &
    EndpointObserver
>;

/** Data that a plugin reads: the key, and the instance that must produce it. */
export interface Consumption {
  readonly key: DataKey<unknown>;
  /** Null: the default producer of the key. */
  readonly producer: string | null;
}

/** A plugin type: what it is called, what it may be told, and how an instance is made. */
export interface PluginDefinition {
  readonly type: string;
  readonly kinds: readonly PluginKind[];
  readonly stability: 'alpha' | 'beta' | 'stable';
  /** One sentence for the generated reference. */
  readonly summary: string;
  readonly category?: ScorerCategory;
  readonly parameters: z.ZodType<Readonly<Record<string, unknown>>>;
  /** Parameters that llm-d has and whose effect is not built here: refused by name. */
  readonly unbuiltParameters: readonly string[];
  readonly produces: readonly DataKey<unknown>[];
  consumes(parameters: unknown): readonly Consumption[];
  create(parameters: unknown, handle: Handle): Plugin;
}

export interface PluginDeclaration<Schema extends z.ZodType<Readonly<Record<string, unknown>>>, Live> {
  readonly type: string;
  readonly stability: PluginDefinition['stability'];
  readonly summary: string;
  readonly parameters: Schema;
  readonly unbuiltParameters?: readonly string[];
  readonly produces?: readonly DataKey<unknown>[];
  readonly consumes?: (parameters: z.output<Schema>) => readonly Consumption[];
  readonly create: (parameters: z.output<Schema>, handle: Handle) => Live;
}

/** The declaration with its type parameters put away; every `define…` ends here. */
export function definePlugin<Schema extends z.ZodType<Readonly<Record<string, unknown>>>>(
  kinds: readonly PluginKind[],
  declaration: PluginDeclaration<Schema, Plugin>,
): PluginDefinition {
  const { consumes, create, produces, unbuiltParameters, ...rest } = declaration;
  return {
    ...rest,
    kinds,
    unbuiltParameters: unbuiltParameters ?? [],
    produces: produces ?? [],
    consumes: (parameters) => consumes?.(parameters as z.output<Schema>) ?? [],
    create: (parameters, handle) => create(parameters as z.output<Schema>, handle),
  };
}
