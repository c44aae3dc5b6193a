import type { Duplex } from 'node:stream';
import { parseEndpoint } from '../../runtime/base/endpoint.js';
import { isErrorCode, ZmqError } from '../../runtime/base/errors.js';
import type { TransportListener, TransportModule } from '../../runtime/base/transport.js';
import type { SocketProfile } from '../../runtime/context/commands.js';
import { CopyingLink } from '../stream/copying-link.js';
import { type LinkReader, type PeerPlace, peerAddressOf } from '../stream/link.js';
import { bindError } from '../stream/open-listener.js';
import type {
  BoundListener,
  LinkAcceptor,
  LinkOpened,
  LinkOpener,
  StreamTransport,
} from '../stream/stream-transport.js';

const made = new Map<string, OwnTransport>();

/** A user's transport, by the URL of its module: the half that runs in I/O workers. */
export function ownTransport(url: string): StreamTransport {
  let transport = made.get(url);
  if (transport === undefined) made.set(url, (transport = new OwnTransport(url)));
  return transport;
}

/** Loads the module with the first endpoint. What the module does may cost its own connection, and nobody else's. */
class OwnTransport implements StreamTransport {
  private loaded: Promise<TransportModule> | undefined;
  private warned = false;

  constructor(private readonly url: string) {}

  connect(
    endpoint: string,
    { connectTimeout }: SocketProfile,
    reader: LinkReader,
    opened: LinkOpened,
  ): LinkOpener {
    const attempt = new AbortController();
    const { signal } = attempt;
    const late = (): void => {
      attempt.abort();
      const error = new Error('Connection timed out');
      opened(undefined, Object.assign(error, { code: 'ETIMEDOUT' }));
    };
    const timer = connectTimeout === 0 ? undefined : setTimeout(late, connectTimeout);
    this.open(endpoint, signal).then(
      (stream) => {
        clearTimeout(timer);
        // Nobody waits for it any more.
        if (signal.aborted) discard(stream);
        else opened(new CopyingLink(stream, reader), undefined);
      },
      (error: unknown) => {
        clearTimeout(timer);
        if (!signal.aborted) opened(undefined, errorOf(error));
      },
    );
    const cancel = (): void => {
      clearTimeout(timer);
      attempt.abort();
    };
    return { cancel };
  }

  addressInEvents(endpoint: string): string {
    return endpoint;
  }

  async listen(
    endpoint: string,
    { backlog }: SocketProfile,
    acceptor: LinkAcceptor,
  ): Promise<BoundListener> {
    const module = await this.load();
    const { scheme, address } = parseEndpoint(endpoint);
    let bound: TransportListener;
    try {
      bound = await module.listen(address, {
        // As in open-listener.ts.
        backlog: Math.max(backlog, 1),
        accept: (stream) => this.accept(stream, acceptor),
        failed: (error) => acceptor.acceptFailed(errorOf(error)),
      });
    } catch (error) {
      throw listenError(error, endpoint);
    }
    if (!isListener(bound)) throw this.unusable('its listen gave no address and close');
    const close = (): void => {
      new Promise((resolve) => resolve(bound.close())).catch((error: unknown) =>
        acceptor.closeFailed(errorOf(error)),
      );
    };
    return { endpoint: `${scheme}://${bound.address}`, close };
  }

  private accept(stream: unknown, acceptor: LinkAcceptor): void {
    if (!isStream(stream)) {
      acceptor.acceptFailed(this.unusable('it accepted what is no stream'));
      return;
    }
    // It may wait for its turn, with nobody else there to hear of its end.
    stream.on('error', () => undefined);
    acceptor.accepted({
      peerAddress: peerAddressOf(stream),
      open: (reader) => new CopyingLink(stream, reader),
      refuse: () => void stream.destroy(),
    });
  }

  private async open(endpoint: string, signal: AbortSignal): Promise<Duplex> {
    const module = await this.load().catch((error: unknown) => {
      this.warn(errorOf(error));
      throw error;
    });
    signal.throwIfAborted();
    const stream: unknown = await module.connect(parseEndpoint(endpoint).address, { signal });
    if (!isStream(stream)) throw this.unusable('its connect gave no stream');
    return stream;
  }

  private load(): Promise<TransportModule> {
    return (this.loaded ??= this.import().catch((error: unknown) => {
      // The next endpoint, or the next attempt, tries again.
      this.loaded = undefined;
      throw error;
    }));
  }

  /** @throws ZmqError EPROTONOSUPPORT */
  private async import(): Promise<TransportModule> {
    let exported: { default?: unknown };
    try {
      exported = (await import(this.url)) as typeof exported;
    } catch (cause) {
      throw this.unusable(errorOf(cause).message, cause);
    }
    const module = defaultOf(exported);
    if (!isModule(module)) throw this.unusable('its default export has no connect and listen');
    return module;
  }

  private unusable(why: string, cause?: unknown): ZmqError {
    const message = `The transport ${this.url} cannot be used: ${why}`;
    return new ZmqError('EPROTONOSUPPORT', { message, cause });
  }

  /** Whoever connects tries for ever, and is told of nothing but by events. */
  private warn({ message }: Error): void {
    if (this.warned) return;
    this.warned = true;
    process.emitWarning(message, { code: 'LOOMWIRE_TRANSPORT' });
  }
}

/** A CommonJS module that was compiled from an ES module keeps its default one level deeper. */
function defaultOf(exported: { default?: unknown }): unknown {
  const { default: value } = exported;
  return typeof value === 'object' && value !== null && '__esModule' in value && 'default' in value
    ? value.default
    : value;
}

function isModule(value: unknown): value is TransportModule {
  return hasMethods(value, ['connect', 'listen']);
}

function isStream(value: unknown): value is Duplex & PeerPlace {
  return hasMethods(value, ['on', 'write', 'end', 'pause', 'resume', 'unshift', 'destroy']);
}

function isListener(value: unknown): value is TransportListener {
  return hasMethods(value, ['close']) && typeof value.address === 'string';
}

function hasMethods(value: unknown, names: readonly string[]): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');
}

function discard(stream: Duplex): void {
  stream.on('error', () => undefined);
  stream.destroy();
}

/** Of what has none of libzmq's codes only its words say anything. */
function listenError(error: unknown, address: string): ZmqError {
  const { name, message, code } = errorOf(error) as NodeJS.ErrnoException;
  // The module imports the library by its door, whose classes are others than this worker's (decision 19).
  if (name === 'ZmqError' && isErrorCode(code)) return new ZmqError(code, { address, message });
  const known = bindError(errorOf(error), address);
  if (known.code !== 'EINVAL') return known;
  return new ZmqError('EINVAL', { address, message: errorOf(error).message, cause: error });
}

function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
