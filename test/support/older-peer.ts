import type { Stage } from './stage.js';
import { frame, MORE, WirePeer } from './wire-peer.js';

export type OlderVersion = '2.0' | '1.0';

/** By their numbers, which ZMTP 2.0 has on the wire. */
const SOCKET_TYPES = 'PAIR PUB SUB REQ REP DEALER ROUTER PULL PUSH XPUB XSUB'.split(' ');

/** Of the flags of ZMTP 1.0 only MORE means anything; libzmq 2.2 sets these on every frame. */
const MEANINGLESS = 0x7e;

/** A frame of ZMTP 1.0: length of flags and body, in one byte or behind FF in eight; flags; body. */
export function v1Frame(body: Uint8Array | string, flags = 0): Buffer {
  const bytes = Buffer.from(body as Uint8Array);
  const length = 1 + bytes.length;
  const header = length < 255 ? Buffer.of(length) : longLength(BigInt(length));
  return Buffer.concat([header, Buffer.of(flags), bytes]);
}

/** FF and a length in eight bytes, as in a long frame of ZMTP 1.0 before the flags. */
export function longLength(length: bigint): Buffer {
  const bytes = Buffer.alloc(9, 0xff);
  bytes.writeBigUInt64BE(length, 1);
  return bytes;
}

/** What libzmq 3.2 or 2.2 says before its first message. */
export function introduction(version: OlderVersion, socketType: string, routingId = ''): Buffer {
  if (version === '1.0') return v1Frame(routingId, MEANINGLESS);
  return Buffer.concat([
    longLength(BigInt(1 + routingId.length)),
    Buffer.of(0x7f, 1, SOCKET_TYPES.indexOf(socketType)),
    frame(routingId),
  ]);
}

/** What the other side has said of itself. */
export interface Introduction {
  /** Missing in ZMTP 1.0. */
  readonly socketType?: string;
  readonly routingId: string;
}

/** A peer that knows only the wire of an older version: like WirePeer for ZMTP 3.1. */
export class OlderPeer {
  constructor(
    readonly wire: WirePeer,
    readonly version: OlderVersion,
  ) {}

  static async connect(stage: Stage, endpoint: string, version: OlderVersion): Promise<OlderPeer> {
    return new OlderPeer(await WirePeer.connect(stage, endpoint), version);
  }

  /** Says who it is; takes in what the other says to that. */
  async handshake(socketType: string, routingId = ''): Promise<Introduction> {
    await this.wire.write(introduction(this.version, socketType, routingId));
    return this.meet();
  }

  /** Takes in what the other says of itself. */
  async meet(): Promise<Introduction> {
    const signature = await this.wire.read(10);
    if (this.version === '1.0') {
      const length = Number(signature.readBigUInt64BE(1)) - 1;
      return { routingId: String(await this.wire.read(length)) };
    }
    const [major, type] = await this.wire.read(2);
    if (major !== 3) throw new Error(`Said to speak ZMTP ${String(major)}`);
    const { body } = await this.wire.readFrame();
    return { socketType: SOCKET_TYPES[type!]!, routingId: String(body) };
  }

  /** A message as it goes over the wire. */
  encode(...parts: readonly (Uint8Array | string)[]): Buffer {
    const v1 = this.version === '1.0';
    return Buffer.concat(
      parts.map((part, i) => {
        const more = i < parts.length - 1 ? MORE : 0;
        return v1 ? v1Frame(part, MEANINGLESS | more) : frame(part, more);
      }),
    );
  }

  async send(...parts: readonly (Uint8Array | string)[]): Promise<void> {
    await this.wire.write(this.encode(...parts));
  }

  async receive(): Promise<Buffer[]> {
    const v1 = this.version === '1.0';
    const parts: Buffer[] = [];
    for (;;) {
      const { flags, body } = await (v1 ? this.readV1() : this.wire.readFrame());
      // Nothing but MORE and, in ZMTP 2.0, LONG.
      if ((flags & ~3) !== 0) throw new Error(`Flags ${flags}`);
      parts.push(body);
      if ((flags & MORE) === 0) return parts;
    }
  }

  private async readV1(): Promise<{ flags: number; body: Buffer }> {
    const [short] = await this.wire.read(1);
    const length = short! < 255 ? short! : Number((await this.wire.read(8)).readBigUInt64BE());
    const [flags] = await this.wire.read(1);
    return { flags: flags!, body: await this.wire.read(length - 1) };
  }
}
