import { expect, test } from 'vitest';
import { parseEppFlags } from './flags.ts';

test('the arguments of the scheduler preset are accepted, with and without TLS', () => {
  const preset = [
    '--pool-name',
    'p',
    '--pool-namespace',
    'ns',
    '--zap-encoder',
    'json',
    '--grpc-port',
    '9002',
  ];
  const plain = parseEppFlags([...preset, '', '', '', '', '--config-text', 'text'], {});
  expect(plain).toMatchObject({
    poolName: 'p',
    poolNamespace: 'ns',
    configText: 'text',
    secureServing: true,
    certPath: null,
    metricsSource: {},
    metricsIntervalMs: 50,
    gaugesIntervalMs: 5000,
  });
  const tls = [
    '--enable-cert-reload=true',
    '--secure-serving=true',
    '--model-server-metrics-scheme=https',
    '--cert-path=/tls',
  ];
  expect(parseEppFlags([...preset, ...tls], {})).toMatchObject({
    enableCertReload: true,
    certPath: '/tls',
    metricsSource: { scheme: 'https' },
  });
});

test('one dash and camel case are understood, and an empty value stays a value', () => {
  const flags = parseEppFlags(['-poolName', 'p', '-configText', '', '-grpcPort=1', '-v', '4'], {
    NAMESPACE: 'n',
  });
  expect(flags).toMatchObject({
    poolName: 'p',
    poolNamespace: 'n',
    configText: null,
    grpcPort: 1,
    logLevel: 'debug',
  });
});

test.each([
  [[], '--pool-name is required'],
  [['--poolname', 'p'], 'unknown flag "--poolname" — did you mean "--pool-name"?'],
  [['--pool-name=p', '--emit-endpoint-scores'], '--emit-endpoint-scores is not built yet'],
  [['--pool-name=p', '--tracing=true'], '--tracing is not built yet'],
  [['--pool-name=p', '--zap-encoder=console'], '--zap-encoder: "console" is not built yet'],
  [['--pool-name=p', '--pool-group=x'], '--pool-group: "x" is not served'],
  [['--pool-name=p', '--config-file=f', '--config-text=t'], 'exclude each other'],
  [['--pool-name=p', '--grpc-port=70000'], '--grpc-port: 70000 is not a port'],
  [['--pool-name=p', '--refresh-metrics-interval=fast'], '"fast" is not a duration'],
  [['--pool-name=p', '--tls-min-version=1.2'], '--tls-min-version: "1.2" is none of'],
  [['--pool-name=p', '--kv-cache-usage-percentage-metric=m'], 'core-metrics-extractor'],
  [['--pool-name'], '--pool-name needs a value'],
  [['--pool-name=p', 'word'], 'unexpected argument "word"'],
])('%j is refused by name', (argv, message) => {
  expect(() => parseEppFlags(argv, {})).toThrow(message);
});
