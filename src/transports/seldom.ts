import { createRequire } from 'node:module';

/*
 * What most I/O workers never need, each loaded when it is first needed: loading costs time, and everybody's first
 * message waits for a worker to start. Its files are named from here, beside io-worker.ts: in the package this module is
 * part of that file, and nothing but an I/O worker may use it (decision 19).
 */
const load = createRequire(import.meta.url);

/** Sessions, listeners and engines for datagrams. */
export function loadDatagrams() {
  return load('./datagram/datagrams.js') as typeof import('./datagram/datagrams.js');
}

/** Transports of users' own. */
export function loadOwn() {
  return load('./own/own-transport.js') as typeof import('./own/own-transport.js');
}

/** Connections through SOCKS proxies. */
export function loadSocks() {
  return load('./socks/proxied-reader.js') as typeof import('./socks/proxied-reader.js');
}
