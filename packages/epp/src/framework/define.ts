import * as z from 'zod';
import type { DataProducer } from './data-producer.ts';
import type { Filter } from './filter.ts';
import type { Parser } from './parser.ts';
import type { Picker } from './picker.ts';
import { definePlugin, type Plugin, type PluginDeclaration, type PluginDefinition } from './plugin.ts';
import type { ProfileHandler } from './profile-handler.ts';
import type { Scorer, ScorerCategory } from './scorer.ts';

type Schema = z.ZodType<Readonly<Record<string, unknown>>>;

/** For plugins without parameters: any is refused. */
export const none: z.ZodType<Readonly<Record<string, never>>> = z.strictObject({});

export function defineFilter<S extends Schema>(declaration: PluginDeclaration<S, Filter>): PluginDefinition {
  return definePlugin(['filter'], declaration);
}

export function defineScorer<S extends Schema>(
  declaration: PluginDeclaration<S, Scorer & Plugin> & { readonly category: ScorerCategory },
): PluginDefinition {
  return definePlugin(['scorer'], declaration);
}

export function definePicker<S extends Schema>(declaration: PluginDeclaration<S, Picker>): PluginDefinition {
  return definePlugin(['picker'], declaration);
}

export function defineProfileHandler<S extends Schema>(
  declaration: PluginDeclaration<S, ProfileHandler>,
): PluginDefinition {
  return definePlugin(['profile-handler'], declaration);
}

export function defineDataProducer<S extends Schema>(
  declaration: PluginDeclaration<S, DataProducer & Plugin>,
): PluginDefinition {
  return definePlugin(['data-producer'], declaration);
}

export function defineParser<S extends Schema>(declaration: PluginDeclaration<S, Parser>): PluginDefinition {
  return definePlugin(['parser'], declaration);
}
