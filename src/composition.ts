import type { DependencyContainer, InjectionToken } from 'tsyringe';
import { cloneCodec } from './patterns/actor/clone-codec.js';
import { stderrLogger } from './runtime/actor/stderr-logger.js';
import { CLOCK, CODEC, LOGGER, TRANSPORT, type Token } from './runtime/base/injected.js';
import type { Services, SocketType, Transport } from './runtime/context/services.js';
import { SOCKET_TYPES } from './patterns/socket-types.js';
import { inproc } from './transports/inproc.js';
import { ipcScheme } from './transports/stream/ipc-scheme.js';
import { tcpScheme } from './transports/stream/tcp-scheme.js';

/**
 * The composition root: the one place that knows tsyringe, and where everything that a context is
 * made of is named. Registrations are factories and values, so no class carries decorators.
 */
export const TRANSPORTS: InjectionToken<Transport> = Symbol('transports');
export const SOCKET_TYPE: InjectionToken<SocketType> = Symbol('socket types');
export const IO_WORKER: InjectionToken<URL> = Symbol('I/O worker module');
export const PROXY_WORKER: InjectionToken<URL> = Symbol('proxy worker module');
export const ACTOR_WORKER: InjectionToken<URL> = Symbol('actor worker module');
export const CREW_WORKER: InjectionToken<URL> = Symbol('crew worker module');

type Tsyringe = typeof import('tsyringe');

type UdpScheme = typeof import('./transports/datagram/udp-scheme.js');

type OwnScheme = typeof import('./transports/own/own-scheme.js');

/** Transports that most programs never use, each loaded when an endpoint first names it. */
const SELDOM: Readonly<Record<string, () => Transport>> = {
  udp: () => {
    return (load('./transports/datagram/udp-scheme.js') as UdpScheme).udpScheme;
  },
};

let root: DependencyContainer | undefined;

/**
 * Puts a user's own in the place of ours, in this thread, for whatever asks for it from now on: a `CODEC`, a `CLOCK` or
 * a `LOGGER`; or a `TRANSPORT` beside ours, for its scheme. It is made when it is first needed.
 */
export function register<T>(token: Token<T>, make: () => T): void {
  root ??= registerAll(loadTsyringe());
  let made: { readonly value: T } | undefined;
  root.register<T>(token, { useFactory: () => (made ??= { value: make() }).value });
}

/** The services of a context: a container of its own below the root. */
export function composeServices(): Services {
  root ??= registerAll(loadTsyringe());
  const container = root.createChildContainer();
  const transports = byKey(container.resolveAll(TRANSPORTS), ({ scheme }) => scheme);
  const types = byKey(container.resolveAll(SOCKET_TYPE), ({ name }) => name);
  return {
    transport: (scheme) =>
      ownTransport(container, scheme) ?? transports.get(scheme) ?? loadTransport(scheme),
    socketType: (name) => types.get(name),
    ioWorker: container.resolve(IO_WORKER),
    proxyWorker: container.resolve(PROXY_WORKER),
    actorWorker: container.resolve(ACTOR_WORKER),
    injected: <T>(token: Token<T>) => container.resolve<T>(token),
    crewWorker: container.resolve(CREW_WORKER),
  };
}

function registerAll({ container }: Tsyringe): DependencyContainer {
  // Below tsyringe's own root, which belongs to the application.
  const own = container.createChildContainer();
  for (const transport of [inproc, ipcScheme, tcpScheme]) {
    own.register(TRANSPORTS, { useValue: transport });
  }
  for (const type of SOCKET_TYPES) own.register(SOCKET_TYPE, { useValue: type });
  own.register(IO_WORKER, {
    useFactory: () => new URL('./transports/io-worker-door.cjs', import.meta.url),
  });
  own.register(PROXY_WORKER, { useFactory: () => new URL('./proxy-worker.js', import.meta.url) });
  own.register(CODEC, { useValue: cloneCodec });
  own.register(CLOCK, { useValue: performance });
  own.register(LOGGER, { useValue: stderrLogger });
  own.register(ACTOR_WORKER, {
    useFactory: () => new URL('./actor-worker-door.cjs', import.meta.url),
  });
  own.register(CREW_WORKER, { useFactory: () => new URL('./crew-worker.js', import.meta.url) });
  return own;
}

/**
 * Loads tsyringe when a context is first used for more than to be there. At import it insists on
 * a Reflect polyfill, which only its decorators use; for as long as that takes, one is there.
 */
function loadTsyringe(): Tsyringe {
  const reflect = Reflect as { getMetadata?: unknown };
  const missing = reflect.getMetadata === undefined;
  if (missing) reflect.getMetadata = () => undefined;
  try {
    return load('./tsyringe-door.cjs') as Tsyringe;
  } finally {
    if (missing) delete reflect.getMetadata;
  }
}

/** Loads a module of ours now, and not when this one is imported. */
function load(file: string): unknown {
  return process.getBuiltinModule('node:module').createRequire(import.meta.url)(file);
}

/** A user's, which may have been registered after the context was composed. */
function ownTransport(container: DependencyContainer, scheme: string): Transport | undefined {
  if (scheme === 'inproc' || !container.isRegistered(TRANSPORT, true)) return undefined;
  const { ownScheme } = load('./transports/own/own-scheme.js') as OwnScheme;
  return ownScheme(container.resolveAll(TRANSPORT), scheme);
}

function loadTransport(scheme: string): Transport | undefined {
  return Object.hasOwn(SELDOM, scheme) ? SELDOM[scheme]!() : undefined;
}

function byKey<T>(values: readonly T[], key: (value: T) => string): Map<string, T> {
  return new Map(values.map((value) => [key(value), value]));
}
