import { PassThrough } from 'node:stream';
import { silentLogger } from '@weir/core/log';
import { expect, test } from 'vitest';
import type { CliContext } from '../context.ts';
import { runKubelet } from './kubelet.ts';

function run(...argv: string[]): Promise<number> {
  const context: CliContext = {
    env: {},
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    stdin: new PassThrough(),
    signal: new AbortController().signal,
  };
  return runKubelet(context, argv, silentLogger);
}

test('without an identity it says which one a node needs', async () => {
  await expect(run()).rejects.toThrow(
    'no --kubeconfig: give the one of the node, user system:node:NAME in group system:nodes',
  );
});

test('a kubeconfig that is not there is named', async () => {
  await expect(run('--kubeconfig', '/nowhere/config')).rejects.toThrow('kubeconfig /nowhere/config: ENOENT');
});

test.each(['--pod-cidr', '--service-cidr'])(
  'addresses of %s that no process could listen on are refused',
  async (flag) => {
    await expect(run(flag, '192.0.2.0/24')).rejects.toThrow(
      /192\.0\.2\.0\/24: addresses are not local to this machine .*ip route add local 192\.0\.2\.0\/24 dev lo/,
    );
  },
);

test('a range that is none is refused', async () => {
  await expect(run('--pod-cidr', '127.78.0.0')).rejects.toThrow(
    '--pod-cidr: "127.78.0.0" is not an IPv4 range such as 127.78.0.0/20',
  );
});

test.each([
  ['--node-labels', 'zone'],
  ['--image-map', '=vllm'],
])('%s %s is not a pair', async (flag, value) => {
  await expect(run(flag, value, '--kubeconfig', '/nowhere/config')).rejects.toThrow(
    `${flag}: "${value}" is not key=value`,
  );
});

test('an unknown flag is refused with the nearest one', async () => {
  await expect(run('--pod-cird', '127.78.0.0/20')).rejects.toThrow('--pod-cidr');
});
