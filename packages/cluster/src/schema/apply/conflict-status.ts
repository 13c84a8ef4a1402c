import type { KubeStatus } from '@weir/api/meta';
import type { ApplyConflict } from './server-side-apply.ts';

/** The 409 answer to an apply that met other managers, in Kubernetes' words. */
export function applyConflictStatus(conflicts: readonly ApplyConflict[]): KubeStatus {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: conflictMessage(conflicts),
    reason: 'Conflict',
    details: {
      causes: conflicts.map((conflict) => ({
        reason: 'FieldManagerConflict',
        message: `conflict with ${managerText(conflict)}`,
        field: conflict.field,
      })),
    },
    code: 409,
  };
}

function conflictMessage(conflicts: readonly ApplyConflict[]): string {
  const [only] = conflicts;
  if (conflicts.length === 1 && only !== undefined) {
    return `Apply failed with 1 conflict: conflict with ${managerText(only)}: ${only.field}`;
  }
  const byManager = new Map<string, string[]>();
  for (const conflict of conflicts) {
    const text = managerText(conflict);
    byManager.set(text, [...(byManager.get(text) ?? []), conflict.field]);
  }
  const lines = [...byManager].flatMap(([manager, fields]) => [
    `conflicts with ${manager}:`,
    ...fields.map((field) => `- ${field}`),
  ]);
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

function managerText(conflict: ApplyConflict): string {
  const name = JSON.stringify(conflict.manager);
  const subresource =
    conflict.subresource === '' ? '' : ` with subresource ${JSON.stringify(conflict.subresource)}`;
  return `${name}${subresource}${conflict.apiVersion === undefined ? '' : ` using ${conflict.apiVersion}`}`;
}
