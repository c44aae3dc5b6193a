import type { Program } from './elsewhere.js';
import { endsWithStage, PERFORMER, there, type End } from './places.js';
import type { Stage } from './stage.js';

/** A process that performs with libzmq, as zeromq.js brings it; a crash of it costs no more than itself. */
export const judge: Program<string> = async (_library, line, module) => {
  const { perform, Performer } = (await import(module)) as typeof import('./performer.js');
  const zeromq = await import('zeromq');
  const draft = await import('zeromq/draft.js');
  // zeromq.js has no class for it.
  const CHANNEL = 20;
  const Socket = zeromq.Socket as unknown as new (type: number, options: object) => object;
  class Channel extends Socket {
    constructor(options: object) {
      super(CHANNEL, options);
    }
  }
  // Nor a property for some draft options, which have a number all the same.
  const ROUTER_NOTIFY = 97;
  class Router extends zeromq.Router {
    set routerNotify(events: number) {
      this.setInt32Option(ROUTER_NOTIFY, events);
    }
  }
  const METADATA = 95;
  class Dealer extends zeromq.Dealer {
    set metadata(property: string) {
      this.setStringOption(METADATA, property);
    }
  }
  const types = { ...zeromq, ...draft, Channel, Router, Dealer };
  await perform(line, new Performer({ linger: 0 }, types));
};

/** Where libzmq's sockets are made: a process of their own, which ends with the stage. */
export function libzmq(stage: Stage): End {
  const child = stage.process(judge, PERFORMER);
  endsWithStage(stage, child);
  return there(child);
}
