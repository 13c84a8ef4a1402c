interface Applied {
  readonly exitCode: number | null;
  readonly stderr: string;
}

/** What a busy API server says that had no time for a megabyte of a definition; it may have carried it out. */
const overloaded = /did not complete within requested timeout|request timed out/;

/** Applies documents server-side; again as long as the server has no time. Throws what kubectl says otherwise. */
export async function applyManifest(
  kubectl: (argv: readonly string[], input: string) => Promise<Applied>,
  manifest: string,
): Promise<void> {
  for (;;) {
    const { exitCode, stderr } = await kubectl(['apply', '--server-side', '-f', '-'], manifest);
    if (exitCode === 0) return;
    if (!overloaded.test(stderr)) throw new Error(`kubectl apply: ${stderr}`);
  }
}
