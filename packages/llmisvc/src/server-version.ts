import { type Client, withDeadline } from '@weir/kube';

/** Minor version of the API server; undefined when it does not tell, which only costs some advice. */
export async function readServerMinor(client: Client, signal: AbortSignal): Promise<number | undefined> {
  try {
    const response = await client.fetch('/version', {
      signal: withDeadline(signal, 5000),
    });
    const { minor } = (await response.json()) as { readonly minor?: string };
    // Providers add signs of their own, as in `33+`.
    const digits = /^\d+/.exec(minor ?? '')?.[0];
    return response.ok && digits !== undefined ? Number(digits) : undefined;
  } catch {
    return undefined;
  }
}
