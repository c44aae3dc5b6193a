/** The socket types that zeromq.js has beside STREAM and the drafts. */
export const STABLE_TYPES = [
  'Pair',
  'Publisher',
  'Subscriber',
  'Request',
  'Reply',
  'Dealer',
  'Router',
  'Pull',
  'Push',
  'XPublisher',
  'XSubscriber',
] as const;
