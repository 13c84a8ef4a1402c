export { putPool, putRoute, putService, startTestCluster, type TestCluster } from './cluster.ts';
