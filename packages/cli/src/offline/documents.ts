import type { KubeObject } from '@weir/api/meta';
import { readManifests } from '../cluster/manifests.ts';
import type { CliContext } from '../context.ts';
import { cliErrors } from '../errors.ts';

/** An API server takes no larger object: etcd stores 1.5 MiB. */
const maxDocumentBytes = 1024 * 1024;
/** Deeper than any Kubernetes type goes. */
const maxDepth = 200;

/** Reads the documents of a command line, and refuses what no API server would take. */
export async function readDocuments(
  context: CliContext,
  files: readonly string[],
  namespace: string,
): Promise<KubeObject[]> {
  const documents = (await Promise.all(files.map((file) => readManifests(file, context.stdin)))).flat();
  if (documents.length === 0) throw cliErrors.USAGE({ problem: `${files.join(', ')}: no object in it` });
  for (const document of documents) {
    const name = nameOf(document);
    if (depthOf(document, maxDepth) > maxDepth) {
      throw cliErrors.USAGE({ problem: `${name}: nested deeper than ${maxDepth} levels` });
    }
    const bytes = Buffer.byteLength(JSON.stringify(document));
    if (bytes > maxDocumentBytes) {
      const problem = `${name}: ${bytes} bytes, more than the ${maxDocumentBytes} that an API server takes`;
      throw cliErrors.USAGE({ problem });
    }
  }
  return documents.map((document) => inNamespace(document, namespace));
}

/** `LLMInferenceService demo/a`. */
export function nameOf({ kind, metadata }: KubeObject): string {
  const name = metadata.name ?? `${metadata.generateName}…`;
  return `${kind} ${metadata.namespace === undefined ? name : `${metadata.namespace}/${name}`}`;
}

const clusterScoped = ['Namespace', 'GatewayClass', 'CustomResourceDefinition', 'Node', 'PersistentVolume'];

function inNamespace(document: KubeObject, namespace: string): KubeObject {
  if (document.metadata.namespace !== undefined || clusterScoped.includes(document.kind)) return document;
  if (document.kind.startsWith('Cluster')) return document;
  return { ...document, metadata: { ...document.metadata, namespace } };
}

/** Depth of a value, looked at no deeper than one level past `limit`. */
function depthOf(value: unknown, limit: number): number {
  let level: unknown[] = [value];
  let depth = 0;
  while (level.length > 0 && depth <= limit) {
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
    depth++;
  }
  return depth;
}
