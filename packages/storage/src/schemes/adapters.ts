/** The folder of an adapter inside the pod. */
export function adapterPath(name: string): string {
  const folder = name.replaceAll(/[^A-Za-z0-9._-]/g, '-');
  return `/mnt/lora/${folder === '' || folder === '.' || folder === '..' ? 'adapter' : folder}`;
}
