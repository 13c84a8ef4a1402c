import { existsSync } from 'node:fs';
import path from 'node:path';
import { nearest } from '@weir/core/errors';
import { type ProgramStandIn, programs, programsNotBuilt } from './programs.ts';

export interface ContainerProgram {
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
}

export type Resolution =
  | {
      readonly type: 'program';
      readonly argv: string[];
      readonly env: Record<string, string>;
      readonly pathPrepend: string[];
    }
  | {
      readonly type: 'unresolved';
      readonly reason: 'ErrImagePull' | 'ImageNotRunnableLocally';
      readonly message: string;
    };

export interface ImageResolverOptions {
  /** Folder of the program shims. */
  readonly shims: string;
  /** Environment of every process that is ours: where models are cached, which aliases hold. */
  readonly env: Readonly<Record<string, string>>;
  /** `--image-map`: image pattern → program name. */
  readonly imageMap: ReadonlyMap<string, string>;
}

const shells = new Set(['sh', 'bash', 'dash', 'ash']);

/**
 * Decides what a container runs without images (features C4): what its command executes, not what its image is called.
 * Programs that we replace are found by name, absolute paths to them are rewritten; without a command the image table
 * gives the entry point. Pure apart from looking up programs in the file system.
 */
export function createImageResolver(options: ImageResolverOptions): {
  resolve(container: ContainerProgram): Resolution;
} {
  const program = (argv: string[]): Resolution => ({
    type: 'program',
    argv,
    env: { ...options.env },
    pathPrepend: [options.shims],
  });
  return {
    resolve(container) {
      const missing = notBuilt(container);
      if (missing !== null) return missing;
      const [first, ...rest] = container.command;
      if (first === undefined) {
        const standIn = standInOfImage(container.image, options.imageMap);
        if (standIn === undefined) return unknownImage(container.image);
        return program([
          path.join(options.shims, standIn.program),
          ...standIn.entrypointArgs,
          ...container.args,
        ]);
      }
      const name = path.posix.basename(first);
      const argv = [...rest, ...container.args];
      if (programs.some((known) => known.program === name))
        return program([path.join(options.shims, name), ...argv]);
      if (shells.has(name)) return program([hostShell(name), ...argv.map(withoutProgramPaths)]);
      return program([first, ...argv]);
    },
  };
}

/** A script says `/app/epp`; here the program of that name lies on the PATH. */
function withoutProgramPaths(text: string): string {
  return programs.reduce(
    (result, { program }) =>
      result.replace(
        new RegExp(`(^|[\\s;&|('"=])/[\\w./-]*/${program}(?=$|[\\s;&|)'"])`, 'gm'),
        `$1${program}`,
      ),
    text,
  );
}

function hostShell(name: string): string {
  return (
    ['/bin', '/usr/bin'].map((folder) => `${folder}/${name}`).find((file) => existsSync(file)) ?? '/bin/sh'
  );
}

function notBuilt(container: ContainerProgram): Resolution | null {
  const executed = path.posix.basename(container.command[0] ?? '');
  const text = [...container.command, ...container.args].join('\n');
  for (const [name, { what, images }] of Object.entries(programsNotBuilt)) {
    const isExecuted =
      executed === name ||
      (shells.has(executed) && new RegExp(`(^|[\\s;&|(/])${name}(?=$|\\s)`, 'm').test(text)) ||
      (container.command.length === 0 && images.some((pattern) => matchesImage(container.image, pattern)));
    if (isExecuted) {
      return {
        type: 'unresolved',
        reason: 'ImageNotRunnableLocally',
        message: `image "${container.image}" runs ${name}, ${what}, which this version does not have yet — use one of: ${supported()}`,
      };
    }
  }
  return null;
}

function standInOfImage(image: string, imageMap: ReadonlyMap<string, string>): ProgramStandIn | undefined {
  for (const [pattern, program] of imageMap) {
    if (matchesImage(image, pattern)) return programs.find((known) => known.program === program);
  }
  return programs.find((known) => known.images.some((pattern) => matchesImage(image, pattern)));
}

function unknownImage(image: string): Resolution {
  const known = programs.flatMap((program) => program.images);
  const suggestion = nearest(repositoryOf(image), known);
  return {
    type: 'unresolved',
    reason: 'ImageNotRunnableLocally',
    message:
      `image "${image}" has no command and no local stand-in${suggestion === null ? '' : ` (did you mean ${suggestion}?)`}` +
      ` — give the container a command, or start with --image-map '${repositoryOf(image)}=PROGRAM'; programs: ${supported()}`,
  };
}

function supported(): string {
  return programs.map(({ program }) => program).join(', ');
}

/** Compares without tag and digest; a pattern without registry matches in any registry. */
function matchesImage(image: string, pattern: string): boolean {
  const repository = repositoryOf(image);
  const expression = new RegExp(`^${pattern.split('*').map(escapeRegExp).join('.*')}$`);
  return expression.test(repository) || expression.test(repository.replace(/^[^/]*[.:][^/]*\//, ''));
}

function repositoryOf(image: string): string {
  return image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
}

function escapeRegExp(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
}
