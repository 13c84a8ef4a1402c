import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** One request as the API server's audit log tells it. */
export interface AuditedRequest {
  readonly verb: string;
  readonly requestURI: string;
  /** Absent for paths that are no resources, such as `/version`. */
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  /** What a write sent. */
  readonly requestObject?: unknown;
  readonly responseStatus?: { readonly code: number; readonly message?: string };
}

/** Flags that make a kube-apiserver write down what one user asks for, and how to read it. */
export function auditOf(user: string, folder: string): { flags: string[]; read(): AuditedRequest[] } {
  const policyFile = path.join(folder, 'audit-policy.json');
  const logFile = path.join(folder, 'audit.log');
  const policy = {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    // A watch that still runs has only started.
    omitStages: ['RequestReceived'],
    rules: [
      { level: 'Request', users: [user], verbs: ['patch'] },
      { level: 'Metadata', users: [user] },
      { level: 'None' },
    ],
  };
  writeFileSync(policyFile, JSON.stringify(policy));
  const requests: AuditedRequest[] = [];
  let length = 0;
  return {
    flags: [`--audit-policy-file=${policyFile}`, `--audit-log-path=${logFile}`],
    read() {
      const text = readFileSync(logFile, 'utf8');
      const end = text.lastIndexOf('\n') + 1;
      const fresh = text
        .slice(length, end)
        .split('\n')
        .filter((line) => line !== '');
      requests.push(...fresh.map((line) => JSON.parse(line) as AuditedRequest));
      length = end;
      return requests;
    },
  };
}
