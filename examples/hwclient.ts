/**
 * Hello World client: connects a REQ socket to tcp://localhost:5555, sends "Hello" to the server,
 * expects "World" back.
 */

import { Request } from 'loomwire';
import { count, endpoint, toggle } from './support/flags.js';
import { program } from './support/program.js';

const flags = {
  connect: endpoint('tcp://localhost:5555', 'where the server is'),
  requests: count(10, 'how many requests to send'),
  numbered: toggle('label each request with its number, which the reply repeats'),
};

/** What came back for a request, and after how many milliseconds. */
export interface Answer {
  readonly text: string;
  readonly label: string;
  readonly roundTrip: number;
}

export default program(
  import.meta,
  'Says "Hello" to the server, and prints what it replies.',
  flags,
  async ({ connect, requests, numbered }, terminal) => {
    terminal.print('Connecting to hello world server...');
    using socket = new Request();
    socket.connect(connect);

    const answers: Answer[] = [];
    for (let request = 0; request < requests; request++) {
      terminal.print(`Sending request ${request} ...`);
      const sent = performance.now();
      await socket.send(numbered ? ['Hello', String(request)] : 'Hello');

      const [reply, label = ''] = await socket.receive();
      const roundTrip = performance.now() - sent;
      terminal.print(`Received reply ${request} [ ${String(reply)} ]`);
      answers.push({ text: String(reply), label: String(label), roundTrip });
    }
    return answers;
  },
);
