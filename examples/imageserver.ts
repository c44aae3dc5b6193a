/**
 * A server on many threads that draws pictures for any REQ or DEALER, in whatever language: the parts of a request are
 * width, height, and what of the Mandelbrot set is to be seen, as text; the reply is a PNG file. A client of its own
 * asks for a journey into the set, and with the last picture the server ends; with `--pictures 0` it answers others, until
 * Ctrl-C.
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Dealer } from 'loomwire';
import { replyError, server } from 'loomwire/actors';
import { count, endpoint, text } from './support/flags.js';
import { program } from './support/program.js';
import { showProgress } from './support/progress-bar.js';

const HANDLER = new URL('./support/imageserver/draw.js', import.meta.url);
const NOWHERE = '-';

/** Where the journey goes, and how much nearer each picture is. */
const GOAL = ['-0.743643887037151', '0.131825904205330'];
const SEEN_FIRST = 3.2;
const NEARER = 0.8;

const flags = {
  endpoint: endpoint('tcp://*:5555', 'where clients connect'),
  threads: count(availableParallelism(), 'threads that draw', 1),
  queue: count(100, 'requests that may wait; more are refused'),
  pictures: count(48, 'pictures to ask for; 0 to answer others alone, until Ctrl-C'),
  width: count(300, 'their width, in pixels', 1),
  height: count(200, 'their height', 1),
  folder: text(NOWHERE, 'where to put them; - for nowhere', 'FOLDER'),
};

export default program(
  import.meta,
  'Draws pictures for any client, several at a time.',
  flags,
  async ({ endpoint, threads, queue, pictures, width, height, folder }, terminal) => {
    await using images = await server(endpoint, HANDLER, { threads, queue });
    await terminal.ready(images.endpoint);
    if (pictures === 0) {
      terminal.print(`Pictures at ${images.endpoint}`);
      await images.ended;
      return images.stats();
    }
    if (folder !== NOWHERE) await mkdir(folder, { recursive: true });
    using client = new Dealer();
    client.connect(images.endpoint);
    const begun = performance.now();
    // As many under way as the server has room for, so that none is refused.
    let asked = 0;
    const ask = async (): Promise<void> => {
      if (asked === pictures) return;
      const seen = String(SEEN_FIRST * NEARER ** asked);
      // The reply comes with what stands before the empty part: they come in any order.
      await client.send([String(asked++), '', String(width), String(height), ...GOAL, seen]);
    };
    for (let first = 0; first < threads + queue; first++) await ask();
    let bytes = 0;
    for (let drawn = 0; drawn < pictures; drawn++) {
      const [number, , ...reply] = await client.receive();
      const error = replyError(reply);
      if (error !== undefined) throw new Error(`${error.code}: ${error.message}`);
      await ask();
      bytes += reply[0]!.length;
      showProgress((drawn + 1) / pictures);
      if (folder !== NOWHERE) {
        await writeFile(join(folder, `${String(number).padStart(4, '0')}.png`), reply[0]!);
      }
    }
    const seconds = (performance.now() - begun) / 1000;
    const speed = (pictures / seconds).toFixed(1);
    terminal.print(
      `${pictures} pictures from ${threads} threads in ${seconds.toFixed(2)} s, ${speed} a second`,
    );
    return { pictures, bytes };
  },
);
