import { setMaxListeners } from 'node:events';
import type { Fetch } from '@weir/kube';
import { Store } from '../store/store.ts';
import { Authenticator } from './auth/authenticator.ts';
import { Authorizer } from './auth/authorizer.ts';
import { TokenAuthority } from './auth/tokens.ts';
import { inProcessAdmin } from './auth/user.ts';
import { bootstrap } from './bootstrap/bootstrap.ts';
import type { ServerContext } from './context.ts';
import type { ApiServer, ApiServerOptions, ListenOptions, PodLogSource } from './contracts.ts';
import { expireEvents } from './expire-events.ts';
import { createHandler, type Handler } from './handle.ts';
import { OpenApi } from './meta/openapi.ts';
import { loadBuiltinKinds } from './registry/builtin-kinds.ts';
import { CustomResourceCleaner } from './registry/clean-custom-resources.ts';
import { followDefinitions } from './registry/follow-definitions.ts';
import { Registry } from './registry/registry.ts';
import { ResourceHandler } from './resource-handler.ts';
import { createStrategies } from './strategy/index.ts';
import { inProcessFetch } from './transport/in-process.ts';
import { type Listener, startListener } from './transport/listener.ts';
import { chooseConversion } from './webhooks/choose-conversion.ts';
import { serviceResolver } from './webhooks/resolve-service.ts';
import { WebhookClient } from './webhooks/webhook-client.ts';
import { WebhookLists } from './webhooks/webhook-lists.ts';

/**
 * Opens the store, serves the built-in kinds and the given CRDs, and makes sure that the namespaces and roles that
 * every cluster has exist. The server answers `fetch` at once; `listen` opens it to other processes.
 */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const log = options.log.child({ component: 'apiserver' });
  const { dataDir: folder, compactBytes } = options;
  const store = await Store.open({ folder, log, ...(compactBytes === undefined ? {} : { compactBytes }) });
  try {
    const now = (): Date => new Date();
    const registry = new Registry(await loadBuiltinKinds(options.servesIdleKinds ?? false));
    const webhookClient = new WebhookClient(serviceResolver(store));
    const webhooks = new WebhookLists(store, log);
    let podLogs = options.podLogs ?? null;
    const context: ServerContext = {
      store,
      registry,
      log,
      admission: options.admission,
      webhooks,
      webhookClient,
      strategies: createStrategies(store, options.serviceCidr ?? '127.79.0.0/20'),
      authorizer: new Authorizer(store),
      tokens: new TokenAuthority(options.dataDir, store, now),
      podLogs: () => podLogs,
      now,
    };
    const stopExpiry = expireEvents(context);
    const unfollow = followDefinitions({
      store,
      registry,
      conversionOf: (definition) => chooseConversion(definition, options.converters, webhookClient),
      log,
    });
    const handler = createHandler(context, new ResourceHandler(context), new OpenApi(registry));
    const server = new EmbeddedApiServer(
      context,
      handler,
      [unfollow, stopExpiry, () => webhooks.stop(), () => webhookClient.close()],
      (source) => {
        podLogs = source;
      },
    );
    await bootstrap(context, server.fetch, options.crds);
    // Webhooks that are stored but not running must not keep the server from starting: nobody could remove them.
    webhooks.start();
    return server;
  } catch (error) {
    await store.close();
    throw error;
  }
}

class EmbeddedApiServer implements ApiServer {
  readonly fetch: Fetch;
  readonly setPodLogs: (source: PodLogSource) => void;
  readonly #context: ServerContext;
  readonly #handler: Handler;
  readonly #ends: readonly (() => void)[];
  readonly #cleaner: CustomResourceCleaner;
  readonly #stopping = new AbortController();
  readonly #listeners: Listener[] = [];

  constructor(
    context: ServerContext,
    handler: Handler,
    ends: readonly (() => void)[],
    setPodLogs: (source: PodLogSource) => void,
  ) {
    // Every running request listens for the end of the server.
    setMaxListeners(0, this.#stopping.signal);
    this.#context = context;
    this.#handler = handler;
    this.#ends = ends;
    this.setPodLogs = setPodLogs;
    this.#cleaner = new CustomResourceCleaner(context);
    this.fetch = inProcessFetch(handler, inProcessAdmin, this.#stopping.signal);
  }

  async listen(options: ListenOptions): Promise<{ readonly port: number }> {
    const { log, tokens, authorizer } = this.#context;
    const listener = await startListener(options, {
      handler: this.#handler,
      authenticator: new Authenticator(tokens, authorizer),
      serverSignal: this.#stopping.signal,
      log,
    });
    this.#listeners.push(listener);
    log.info('API server listens', { host: options.host, port: listener.port });
    return { port: listener.port };
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const end of this.#ends) end();
    await Promise.all(this.#listeners.map((listener) => listener.close()));
    await this.#cleaner.stop();
    await this.#context.store.close();
  }
}
