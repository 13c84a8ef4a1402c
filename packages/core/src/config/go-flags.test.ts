import { expect, test } from 'vitest';
import { type FlagDefinition, goFlagsHelp, parseGoFlags } from './go-flags.ts';

const definitions: Record<string, FlagDefinition> = {
  'pool-name': { type: 'string', help: 'name of the pool' },
  'grpc-port': { type: 'number', default: 9002, help: 'port of ext-proc' },
  'secure-serving': { type: 'boolean', default: true, help: 'serve TLS' },
  tracing: { type: 'notBuilt', help: 'OpenTelemetry traces' },
};
const parse = (...argv: string[]) => Object.fromEntries(parseGoFlags('weir epp', argv, definitions));

test('flags take values behind an equals sign or a space, with one dash or two', () => {
  expect(parse('--pool-name=a=b', '-grpc-port', '1')).toEqual({
    'pool-name': 'a=b',
    'grpc-port': 1,
    'secure-serving': true,
  });
  expect(parse('--secure-serving=false')).toEqual({ 'grpc-port': 9002, 'secure-serving': false });
  expect(parse('--secure-serving')).toEqual({ 'grpc-port': 9002, 'secure-serving': true });
});

test('what cannot be understood or has no effect yet is refused by name', () => {
  expect(() => parse('--pool-nam=x')).toThrow(
    'weir epp: unknown flag "--pool-nam" — did you mean "--pool-name"?',
  );
  expect(() => parse('--pool-name')).toThrow('--pool-name needs a value');
  expect(() => parse('--grpc-port=x')).toThrow('--grpc-port: "x" is not a number');
  expect(() => parse('--secure-serving=maybe')).toThrow('neither true nor false');
  expect(() => parse('--tracing=true')).toThrow(
    '--tracing is not built yet in this version: OpenTelemetry traces',
  );
  expect(() => parse('extra')).toThrow('unexpected argument "extra"');
});

test('the help names every flag that has an effect', () => {
  const help = goFlagsHelp('weir epp', 'The endpoint picker.', definitions);
  expect(help).toContain('--grpc-port <number>');
  expect(help).not.toContain('tracing');
});
