import { createPicker } from '@weir/epp';
import { putPool, putRoute, putService, startTestCluster } from '@weir/gateway/testing';

/** A gateway with one route to the backend at the given port, as a Service or as an InferencePool. */
const [port = '0', kind = 'service'] = process.argv.slice(2);

const cluster = await startTestCluster(
  (api) => {
    const isPool = kind === 'pool';
    if (isPool) putPool(api, 'model', [Number(port)]);
    else putService(api, 'model', [Number(port)]);
    const reference = isPool
      ? { group: 'inference.networking.k8s.io', kind: 'InferencePool' }
      : { port: 8000 };
    putRoute(api, 'route', [{ backendRefs: [{ name: 'model', ...reference }] }]);
  },
  { createPicker },
);

process.on('message', (what) => {
  const { user, system } = process.cpuUsage();
  process.send?.(what === 'cpu' ? user + system : process.memoryUsage().rss);
});
process.on('disconnect', () => process.exit(0));
process.send?.(cluster.port);
