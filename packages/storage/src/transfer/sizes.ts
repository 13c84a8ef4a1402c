const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `23.0 GiB`; whole numbers below one KiB. */
export function sizeText(bytes: number): string {
  const power = powerOf(bytes);
  return `${numberText(bytes, power)} ${units[power]}`;
}

/** `14.2/23.0 GiB`: both numbers in the unit of the total. */
export function shareText(done: number, total: number): string {
  const power = powerOf(total);
  return `${numberText(done, power)}/${numberText(total, power)} ${units[power]}`;
}

function numberText(bytes: number, power: number): string {
  return power === 0 ? String(bytes) : (bytes / 1024 ** power).toFixed(1);
}

function powerOf(bytes: number): number {
  let power = 0;
  while (bytes >= 1024 ** (power + 1) && power < units.length - 1) power++;
  return power;
}
