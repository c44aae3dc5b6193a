import { Request } from 'zeromq';
import { peer } from './peer.js';

peer(async ({ connect, requests }: { connect: string; requests: number }, terminal) => {
  const socket = new Request();
  socket.connect(connect);
  const answers = [];
  for (let request = 0; request < requests; request++) {
    const sent = performance.now();
    await socket.send(['Hello', String(request)]);
    const [text, label] = await socket.receive();
    const roundTrip = performance.now() - sent;
    terminal.print(`Received reply ${request} [ ${String(text)} ]`);
    answers.push({ text: String(text), label: String(label), roundTrip });
  }
  socket.close();
  return answers;
});
