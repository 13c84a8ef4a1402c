import { createServer } from 'node:net';
import { cliErrors } from '../errors.ts';
import { portOwner } from './port-owner.ts';

/** Fails with PORT_IN_USE, naming the owner where that can be told, unless the loopback port can be bound. */
export async function requireFreePort(port: number, purpose: string): Promise<void> {
  const isFree = await new Promise<boolean>((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
  if (isFree) return;
  const owner = portOwner(port);
  throw cliErrors.PORT_IN_USE({ port, purpose, owner: owner === null ? '' : ` by ${owner}` });
}
