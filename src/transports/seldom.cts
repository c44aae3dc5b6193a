/*
 * What most I/O workers never need, each loaded when it is first needed: loading costs time, and everybody's first
 * message waits for a worker to start. It is CommonJS so that a bundler sees what is required, and has it lie in the I/O worker's
 * one file, to run when it is asked for (decision 19).
 */

type Datagrams = typeof import('./datagram/datagrams.js', {
  with: { 'resolution-mode': 'import' },
});
type Own = typeof import('./own/own-transport.js', { with: { 'resolution-mode': 'import' } });
type Socks = typeof import('./socks/proxied-reader.js', { with: { 'resolution-mode': 'import' } });

/** Sessions, listeners and engines for datagrams. */
export function loadDatagrams(): Datagrams {
  return require('./datagram/datagrams.js') as Datagrams;
}

/** Transports of users' own. */
export function loadOwn(): Own {
  return require('./own/own-transport.js') as Own;
}

/** Connections through SOCKS proxies. */
export function loadSocks(): Socks {
  return require('./socks/proxied-reader.js') as Socks;
}
