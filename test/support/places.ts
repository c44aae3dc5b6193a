import { context as processContext, type MessageLike } from '../../src/index.js';
import type { Elsewhere, Program } from './elsewhere.js';
import {
  Performer,
  type Answer,
  type ConnectOptions,
  type Form,
  type Order,
  type Recipe,
  type TypeName,
} from './performer.js';
import type { Stage, Transport } from './stage.js';

/** What a program imports to become a performer. */
export const PERFORMER = new URL('./performer.js', import.meta.url).href;

/** A socket, wherever it is. */
export interface AnySocket {
  bind(endpoint: string): Promise<string>;
  connect(endpoint: string, ...options: ConnectOptions): Promise<void>;
  disconnect(endpoint: string): Promise<void>;
  subscribe(...prefixes: MessageLike[]): Promise<void>;
  unsubscribe(...prefixes: MessageLike[]): Promise<void>;
  join(...groups: string[]): Promise<void>;
  leave(...groups: string[]): Promise<void>;
  send(form: Form, message: Recipe): Promise<void>;
  receive(form: Form): Promise<Buffer[]>;
  close(): Promise<void>;
}

/** One end of a conversation: where its sockets are made. */
export interface End {
  open(type: TypeName, options?: object): Promise<AnySocket>;
}

/** Where the two ends of a conversation are. */
export interface Place {
  readonly name: string;
  readonly transports: readonly Transport[];
  /** The two ends; they are taken down with the stage. */
  ends(stage: Stage): Promise<[End, End]>;
}

type Call = (method: Order['method'], ...parameters: unknown[]) => Promise<unknown>;

let sockets = 0;

function endOf(call: Call): End {
  return {
    open: async (type, options = {}) => {
      const id = ++sockets;
      await call('open', id, type, options);
      return {
        bind: async (endpoint) => (await call('bind', id, endpoint)) as string,
        connect: async (endpoint, ...options) => {
          await call('connect', id, endpoint, ...options);
        },
        disconnect: async (endpoint) => {
          await call('disconnect', id, endpoint);
        },
        subscribe: async (...prefixes) => {
          await call('subscribe', id, prefixes);
        },
        unsubscribe: async (...prefixes) => {
          await call('unsubscribe', id, prefixes);
        },
        join: async (...groups) => {
          await call('join', id, groups);
        },
        leave: async (...groups) => {
          await call('leave', id, groups);
        },
        send: async (form, message) => {
          await call('send', id, form, message);
        },
        receive: async (form) =>
          ((await call('receive', id, form)) as Uint8Array[]).map((part) => Buffer.from(part)),
        close: async () => {
          await call('close', id);
        },
      };
    },
  };
}

export function here(performer: Performer): End {
  return endOf((method, ...parameters) => performer.carryOut({ method, parameters }));
}

export function there(elsewhere: Elsewhere): End {
  return endOf(async (method, ...parameters) => {
    elsewhere.post({ method, parameters } satisfies Order);
    const answer = await elsewhere.next<Answer>();
    if ('error' in answer) throw Object.assign(new Error(answer.error), { code: answer.code });
    return answer.value;
  });
}

interface PerformerArgument {
  readonly module: string;
  readonly handle?: SharedArrayBuffer;
}

/** Becomes a performer with our own sockets. */
export const performer: Program<PerformerArgument> = async (_library, line, { module, handle }) => {
  const { performHere } = (await import(module)) as typeof import('./performer.js');
  await performHere(line, handle);
};

/** Tells a performer elsewhere to end in order. */
export function endsWithStage(stage: Stage, elsewhere: Elsewhere): void {
  stage.atEnd(async () => {
    elsewhere.post(null);
    await elsewhere.ended;
  });
}

export const PLACES: readonly Place[] = [
  {
    name: 'in one thread',
    transports: ['inproc', 'ipc', 'tcp'],
    ends: (stage) => {
      const end = here(new Performer({ context: stage.context }));
      return Promise.resolve([end, end]);
    },
  },
  {
    name: 'in two threads that share a handle',
    transports: ['inproc', 'ipc', 'tcp'],
    ends: (stage) => {
      const { context } = stage;
      const thread = stage.thread(performer, { module: PERFORMER, handle: context.handle });
      endsWithStage(stage, thread);
      return Promise.resolve([here(new Performer({ context })), there(thread)]);
    },
  },
  {
    name: 'in two threads with the default context',
    transports: ['inproc', 'ipc', 'tcp'],
    ends: (stage) => {
      const thread = stage.thread(performer, { module: PERFORMER });
      endsWithStage(stage, thread);
      return Promise.resolve([
        here(new Performer({ context: processContext, linger: 0 })),
        there(thread),
      ]);
    },
  },
  {
    name: 'in two processes',
    transports: ['ipc', 'tcp'],
    ends: (stage) => {
      const child = stage.process(performer, { module: PERFORMER });
      endsWithStage(stage, child);
      return Promise.resolve([here(new Performer({ context: stage.context })), there(child)]);
    },
  },
];
