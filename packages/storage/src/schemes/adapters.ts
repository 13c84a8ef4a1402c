import { shortHash } from '@weir/core/hash';

/** The folder of an adapter inside the pod. */
export function adapterPath(name: string): string {
  const folder = name.replaceAll(/[^A-Za-z0-9._-]/g, '-');
  return `/mnt/lora/${folder === '' || folder === '.' || folder === '..' ? 'adapter' : folder}`;
}

/** The adapter's name as a part of names of objects; those that cannot stand there as they are get a hash of their own. */
export function adapterLabel(name: string): string {
  const label = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  if (label === name && name !== '') return name;
  return label === '' ? shortHash(name) : `${label}-${shortHash(name)}`;
}
