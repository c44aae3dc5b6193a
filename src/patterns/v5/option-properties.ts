type Flag = number | boolean;
type Text = string | Uint8Array | null;

/**
 * The options of a socket as properties, with what each is called elsewhere in this library. What a socket's type
 * does not have reads as undefined. What is on or off reads as 1 or 0, and as 0 where the type does not have it.
 */
export interface OptionProperties {
  affinity: number;
  backlog: number;
  /** `connectTimeout`, in milliseconds. */
  connect_timeout: number;
  /** Not supported: ENOTSUP, as wherever it says so below. */
  curve_publickey: Text;
  /** Not supported. */
  curve_secretkey: Text;
  /** Not supported. */
  curve_server: Flag;
  /** Not supported. */
  curve_serverkey: Text;
  /** `immediate`. */
  delay_attach_on_connect: Flag;
  /** `heartbeatInterval`, in milliseconds. */
  heartbeat_ivl: number;
  /** `heartbeatTimeout`, in milliseconds. */
  heartbeat_timeout: number;
  /** `heartbeatTimeToLive`, in milliseconds. */
  heartbeat_ttl: number;
  /** `sendHighWaterMark` and `receiveHighWaterMark`, those that the type has. Reads as the first of them. */
  hwm: number;
  /** `routingId`. Reads as text. */
  identity: Text;
  /** The opposite of `ipv6`. Reads as true or false. */
  ipv4only: Flag;
  ipv6: Flag;
  /** `lastEndpoint`. */
  readonly last_endpoint: string | null;
  /** In milliseconds. */
  linger: number;
  /** `maxMessageSize`, in bytes. */
  maxmsgsize: number;
  /** 0: NULL, the one that there is. */
  readonly mechanism: number;
  /** Not supported. */
  multicast_hops: number;
  /** Not supported. */
  plain_password: Text;
  /** Not supported. */
  plain_server: Flag;
  /** Not supported. */
  plain_username: Text;
  /** Not supported. */
  rate: number;
  /** `receiveBufferSize`. Not supported. */
  rcvbuf: number;
  /** `receiveHighWaterMark`. */
  rcvhwm: number;
  /** `receiveTimeout`, of no effect: messages are waited for for ever. */
  rcvtimeo: number;
  /** `reconnectInterval`, in milliseconds. */
  reconnect_ivl: number;
  /** `reconnectMaxInterval`, in milliseconds. */
  reconnect_ivl_max: number;
  /** `recoveryInterval`. Not supported. */
  recovery_ivl: number;
  /** `handover`. */
  router_handover: Flag;
  /** `mandatory`. */
  router_mandatory: Flag;
  /** `sendBufferSize`. Not supported. */
  sndbuf: number;
  /** `sendHighWaterMark`. */
  sndhwm: number;
  /** `sendTimeout`, in milliseconds. For a REQ or REP it begins when it is the message's turn. */
  sndtimeo: number;
  /** `tcpKeepalive`. */
  tcp_keepalive: number;
  /** `tcpKeepaliveCount`. Not supported. */
  tcp_keepalive_cnt: number;
  /** `tcpKeepaliveIdle`, in seconds. */
  tcp_keepalive_idle: number;
  /** `tcpKeepaliveInterval`. Not supported. */
  tcp_keepalive_intvl: number;
  /** `verbosity`: on is `'allSubs'`. */
  xpub_verbose: Flag;
  /** Not supported. */
  zap_domain: Text;
  /** Bits of ZMQ_POLLIN and ZMQ_POLLOUT: would `read` have a message, would a send be carried out at once? */
  readonly _ioevents: number;
  /** libzmq's number of the socket type. */
  readonly _type: number;
  /** Setting it subscribes. */
  _subscribe: string | Uint8Array;
  /** Setting it takes a subscription back. */
  _unsubscribe: string | Uint8Array;
}
