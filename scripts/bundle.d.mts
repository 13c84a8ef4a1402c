/** `root` is the folder of the installation, `stamp` the newest change of its sources in milliseconds. */
export function bundleCli(root: string, stamp: number): Promise<void>;
