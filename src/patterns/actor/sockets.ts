import type { Logger } from '../../runtime/base/injected.js';
import type { Context } from '../../runtime/context/context.js';
import { Dealer } from '../dealer.js';
import { Pair } from '../pair.js';
import { Poller } from '../poller.js';
import { Publisher } from '../pub.js';
import { Pull } from '../pull.js';
import { Push } from '../push.js';
import { Reply } from '../rep.js';
import { Request } from '../req.js';
import { Router } from '../router.js';
import type { Socket } from '../socket.js';
import { Subscriber } from '../sub.js';
import { XPublisher } from '../xpub.js';
import { XSubscriber } from '../xsub.js';

type Options<T extends new (options?: never) => object> = NonNullable<ConstructorParameters<T>[0]>;

/**
 * Makes sockets in the context of the system that has started a task, whatever that is, with the system's linger
 * where none is given. They are closed with the task.
 */
export class Sockets {
  constructor(
    /** The system's context, for sockets that are made otherwise. */
    readonly context: Context,
    private readonly linger: number,
    /** Says something at once, also from a thread that blocks. */
    readonly log: Logger,
  ) {}

  push(options?: Options<typeof Push>): Push {
    return new Push(this.complete(options));
  }

  pull(options?: Options<typeof Pull>): Pull {
    return new Pull(this.complete(options));
  }

  publisher(options?: Options<typeof Publisher>): Publisher {
    return new Publisher(this.complete(options));
  }

  subscriber(options?: Options<typeof Subscriber>): Subscriber {
    return new Subscriber(this.complete(options));
  }

  xPublisher(options?: Options<typeof XPublisher>): XPublisher {
    return new XPublisher(this.complete(options));
  }

  xSubscriber(options?: Options<typeof XSubscriber>): XSubscriber {
    return new XSubscriber(this.complete(options));
  }

  request(options?: Options<typeof Request>): Request {
    return new Request(this.complete(options));
  }

  reply(options?: Options<typeof Reply>): Reply {
    return new Reply(this.complete(options));
  }

  dealer(options?: Options<typeof Dealer>): Dealer {
    return new Dealer(this.complete(options));
  }

  router(options?: Options<typeof Router>): Router {
    return new Router(this.complete(options));
  }

  pair(options?: Options<typeof Pair>): Pair {
    return new Pair(this.complete(options));
  }

  poller<S extends Socket = Socket>(): Poller<S> {
    return new Poller<S>();
  }

  private complete<T extends object>(options: T | undefined): T {
    return { linger: this.linger, ...options, context: this.context } as unknown as T;
  }
}
