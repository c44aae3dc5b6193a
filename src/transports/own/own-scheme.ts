import type { Endpoint } from '../../runtime/base/endpoint.js';
import { ZmqError } from '../../runtime/base/errors.js';
import type { Transport as OwnTransport } from '../../runtime/base/transport.js';
import type { Transport } from '../../runtime/context/services.js';

/**
 * The transport of a scheme among a user's: the last that was registered, if there is one. This is the half that
 * application threads need.
 * @throws TypeError if one of them is no transport
 */
export function ownScheme(registered: readonly unknown[], scheme: string): Transport | undefined {
  const own = registered.map(checkTransport).findLast((each) => each.scheme === scheme);
  if (own === undefined) return undefined;
  return {
    scheme,
    carrier: 'io',
    module: hrefOf(own.module),
    checkBind: (endpoint) => check(own, endpoint, 'bind'),
    isWildcard: ({ address }) => own.isWildcard?.(address) === true,
    checkConnect: (endpoint) => check(own, endpoint, 'connect'),
  };
}

function checkTransport(value: unknown): OwnTransport {
  const { scheme, module } = (value ?? {}) as Partial<OwnTransport>;
  if (typeof scheme !== 'string' || scheme === '' || hrefOf(module) === undefined) {
    throw new TypeError('A transport has a scheme, and a module, given by its URL');
  }
  if (scheme === 'inproc') throw new TypeError('inproc joins threads, and nothing takes its place');
  return value as OwnTransport;
}

function hrefOf(module: unknown): string | undefined {
  if (module instanceof URL) return module.href;
  return typeof module === 'string' && URL.canParse(module) ? module : undefined;
}

function check(own: OwnTransport, endpoint: Endpoint, role: 'bind' | 'connect'): void {
  const { address, text } = endpoint;
  try {
    own.check?.(address, role);
  } catch (cause) {
    if (cause instanceof ZmqError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ZmqError('EINVAL', { address: text, message, cause });
  }
}
