import { Buffer } from 'node:buffer';
import { ZmqError } from '../runtime/base/errors.js';
import type { SocketProfile } from '../runtime/context/commands.js';
import type { Pipe } from '../runtime/pipe/pipe.js';
import { routingIdBody } from '../runtime/ring/signal-frame.js';
import type { Account } from './account.js';
import type { ConnectionEngine } from './connection-engine.js';
import { Engine, type EngineEvents } from './engine.js';
import type { IoHost } from './io-host.js';
import { peerNote } from './peer-note.js';
import type { RawEngineEvents } from './raw/raw-engine.js';
import { Session } from './session.js';
import { Topics } from './topics.js';
import type { PeerProperties } from './zmtp/handshake.js';
import { getProperty } from './zmtp/metadata.js';
import { ProtocolError } from './zmtp/protocol-error.js';

const ROUTING_ID_BYTES = 255;
const NONE = Buffer.alloc(0);
/** What a peer says of itself that speaks no ZMTP. */
export const NOTHING_SAID: Pick<PeerProperties, 'metadata'> = { metadata: new Map() };

let raw: typeof import('./raw/raw-engine.js') | undefined;

/**
 * Calls `begin`, at once or later, when sessions of such a socket can be made. What STREAM sockets alone need is loaded with the first
 * of them: loading it costs time, and everybody's first message waits for an I/O worker to start.
 */
export function whenEngines({ raw: speaksRaw }: SocketProfile, begin: () => void): void {
  if (speaksRaw === null || raw !== undefined) {
    begin();
    return;
  }
  void import('./raw/raw-engine.js').then((loaded) => {
    raw = loaded;
    begin();
  });
}

/** A session whose pipe is served by connections over byte streams, one after another. */
export abstract class StreamSession extends Session implements EngineEvents, RawEngineEvents {
  /** What the socket has subscribed to, for those that subscribe. */
  private readonly topics: Topics | undefined;
  private introduced = false;

  constructor(
    host: IoHost,
    profile: SocketProfile,
    account: Account,
    topics: Iterable<string> = [],
  ) {
    super(host, profile, account);
    if (profile.subscribes !== null) this.topics = new Topics(topics, profile.subscribes);
  }

  abstract handshaken(peer: PeerProperties, address: string | undefined): Pipe;
  abstract opened(address: string | undefined): Pipe;
  abstract disconnected(error: Error | undefined): void;

  protected override absorb(pipe: Pipe): void {
    this.topics?.absorb(pipe);
  }

  /** Chosen here, once: a session does not ask again what is spoken. Only after `whenEngines`. */
  protected newEngine(): ConnectionEngine {
    const { thread, traffic } = this.host;
    const { arena, touch } = thread;
    if (this.profile.raw === null) {
      return new Engine(arena, this.profile, this, traffic, touch, this.topics);
    }
    return new raw!.RawEngine(arena, this.profile, this, traffic, touch);
  }

  /**
   * The name that the peer goes by; empty if it has none.
   * @throws ProtocolError ERR_ZMTP_INVALID_METADATA if it can be nobody's
   */
  protected routingIdOf({ metadata }: PeerProperties): Buffer {
    const id = getProperty(metadata, 'Identity') ?? NONE;
    if (!this.profile.routes) return NONE;
    // The first octet is 0 in ids that a ROUTER gives, and in no others: RFC 37.
    if (id.length > ROUTING_ID_BYTES || id[0] === 0) {
      throw new ProtocolError('ERR_ZMTP_INVALID_METADATA', 'The peer has an invalid routing id');
    }
    return id;
  }

  /** Tells a ROUTER who has come; once in a pipe's life, since it knows a peer by its first name. */
  protected introduce(pipe: Pipe, id: Buffer): void {
    if (!this.profile.routes || this.introduced) return;
    pipe.writeSignal(routingIdBody(id));
    this.introduced = true;
  }

  /**
   * Tells a reader that wants to know whom the messages of this connection come from.
   * @throws ZmqError ENOMEM if there is no room for it: nor would there be for a message
   */
  protected describe(
    pipe: Pipe,
    { metadata }: Pick<PeerProperties, 'metadata'>,
    address: string | undefined,
  ): void {
    if (!this.profile.keepsMetadata || pipe.peerEnded) return;
    if (pipe.writeNote(peerNote(metadata, address))) return;
    throw new ZmqError('ENOMEM', { message: 'There is no room for the metadata of a peer' });
  }
}
