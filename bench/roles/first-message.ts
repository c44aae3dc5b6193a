// From the start of the process to the first message that has come over tcp.

import { ANY_ENDPOINT, type Assignment } from '../work.js';
import { assignment } from './assignment.js';
import { load } from './libraries.js';
import { checkLength, reportDone } from './report.js';

async function run({ module, work }: Assignment): Promise<void> {
  const { Pull, Push } = await load(module);
  const receiver = new Pull({});
  await receiver.bind(ANY_ENDPOINT.tcp);
  const sender = new Push({});
  sender.connect(receiver.lastEndpoint!);
  await sender.send(Buffer.alloc(work.bodyBytes, 0x5a));
  const [body] = await receiver.receive();
  checkLength(body?.length, work.bodyBytes);
  reportDone();
  sender.close();
  receiver.close();
}

void run(assignment() as Assignment);
