import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually, freePort, startProgram } from '@weir/testing';

export interface EmbeddedServer {
  readonly kubeconfig: string;
  /** Stays when the server is gone. */
  readonly logFile: string;
  stop(): Promise<void>;
}

/** `weir apiserver` in memory, with a home of its own that is gone afterwards. */
export async function startEmbeddedServer(launcher: string): Promise<EmbeddedServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'weir-conformance-apiserver-'));
  const kubeconfig = path.join(folder, 'kubeconfig');
  const logFile = path.join(tmpdir(), `weir-conformance-apiserver-${process.pid}.log`);
  const port = await freePort();
  const flags = ['apiserver', '--ephemeral', '--port', String(port), '--kubeconfig', kubeconfig];
  const program = startProgram('weir apiserver', process.execPath, [launcher, ...flags], {
    logFile,
    env: { ...process.env, WEIR_HOME: folder },
  });
  const stop = async (): Promise<void> => {
    await program.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    // It is written when the server listens.
    await eventually('weir apiserver', () => existsSync(kubeconfig), { program, timeoutMs: 120_000 });
    return { kubeconfig, logFile, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
