import { parseQuantity } from '@weir/api/meta';

/** The ConfigMap with the platform's settings; every key holds a JSON object. */
export const platformConfigMapName = 'inferenceservice-config';

/** The ConfigMap exists but says something that cannot be used. */
export class PlatformConfigError extends Error {
  constructor(where: string, problem: string) {
    super(`failed to load ingress config: ConfigMap ${platformConfigMapName}${where}: ${problem}`);
    this.name = 'PlatformConfigError';
  }
}

/** What one key holds. */
export type Section = Readonly<Record<string, unknown>>;

export function parseSection(json: string | undefined, key: string): Section {
  if (json === undefined || json.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Section;
  } catch {
    // Reported below, together with JSON that is no object.
  }
  throw new PlatformConfigError(`, key ${key}`, 'not a JSON object — correct the key');
}

export function textOf(value: unknown, fallback: string): string {
  return typeof value === 'string' && value !== '' ? value : fallback;
}

/** A quantity of the key `storageInitializer`. Pods would be refused for one that cannot be read, and nobody told. */
export function quantityOf(storage: Section, field: string, fallback: string): string {
  const value = storage[field] ?? '';
  if (value === '') return fallback;
  if (typeof value === 'string' && parseQuantity(value) !== null) return value;
  const shown = JSON.stringify(value);
  const advice = typeof value === 'string' ? `such as "${fallback}"` : `in quotes, such as "${fallback}"`;
  throw new PlatformConfigError(
    ', key storageInitializer',
    `${field}: ${shown} is not a quantity — write one ${advice}`,
  );
}
