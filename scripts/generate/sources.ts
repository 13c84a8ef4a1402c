import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/** Go modules whose API documents the generated code comes from. Versions are the contract: change them on purpose. */
export const modules = {
  kubernetes: 'k8s.io/kubernetes@v1.34.2',
  kubernetesApi: 'k8s.io/api@v0.34.2',
  kubernetesApimachinery: 'k8s.io/apimachinery@v0.34.2',
  gatewayApi: 'sigs.k8s.io/gateway-api@v1.5.1',
  inferenceExtension: 'sigs.k8s.io/gateway-api-inference-extension@v1.5.0',
  inferenceExtensionOld: 'sigs.k8s.io/gateway-api-inference-extension@v1.3.1',
  leaderWorkerSet: 'sigs.k8s.io/lws@v0.8.0',
} as const;

/** Folder of a module in the Go module cache, fetched on first use by the user's own `go`. */
export function moduleFolder(name: keyof typeof modules): string {
  const work = path.join(process.env.WEIR_CACHE ?? path.join(homedir(), '.cache', 'weir'), 'generate');
  mkdirSync(work, { recursive: true });
  const out = execFileSync('go', ['mod', 'download', '-json', modules[name]], {
    cwd: work,
    encoding: 'utf8',
  });
  return (JSON.parse(out) as { Dir: string }).Dir;
}
