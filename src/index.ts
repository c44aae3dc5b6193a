/** loomwire: ZeroMQ in pure TypeScript, for worker threads. */
import { composeServices } from './composition.js';
import { Dealer } from './patterns/dealer.js';
import { registerPatterns } from './patterns/own-class.js';
import { Pair } from './patterns/pair.js';
import { Publisher } from './patterns/pub.js';
import { Pull } from './patterns/pull.js';
import { Push } from './patterns/push.js';
import { Reply } from './patterns/rep.js';
import { Request } from './patterns/req.js';
import { Router } from './patterns/router.js';
import { Stream } from './patterns/stream.js';
import { Subscriber } from './patterns/sub.js';
import { SocketType } from './patterns/type-numbers.js';
import { XPublisher } from './patterns/xpub.js';
import { XSubscriber } from './patterns/xsub.js';
import { setComposition } from './runtime/context/services.js';

setComposition(composeServices);
registerPatterns({
  [SocketType.Pair]: Pair,
  [SocketType.Publisher]: Publisher,
  [SocketType.Subscriber]: Subscriber,
  [SocketType.Request]: Request,
  [SocketType.Reply]: Reply,
  [SocketType.Dealer]: Dealer,
  [SocketType.Router]: Router,
  [SocketType.Pull]: Pull,
  [SocketType.Push]: Push,
  [SocketType.XPublisher]: XPublisher,
  [SocketType.XSubscriber]: XSubscriber,
  [SocketType.Stream]: Stream,
});

export { register } from './composition.js';
export { capability, curveKeyPair, type Capability } from './runtime/base/capability.js';
export { ZmqError, type ErrorCode } from './runtime/base/errors.js';
export type {
  AuthError,
  ErrnoError,
  Event,
  EventAddress,
  EventError,
  EventInterval,
  EventOfType,
  EventPeer,
  EventType,
  ProtoError,
  ProtoErrorCode,
} from './runtime/base/events.js';
export { type Token, TRANSPORT } from './runtime/base/injected.js';
export type { Message, MessageLike } from './runtime/base/message.js';
export type {
  Transport,
  TransportConnectOptions,
  TransportListener,
  TransportListenOptions,
  TransportModule,
} from './runtime/base/transport.js';
export {
  Context,
  type ContextOptions,
  type DestroyOptions,
  type TerminateOptions,
} from './runtime/context/context.js';
export { context } from './runtime/context/default-context.js';
export { formatStats } from './runtime/context/format-stats.js';
export type {
  ArenaStats,
  AwaitingStats,
  BlockingCall,
  CallStats,
  ContextStats,
  HolderStats,
  MemoryStats,
  PipeEndStats,
  PipeStats,
  SocketStats,
  ThreadState,
  ThreadStats,
} from './runtime/context/stats.js';
export type { ClassCounts } from './runtime/memory/census.js';
export type { Holder, SocketReport, TerminateReport } from './runtime/context/ledger.js';
export type { IoStatistics } from './runtime/control/inspection.js';
export type { Lease } from './runtime/thread/leases.js';
export type { ContextHandle } from './runtime/memory/arena.js';
export { json, text } from './patterns/codecs.js';
export type { Codec, Decoder, EncodedPart, Encoder, Json } from './patterns/codecs.js';
export type { Heard, Published, Received, Sent, Topical } from './patterns/coded.js';
export { Dealer } from './patterns/dealer.js';
export { Observer, type EventSubscriber } from './patterns/observer.js';
export { Pair } from './patterns/pair.js';
export { Publisher } from './patterns/pub.js';
export { Poller, type PollEvent, type PollInterest, type PollOptions } from './patterns/poller.js';
export { Proxy } from './patterns/proxy.js';
export { ProxyThread, proxyThread, type ProxyThreadOptions } from './patterns/proxy-thread.js';
export {
  forwarder,
  queue,
  streamer,
  type Device,
  type DeviceOptions,
  type DeviceSide,
  type ThreadDeviceOptions,
} from './patterns/devices.js';
export type { ProxyEnds } from './patterns/open-proxy.js';
export type { EndDescription, ProxyEnd, ProxySocketType } from './patterns/proxy-ends.js';
export type { ProxySideStatistics, ProxyStatistics } from './patterns/proxy-side.js';
export type { RemoteEnd } from './patterns/proxy-steering.js';
export { Pull } from './patterns/pull.js';
export { Push } from './patterns/push.js';
export { Reply } from './patterns/rep.js';
export { Request } from './patterns/req.js';
export { Router, type RouterConnectOptions } from './patterns/router.js';
export { Stream, type StreamConnectOptions } from './patterns/stream.js';
export { Subscriber } from './patterns/sub.js';
export { XPublisher } from './patterns/xpub.js';
export { XSubscriber } from './patterns/xsub.js';
export type { Readable } from './patterns/readable.js';
export type { Writable } from './patterns/writable.js';
export type {
  CommonOptions,
  ConflateOptions,
  DisconnectOptions,
  GssapiNameType,
  HelloOptions,
  HiccupOptions,
  MulticastOptions,
  NoDropOptions,
  OnlyFirstSubscribeOptions,
  ProbeRouterOptions,
  PublisherOptions,
  ReadableOptions,
  RequestOptions,
  RouterOptions,
  RoutingIdOptions,
  SocketOptions,
  StreamOptions,
  SubscriberOptions,
  UnsupportedOptions,
  Verbosity,
  WritableOptions,
  XPublisherOptions,
  XSubscriberOptions,
} from './patterns/options.js';
export { metadataOf } from './patterns/metadata.js';
export type { PeerMetadata } from './runtime/base/peer-metadata.js';
export { NOTIFY_CONNECT, NOTIFY_DISCONNECT } from './patterns/options.js';
export type { WaitOptions } from './patterns/pending.js';
export type { ReceiveTarget } from './patterns/reading.js';
export { Socket, type SocketDiagnostics } from './patterns/socket.js';
export { SocketType } from './patterns/type-numbers.js';
export { ioStatistics } from './runtime/control/io-statistics.js';

export { version } from './runtime/base/version.js';

/** The version of this package. */
export const packageVersion = (
  JSON.parse(
    process
      .getBuiltinModule('node:fs')
      .readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as { version: string }
).version;
