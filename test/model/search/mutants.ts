import type { Mutation } from './program.js';

/**
 * Wrong versions of the shipped source that the search must tell from the right one: each is one edit
 * at an atomic operation, at its order, or at what decides on it.
 */
export interface Mutant extends Mutation {
  readonly name: string;
}

const RING_PRODUCER = 'src/runtime/ring/producer.ts';
const RING_CONSUMER = 'src/runtime/ring/consumer.ts';
const RING_TAIL = 'src/runtime/ring/tail.ts';
const DOORBELL = 'src/runtime/thread/doorbell.ts';
const READY_LIST = 'src/runtime/thread/ready-list.ts';
const SIGNAL = 'src/runtime/thread/signal.ts';
const MAILBOX = 'src/runtime/thread/mailbox.ts';
const THREAD = 'src/runtime/thread/thread.ts';
const PIPE = 'src/runtime/pipe/pipe.ts';
const BATCH = 'src/runtime/thread/batch.ts';
const BODIES = 'src/runtime/memory/bodies.ts';
const HANDS = 'src/runtime/memory/hands.ts';
const LEASES = 'src/runtime/thread/leases.ts';
const SHORTAGE = 'src/runtime/thread/shortage.ts';
const DIRECTORY = 'src/runtime/thread/directory.ts';
const ENDING = 'src/runtime/context/ending.ts';
const SLOT = 'src/runtime/thread/slot.ts';
const HOLDS = 'src/runtime/thread/holds.ts';
const REAPER = 'src/runtime/context/reaper.ts';
const IO_PLACES = 'src/runtime/context/io-places.ts';
const INPROC_NAMES = 'src/runtime/context/inproc-names.ts';
const RAW_INBOUND = 'src/transports/raw/raw-inbound.ts';
const RAW_ENGINE = 'src/transports/raw/raw-engine.ts';
const STREAM = 'src/patterns/stream.ts';

export const RING_MUTANTS: readonly Mutant[] = [
  {
    name: 'a segment is freed while the consumer stands at its end',
    file: RING_PRODUCER,
    find: '((head - this.retired[0]!.end) | 0) > 0',
    replace: '((head - this.retired[0]!.end) | 0) >= 0',
  },
  {
    name: 'the link is stored before the end it is valid for',
    file: RING_PRODUCER,
    find: `    store(this.words, this.segment + SEGMENT_END, this.tail);
    store(this.words, this.segment + SEGMENT_NEXT, next);`,
    replace: `    store(this.words, this.segment + SEGMENT_NEXT, next);
    store(this.words, this.segment + SEGMENT_END, this.tail);`,
  },
  {
    name: 'the tail is stored plainly',
    file: RING_PRODUCER,
    find: 'const before = exchange(this.words, this.ring + RING_TAIL, atWork(end));',
    replace:
      'const before = this.words[this.ring + RING_TAIL]!; this.words[this.ring + RING_TAIL] = atWork(end);',
  },
  {
    name: 'the tail is read plainly',
    file: RING_CONSUMER,
    find: 'return positionIn(load(this.words, this.ring + RING_TAIL), near);',
    replace: 'return positionIn(this.words[this.ring + RING_TAIL]!, near);',
  },
  {
    name: 'the bit that a tail has no room for is not made up for',
    file: RING_TAIL,
    find: '(near + ((((word >> 1) - near) << 1) >> 1)) | 0',
    replace: 'near === near ? word >> 1 : 0',
  },
  {
    name: 'the head is stored plainly',
    file: RING_CONSUMER,
    find: 'store(this.words, this.ring + RING_HEAD, this.head);',
    replace: 'this.words[this.ring + RING_HEAD] = this.head;',
  },
  {
    name: 'lines are asked for that are not free',
    file: RING_PRODUCER,
    find: 'if (!this.fits(CLAIM_BYTES)) return this.fits(length);',
    replace: 'if (!this.fits(length)) return false;',
  },
  {
    name: 'what is unpublished stays behind when the ring grows',
    file: RING_PRODUCER,
    find: 'this.carryOver(data, capacity - 1);',
    replace: '',
  },
  {
    name: 'the end of a segment counts though it lies beyond the known tail',
    file: RING_CONSUMER,
    find: 'if (((end - this.tailSeen) | 0) < 0) this.limit = end;',
    replace: 'this.limit = end;',
  },
  {
    name: 'positions are compared by size',
    file: RING_CONSUMER,
    find: '((end - this.tailSeen) | 0) < 0',
    replace: 'end < this.tailSeen',
  },
];

export const DOORBELL_MUTANTS: readonly Mutant[] = [
  {
    name: 'the owner does not look around again',
    file: DOORBELL,
    find: 'if (!this.called()) wait(',
    replace: 'wait(',
  },
  {
    name: 'the owner looks around before it says that it sleeps',
    file: DOORBELL,
    find: `    store(this.words, this.slot + SLOT_SLEEPING, 1);
    if (!this.called()) wait(`,
    replace: `    const called = this.called();
    store(this.words, this.slot + SLOT_SLEEPING, 1);
    if (!called) wait(`,
  },
  {
    name: 'the bell is read after looking around',
    file: DOORBELL,
    find: 'wait(this.words, this.slot + SLOT_BELL, bell, timeout)',
    replace:
      'wait(this.words, this.slot + SLOT_BELL, load(this.words, this.slot + SLOT_BELL), timeout)',
  },
  {
    name: 'the bell is read when the owner sleeps, not before it looks for work',
    file: DOORBELL,
    find: 'sleep(bell: number, timeout: number): void {',
    replace: `sleep(_bell: number, timeout: number): void {
    const bell = load(this.words, this.slot + SLOT_BELL);`,
  },
  {
    name: 'a ring does not change the bell',
    file: DOORBELL,
    find: `  if (exchange(words, slot + SLOT_SLEEPING, 0) === 0) return;
  add(words, slot + SLOT_BELL, 1);`,
    replace: '  if (exchange(words, slot + SLOT_SLEEPING, 0) === 0) return;',
  },
  {
    name: 'a ring notifies nobody',
    file: DOORBELL,
    find: `  if (exchange(words, slot + SLOT_SLEEPING, 0) === 0) return;
  add(words, slot + SLOT_BELL, 1);
  notify(words, slot + SLOT_BELL);`,
    replace: `  if (exchange(words, slot + SLOT_SLEEPING, 0) === 0) return;
  add(words, slot + SLOT_BELL, 1);`,
  },
  {
    name: 'the state is not looked at before sleeping',
    file: DOORBELL,
    find: 'load(this.words, HEADER_STATE) !== this.stateSeen ||',
    replace: '',
  },
  {
    name: 'returned pipes are not looked at before sleeping',
    file: DOORBELL,
    find: 'load(this.words, this.slot + SLOT_RETURNED) !== this.returnedSeen',
    replace: 'false',
  },
];

export const READY_LIST_MUTANTS: readonly Mutant[] = [
  {
    name: 'a push overwrites the top',
    file: READY_LIST,
    find: 'if (compareExchange(words, top, below, node) === below) return;',
    replace: 'store(words, top, node); return;',
  },
  {
    name: 'a node is linked after it was pushed',
    file: READY_LIST,
    find: `    store(words, node + NODE_NEXT, below);
    if (compareExchange(words, top, below, node) === below) return;`,
    replace: `    if (compareExchange(words, top, below, node) === below) {
      store(words, node + NODE_NEXT, below);
      return;
    }`,
  },
  {
    name: 'the list is taken in two steps',
    file: READY_LIST,
    find: 'let node = exchange(words, slot + SLOT_TOP, 0);',
    replace: 'let node = load(words, slot + SLOT_TOP); store(words, slot + SLOT_TOP, 0);',
  },
  {
    name: 'the owner is rung before the node is pushed',
    file: SIGNAL,
    find: `  push(words, slot, ring + RING_DATA_NODE);
  ringBell(words, slot);`,
    replace: `  ringBell(words, slot);
  push(words, slot, ring + RING_DATA_NODE);`,
  },
  {
    name: 'whether the consumer rests is looked at before the tail is stored',
    file: RING_PRODUCER,
    find: 'const before = exchange(this.words, this.ring + RING_TAIL, atWork(end));',
    replace:
      'const before = load(this.words, this.ring + RING_TAIL); store(this.words, this.ring + RING_TAIL, atWork(end));',
  },
  {
    name: 'the data node is pushed to a consumer that is at work',
    file: RING_PRODUCER,
    find: 'return rests(before);',
    replace: 'return rests(before) || true;',
  },
  {
    name: 'whoever publishes says that the consumer rests',
    file: RING_PRODUCER,
    find: 'const before = exchange(this.words, this.ring + RING_TAIL, atWork(end));',
    replace:
      'const before = exchange(this.words, this.ring + RING_TAIL, rests(load(this.words, this.ring + RING_TAIL)) ? atWork(end) + 1 : atWork(end));',
  },
  {
    name: 'a ring rests without looking at the tail again',
    file: SIGNAL,
    find: 'return compareExchange(words, ring + RING_TAIL, read, atRest(head)) === read;',
    replace: 'exchange(words, ring + RING_TAIL, atRest(head)); return read === read;',
  },
  {
    name: 'a ring rests in two steps',
    file: SIGNAL,
    find: 'return compareExchange(words, ring + RING_TAIL, read, atRest(head)) === read;',
    replace:
      'if (load(words, ring + RING_TAIL) !== read) return false; store(words, ring + RING_TAIL, atRest(head)); return true;',
  },
  {
    name: 'a producer starves without looking at the head again',
    file: SIGNAL,
    find: 'if (load(words, ring + RING_HEAD) === head && load(words, ring + RING_HWM) === hwm) return true;',
    replace: 'if (load(words, ring + RING_HWM) === hwm) return true;',
  },
  {
    name: 'a producer starves without looking at the mark again',
    file: SIGNAL,
    find: 'load(words, ring + RING_HEAD) === head && load(words, ring + RING_HWM) === hwm',
    replace: 'load(words, ring + RING_HEAD) === head',
  },
  {
    name: 'the wish for room is taken back without asking who was first',
    file: SIGNAL,
    find: 'return exchange(words, ring + RING_STARVED, 0) === 0;',
    replace: 'store(words, ring + RING_STARVED, 0); return false;',
  },
  {
    name: 'the room node is pushed without asking who was first',
    file: SIGNAL,
    find: 'if (exchange(words, ring + RING_STARVED, 0) === 0) return;',
    replace: 'store(words, ring + RING_STARVED, 0);',
  },
];

export const PIPE_MUTANTS: readonly Mutant[] = [
  {
    name: 'who looks at a ring that rests does not look whether it still does',
    file: SIGNAL,
    find: 'return compareExchange(words, ring + RING_TAIL, rest, atWork(head)) === rest;',
    replace: 'exchange(words, ring + RING_TAIL, atWork(head)); return rest === rest;',
  },
  {
    name: 'who looks at a ring that rests wakes up in two steps',
    file: SIGNAL,
    find: 'return compareExchange(words, ring + RING_TAIL, rest, atWork(head)) === rest;',
    replace:
      'if (load(words, ring + RING_TAIL) !== rest) return false; store(words, ring + RING_TAIL, atWork(head)); return true;',
  },
  {
    name: 'who has looked at a ring does not say that it rests again',
    file: THREAD,
    find: 'if (asker.lookAway()) return found;',
    replace: 'return found;',
  },
  {
    name: 'who has looked at a ring does not act on what came at last',
    file: THREAD,
    find: '    this.heard = asker;\n    return true;',
    replace: '    return true;',
  },
  {
    name: 'who has seen the list called forgets the ring that it looked at',
    file: THREAD,
    find: 'if (asker.lookAway()) return found;',
    replace: 'if (found && !asker.hears()) return true; if (asker.lookAway()) return found;',
  },
  {
    name: 'a signal counts as a message',
    file: PIPE,
    find: `    this.publish(this.producer.write);
    return true;`,
    replace: `    this.commit();
    return true;`,
  },
  {
    name: 'a signal is published and announced to nobody',
    file: PIPE,
    find: `    this.publish(this.producer.write);
    return true;`,
    replace: `    this.producer.publish(this.producer.write);
    return true;`,
  },
  {
    name: 'a batch is published and announced to nobody',
    file: PIPE,
    find: "if (this.state === 'open' && producer.unpublished > 0) this.publish(producer.write);",
    replace:
      "if (this.state === 'open' && producer.unpublished > 0) producer.publish(producer.write);",
  },
  {
    name: 'a batch ends without what it held back',
    file: BATCH,
    find: 'for (const what of this.held) what.publishHeld();',
    replace: '',
  },
  {
    name: 'a pipe that is left keeps back what its batch has written',
    file: PIPE,
    find: 'if (this.holding) this.publishHeld();',
    replace: '',
  },
  {
    name: 'what is written before a pipe is joined pushes a node to nobody',
    file: PIPE,
    find: 'store(words, at + PIPE_RING_B + RING_TAIL, atRest(0));',
    replace:
      'store(words, at + PIPE_RING_B + RING_TAIL, atRest(0)); store(words, at + PIPE_RING_A + RING_TAIL, atRest(0));',
  },
  {
    name: 'the maker of a pipe does not rest before the first message',
    file: PIPE,
    find: 'store(words, at + PIPE_RING_B + RING_TAIL, atRest(0));',
    replace: '',
  },
  {
    name: 'the maker marks a pipe as abandoned although it was joined',
    file: PIPE,
    find: 'compareExchange(words, join, JOIN_OPEN, JOIN_LEFT) === JOIN_OPEN',
    replace: 'exchange(words, join, JOIN_LEFT) !== JOIN_JOINED',
  },
  {
    name: 'a pipe is joined in two steps',
    file: PIPE,
    find: 'exchange(thread.words, at + PIPE_JOIN, JOIN_JOINED) === JOIN_LEFT',
    replace: `[load(thread.words, at + PIPE_JOIN), store(thread.words, at + PIPE_JOIN, JOIN_JOINED)][0] ===
      JOIN_LEFT`,
  },
  {
    name: 'an end lets go without waiting for the other',
    file: PIPE,
    find: `this.pushEnd();
    if (this.peerLeft) this.finish();`,
    replace: `this.pushEnd();
    this.finish();`,
  },
  {
    name: 'a pipe that came back is counted before it is marked',
    file: PIPE,
    find: `    store(words, this.at + PIPE_RETURNED, 1);
    add(words, maker + SLOT_RETURNED, 1);`,
    replace: `    add(words, maker + SLOT_RETURNED, 1);
    store(words, this.at + PIPE_RETURNED, 1);`,
  },
  {
    name: 'the block is read after it was given back',
    file: PIPE,
    find: 'add(words, maker + SLOT_RETURNED, 1);',
    replace:
      'add(words, slotAt(load(words, this.inRing + RING_PRODUCER_SLOT)) + SLOT_RETURNED, 1);',
  },
  {
    name: 'the maker is not rung when its block comes back',
    file: PIPE,
    find: `    add(words, maker + SLOT_RETURNED, 1);
    ringBell(words, maker);`,
    replace: '    add(words, maker + SLOT_RETURNED, 1);',
  },
  {
    name: 'the maker frees its block though the other end may still touch it',
    file: PIPE,
    find: 'if (load(this.words, this.at + PIPE_RETURNED) === 0) return false;',
    replace: '',
  },
  {
    name: 'the list is carried out newest first',
    file: THREAD,
    find: 'this.dispatch(taken.pop()!)',
    replace: 'this.dispatch(taken.shift()!)',
  },
  {
    name: 'an answered command is touched after it went back',
    file: MAILBOX,
    find: `  push(words, sender, at);
  ring(words, sender);`,
    replace: `  push(words, sender, at);
  ring(words, slotAt(words[at + COMMAND_SENDER]!));`,
  },
];

export const BODY_MUTANTS: readonly Mutant[] = [
  {
    name: 'a ring that has just become empty waits for memory',
    file: PIPE,
    find: 'producer.headSeen === headSeen && this.awaitMemory()',
    replace: 'this.awaitMemory()',
  },
  {
    name: 'whoever finds no memory for a body does not look at the room',
    file: PIPE,
    find: 'if (this.awaitMemory() && (drained || this.awaitRoom())) return false;',
    replace: 'if (this.awaitMemory()) return false;',
  },
  {
    name: 'a ring that has just become empty waits for memory for a body',
    file: PIPE,
    find: 'if (this.producer.headSeen !== headSeen) continue;',
    replace: '',
  },
  {
    name: 'a ring passes a body before it is in a hand',
    file: PIPE,
    find: `    if (this.readSinceRelease++ === 0) thread.settleLater(this);
    return message;`,
    replace: `    this.release();
    return message;`,
  },
  {
    name: 'a body is freed without a look at the hands',
    file: BODIES,
    find: 'else if (held.has(body.offset)) passedBodies[kept++] = body;',
    replace: '',
  },
  {
    name: 'a body that was sent on is freed all the same',
    file: BODIES,
    find: 'if (body.uses > 0) body.passed = false;',
    replace: 'if (body.uses < 0) body.passed = false;',
  },
  {
    name: 'hands are looked at as they once were',
    file: BODIES,
    find: `    held.clear();
    collectHeld(this.words, held);`,
    replace: `    if (held.size === 0) collectHeld(this.words, held);
    else held.clear();`,
  },
  {
    name: 'a hand is stored plainly',
    file: HANDS,
    find: 'if (hand !== 0) store(this.words, hand, offset);',
    replace: 'if (hand !== 0) this.words[hand] = offset;',
  },
  {
    name: 'whoever takes its first hand is not looked at',
    file: HANDS,
    find: 'if (this.used === 0) raiseHolders(this.words, this.slot + 1);',
    replace: '',
  },
  {
    name: 'a body is freed before its ring has passed it',
    file: RING_PRODUCER,
    find: '((head - next.end) | 0) < 0',
    replace: '((head - next.end) | 0) < -10',
  },
  {
    name: 'a ring that carries a body does not use it',
    file: RING_PRODUCER,
    find: `    body.uses++;
    const carried`,
    replace: '    const carried',
  },
  {
    name: 'the tail is stored before the special frame is counted',
    file: RING_PRODUCER,
    find: 'store(this.words, this.ring + RING_SPECIAL, ++this.special);',
    replace: `this.publish(this.write);
    store(this.words, this.ring + RING_SPECIAL, ++this.special);`,
  },
  {
    name: 'whoever has read a body tells nobody who waits for memory',
    file: PIPE,
    find: `    consumer.passedMemory = false;
    tellHungry(words);`,
    replace: '    consumer.passedMemory = false;',
  },
  {
    name: 'whoever lets go of a body tells nobody who waits for memory',
    file: LEASES,
    find: `tellReaper(words);
    tellHungry(words);`,
    replace: 'tellReaper(words);',
  },
  {
    name: 'whoever finds no memory does not say that it waits',
    file: SHORTAGE,
    find: 'if (exchange(this.words, HEADER_HUNGRY, 1) === 0) tellAll(this.words);',
    replace: 'tellAll(this.words);',
  },
  {
    name: 'whoever waits for memory has nobody look for some',
    file: SHORTAGE,
    find: 'if (exchange(this.words, HEADER_HUNGRY, 1) === 0) tellAll(this.words);',
    replace: 'exchange(this.words, HEADER_HUNGRY, 1);',
  },
  {
    name: 'everybody is rung before there is something new to see',
    file: SHORTAGE,
    find: `  add(words, HEADER_MEMORY, 1);
  ringEveryone(words);`,
    replace: `  ringEveryone(words);
  add(words, HEADER_MEMORY, 1);`,
  },
];

export const PIECE_MUTANTS: readonly Mutant[] = [
  {
    name: 'a piece is published before it is counted',
    file: PIPE,
    find: `    producer.countSpecial();
    this.writing = last ? 'messages' : 'pieces';
    if (last) this.commit();
    else this.publish(producer.write);`,
    replace: `    this.writing = last ? 'messages' : 'pieces';
    if (last) this.commit();
    else this.publish(producer.write);
    producer.countSpecial();`,
  },
  {
    name: 'whether there are pieces is looked at before the tail',
    file: RING_CONSUMER,
    find: `      this.tailSeen = this.loadTail(this.head);
      if (this.tailSeen === this.head) return false;
      this.plain = !this.mayHoldSpecial();`,
    replace: `      this.plain = !this.mayHoldSpecial();
      this.tailSeen = this.loadTail(this.head);
      if (this.tailSeen === this.head) return false;`,
  },
  {
    name: 'a piece is counted twice by whoever passes it',
    file: 'src/runtime/pipe/piece-reader.ts',
    find: 'consumer.special = (consumer.special + 1) | 0;',
    replace: 'consumer.special = (consumer.special + 2) | 0;',
  },
  {
    name: 'whoever has no room for a piece asks nobody for it',
    file: PIPE,
    find: 'if (this.awaitSpace()) return 0;',
    replace: 'return 0;',
  },
  {
    name: 'a piece leaves no room for what takes its message back',
    file: 'src/runtime/ring/frame.ts',
    find: 'export const PIECE_OVERHEAD = LONG_HEADER + SHORT_HEADER;',
    replace: 'export const PIECE_OVERHEAD = LONG_HEADER;',
  },
  {
    name: 'whoever has taken in all pieces that there are does not rest',
    file: PIPE,
    find: `        pieces.absorb();
        if (this.releaseDue()) this.release();
        if (!consumer.available() && !this.restOrEnd()) return false;`,
    replace: `        pieces.absorb();
        if (this.releaseDue()) this.release();
        if (!consumer.available()) return false;`,
  },
  {
    name: 'a message that was taken back is kept',
    file: 'src/runtime/pipe/piece-reader.ts',
    find: 'if ((frame.flags & FRAME_COMMAND) !== 0) this.assembly = undefined;',
    replace: 'if ((frame.flags & FRAME_COMMAND) !== 0) this.consumer.passedMemory = true;',
  },
  {
    name: 'another message goes between two pieces',
    file: PIPE,
    find: "if (this.peerLeft || this.writing !== 'messages' || this.state",
    replace: 'if (this.peerLeft || this.state',
  },
];

export const DIRECTORY_MUTANTS: readonly Mutant[] = [
  {
    name: 'a version is even while its entry is being changed',
    file: DIRECTORY,
    find: '(this.words[entry + ENTRY_VERSION]! + 1) | 0',
    replace: '(this.words[entry + ENTRY_VERSION]! + 2) | 0',
  },
  {
    name: 'an entry is changed before its version says so',
    file: DIRECTORY,
    find: `    this.begin(entry);
    store(this.words, entry + ENTRY_KIND, kind);
    store(this.words, entry + ENTRY_AT, at);`,
    replace: `    store(this.words, entry + ENTRY_KIND, kind);
    store(this.words, entry + ENTRY_AT, at);
    this.begin(entry);`,
  },
  {
    name: 'what an entry leads to is changed after its version is even again',
    file: DIRECTORY,
    find: `    change();
    this.end(entry);`,
    replace: `    this.end(entry);
    change();`,
  },
  {
    name: 'an observer takes an entry that is being changed',
    file: DIRECTORY,
    find: 'if ((version & 1) !== 0) continue;',
    replace: '',
  },
  {
    name: 'an observer does not look again whether it has read one entry',
    file: DIRECTORY,
    find: 'if (load(words, entry + ENTRY_VERSION) !== version) continue;',
    replace: '',
  },
  {
    name: 'an observer takes what it read for what the entry led to',
    file: DIRECTORY,
    find: 'load(words, entry + ENTRY_VERSION) === version && present()',
    replace: 'present()',
  },
];

export const ENDING_MUTANTS: readonly Mutant[] = [
  {
    name: 'everyone is rung before the state is raised',
    file: ENDING,
    find: `  for (;;) {
    const now = load(words, HEADER_STATE);`,
    replace: `  ringEveryone(words);
  for (;;) {
    const now = load(words, HEADER_STATE);
    if (now < state && compareExchange(words, HEADER_STATE, now, state) === now) return true;`,
  },
  {
    name: 'the state is raised without a ring',
    file: ENDING,
    find: `  ringEveryone(words);
  return true;`,
    replace: '  return true;',
  },
  {
    name: 'only those who seem to sleep are rung',
    file: SLOT,
    find: 'if (slotState(words, slot) === SLOT_LIVE) ringAlways(words, slotAt(slot));',
    replace:
      'if (slotState(words, slot) === SLOT_LIVE && load(words, slotAt(slot) + SLOT_SLEEPING) === 1) ringAlways(words, slotAt(slot));',
  },
  {
    name: 'a socket is counted after the state was looked at',
    file: ENDING,
    find: `  add(words, slotAt(slot) + SLOT_SOCKETS, 1);
  const before = add(words, HEADER_SOCKETS, 1);
  if (load(words, HEADER_STATE) === CONTEXT_RUNNING) return before;`,
    replace: `  const running = load(words, HEADER_STATE) === CONTEXT_RUNNING;
  add(words, slotAt(slot) + SLOT_SOCKETS, 1);
  const before = add(words, HEADER_SOCKETS, 1);
  if (running) return before;`,
  },
  {
    name: 'a socket that was not opened stays counted',
    file: ENDING,
    find: `  uncountSocket(words, slot);
  return -1;`,
    replace: '  return -1;',
  },
  {
    name: 'a close tells nobody',
    file: ENDING,
    find: `  add(words, slotAt(slot) + SLOT_SOCKETS, -1);
  reportProgress(words);`,
    replace: '  add(words, slotAt(slot) + SLOT_SOCKETS, -1);',
  },
  {
    name: 'what is served no more is nobody told of',
    file: ENDING,
    find: 'if (change < 0) reportProgress(words);',
    replace: '',
  },
  {
    name: 'sockets are looked at last',
    file: ENDING,
    find: 'return openSockets(words) === 0 && flushed(words);',
    replace: 'return flushed(words) && openSockets(words) === 0;',
  },
  {
    name: 'what is served is looked at before the commands',
    file: ENDING,
    find: `export function flushed(words: Words): boolean {
  for (let slot = 0; slot < SLOTS; slot++) {`,
    replace: `export function flushed(words: Words): boolean {
  if (load(words, slotAt(FIRST_IO_SLOT) + SLOT_SERVING) === 0) {
    for (let slot = 0; slot < SLOTS; slot++) {
      if (load(words, slotAt(slot) + SLOT_PENDING) > 0) return false;
    }
    return true;
  }
  for (let slot = 0; slot < SLOTS; slot++) {`,
  },
  {
    name: 'commands are not waited for',
    file: ENDING,
    find: 'if (load(words, slotAt(slot) + SLOT_PENDING) > 0) return false;',
    replace: '',
  },
  {
    name: 'whoever waits for the last command is not told of its answer',
    file: MAILBOX,
    find: 'if (load(words, HEADER_STATE) !== CONTEXT_RUNNING) ringEveryone(words);',
    replace: '',
  },
  {
    name: 'the bell is read after looking whether it is over',
    file: THREAD,
    find: `      const bell = this.doorbell.read();
      this.turn();
      if (done()) break;`,
    replace: `      this.turn();
      if (done()) break;
      const bell = this.doorbell.read();`,
  },
];

export const FORSAKEN_MUTANTS: readonly Mutant[] = [
  {
    name: 'who has left is found out after the list was taken',
    file: THREAD,
    find: `    let forsaken = this.forsakenTies();
    while (forsaken.length > 0) {
      this.takeAndDispatch();`,
    replace: `    this.takeAndDispatch();
    let forsaken = this.forsakenTies();
    while (forsaken.length > 0) {`,
  },
  {
    name: 'what those who have left pushed last is not acted on',
    file: THREAD,
    find: `    while (forsaken.length > 0) {
      this.takeAndDispatch();`,
    replace: '    while (forsaken.length > 0) {',
  },
  {
    name: 'what the list has just ended is given up',
    file: THREAD,
    find: 'if (this.ties.has(tie) && tie.isForsaken()) tie.forsake();',
    replace: 'tie.forsake();',
  },
  {
    name: 'a worker that is still starting is taken for one that has left',
    file: SLOT,
    find: 'load(words, slotAt(slot) + SLOT_EPOCH) !== 0 && slotState(words, slot) !== SLOT_LIVE;',
    replace: 'slotState(words, slot) !== SLOT_LIVE;',
  },
  {
    name: 'whether a worker is there is looked at before whether it has been there',
    file: SLOT,
    find: 'load(words, slotAt(slot) + SLOT_EPOCH) !== 0 && slotState(words, slot) !== SLOT_LIVE;',
    replace:
      'slotState(words, slot) !== SLOT_LIVE && load(words, slotAt(slot) + SLOT_EPOCH) !== 0;',
  },
  {
    name: 'who is there is taken for one that has left',
    file: SLOT,
    find: 'load(words, slotAt(slot) + SLOT_EPOCH) !== 0 && slotState(words, slot) !== SLOT_LIVE;',
    replace: 'load(words, slotAt(slot) + SLOT_EPOCH) !== 0;',
  },
];

export const DEATH_MUTANTS: readonly Mutant[] = [
  {
    name: 'a name that the reaper unbinds in passing is taken for bound',
    file: INPROC_NAMES,
    find: 'if (compareExchange(this.words, at, found, slot + 1) === found) return true;',
    replace: 'return compareExchange(this.words, at, found, slot + 1) === found;',
  },
  {
    name: 'ties are cut that the list has just ended',
    file: THREAD,
    find: 'if (this.ties.has(tie) && tie.lostPeer()) tie.peerDied();',
    replace: 'tie.peerDied();',
  },
  {
    name: 'the list is not taken before ties are cut',
    file: THREAD,
    find: `    do {
      this.takeAndDispatch();`,
    replace: '    do {',
  },
  {
    name: 'a round counts as acted on before it is',
    file: THREAD,
    find: `    let lost = this.lostTies();
    do {`,
    replace: `    store(this.words, this.slotAddress + SLOT_DEATHS, deaths);
    let lost = this.lostTies();
    do {`,
  },
  {
    name: 'a command of the dead is answered',
    file: THREAD,
    find: 'if (isDead(this.words, sender)) this.unansweredHere.delete(at);',
    replace: '',
  },
  {
    name: 'a round rings nobody',
    file: REAPER,
    find: `    this.ringEveryone();
    return round;`,
    replace: '    return round;',
  },
  {
    name: 'the reaper looks at what it was told after looking around',
    file: REAPER,
    find: `    for (const [slot, grave] of this.graves) this.advance(slot, grave);
  }`,
    replace: `    for (const [slot, grave] of this.graves) this.advance(slot, grave);
    this.toldSeen = load(this.words, HEADER_TOLD);
  }`,
  },
  {
    name: 'the maker waits for the dead to give its block back',
    file: PIPE,
    find: `      if (this.isA) this.freeBlock();
      else thread.untie(this);`,
    replace: `      if (this.isA) thread.awaitReturn(this);
      else thread.untie(this);`,
  },
  {
    name: 'nobody says whose memory is still needed',
    file: HOLDS,
    find: 'load(this.words, at) | (1 << (slot & 31))',
    replace: 'load(this.words, at)',
  },
  {
    name: 'the pages are swept though somebody holds them',
    file: REAPER,
    find: '|| this.isHeld(slot)) return;',
    replace: ') return;',
  },
  {
    name: 'the memory of the dead is given up before the pipe is',
    file: PIPE,
    find: 'this.thread.deadHolds.keepMemory(this.peerSlot());',
    replace:
      'this.thread.deadHolds.keepMemory(this.peerSlot()); this.thread.deadHolds.giveUpMemory(this.peerSlot());',
  },
];

export const IO_PLACE_MUTANTS: readonly Mutant[] = [
  {
    name: 'the death is told before there is another worker',
    file: IO_PLACES,
    find: `    if (dead) this.addPlace(this.numberOf(index), start);
    store(words, HEADER_IO_STATES + index, dead ? IO_DEAD : IO_ABSENT);
    // Somebody else may have reported it before there was another.
    if (!reportDeath(words, slot, owner) && dead) retellDeaths(words);`,
    replace: `    store(words, HEADER_IO_STATES + index, dead ? IO_DEAD : IO_ABSENT);
    if (!reportDeath(words, slot, owner) && dead) retellDeaths(words);
    if (dead) this.addPlace(this.numberOf(index), start);`,
  },
  {
    name: 'a death that was known before is not told again',
    file: IO_PLACES,
    find: 'if (!reportDeath(words, slot, owner) && dead) retellDeaths(words);',
    replace: 'reportDeath(words, slot, owner);',
  },
  {
    name: 'everyone looks again before there is something new to see',
    file: SLOT,
    find: `  add(words, HEADER_DEATHS, 1);
  ringEveryone(words);`,
    replace: `  ringEveryone(words);
  add(words, HEADER_DEATHS, 1);`,
  },
  {
    name: 'a place counts before it is marked as started',
    file: IO_PLACES,
    find: `    store(words, HEADER_IO_STATES + index, IO_STARTED);
    store(words, HEADER_IO_PLACES, index + 1);`,
    replace: `    store(words, HEADER_IO_PLACES, index + 1);
    store(words, HEADER_IO_STATES + index, IO_STARTED);`,
  },
  {
    name: 'a worker that had no slot yet is not taken for dead',
    file: IO_PLACES,
    find: 'if (load(words, HEADER_STATE) < CONTEXT_STOPPED) claimSlot(words, slot, threadId);',
    replace: '',
  },
];

export const CONFLATE_MUTANTS: readonly Mutant[] = [
  {
    name: 'the newest message is put in by a load and a store',
    file: RING_PRODUCER,
    find: 'exchange(words, ring + RING_LATEST, cell + 1) !== 0;',
    replace: 'load(words, ring + RING_LATEST) !== 0; store(words, ring + RING_LATEST, cell + 1);',
  },
  {
    name: 'the newest message is taken out by a load and a store',
    file: RING_CONSUMER,
    find: 'const taken = exchange(words, ring + RING_LATEST, 0);',
    replace: 'const taken = load(words, ring + RING_LATEST); store(words, ring + RING_LATEST, 0);',
  },
  {
    name: 'a cell is written after it was put in',
    file: RING_PRODUCER,
    find: `    words[at + CELL_OFFSET] = body.offset;
    words[at + CELL_LENGTH] = length;
    const untaken = exchange(words, ring + RING_LATEST, cell + 1) !== 0;`,
    replace: `    const untaken = exchange(words, ring + RING_LATEST, cell + 1) !== 0;
    words[at + CELL_OFFSET] = body.offset;
    words[at + CELL_LENGTH] = length;`,
  },
  {
    name: 'two cells take turns',
    file: RING_PRODUCER,
    find: 'const cell = 3 - this.latestCell - this.takenCell;',
    replace: 'const cell = 1 - (this.latestCell & 1);',
  },
  {
    name: 'the cell that was taken last is written again',
    file: RING_PRODUCER,
    find: 'if (!untaken) this.takenCell = this.latestCell;',
    replace: '',
  },
  {
    name: 'a message that was taken is freed as if it had given way',
    file: RING_PRODUCER,
    find: `    if (!untaken) return false;
    const latest = this.latest!;`,
    replace: `    if (!untaken) {
      if (this.latest !== undefined) this.bodies.done(this.latest.body);
      return false;
    }
    const latest = this.latest!;`,
  },
  {
    name: 'a message that gave way is not freed',
    file: RING_PRODUCER,
    find: `    this.bodies.done(latest.body);
    latest.body = body;`,
    replace: '    latest.body = body;',
  },
  {
    name: 'a message that has given way is freed in place of the newest',
    file: RING_PRODUCER,
    find: `    this.bodies.done(latest.body);
    latest.body = body;`,
    replace: '    this.bodies.done(latest.body);',
  },
  {
    name: 'the ticket is published before its message is put in',
    file: PIPE,
    find: `    if (!producer.replaceLatest(shared, length)) {
      writeReference(thread.arena, producer, TICKET_OFFSET, 0, 0);
      producer.carryLatest(shared);
      this.commit();`,
    replace: `    const early = producer.drained();
    if (early) {
      writeReference(thread.arena, producer, TICKET_OFFSET, 0, 0);
      producer.carryLatest(shared);
      this.commit();
    }
    if (!producer.replaceLatest(shared, length) && !early) {
      writeReference(thread.arena, producer, TICKET_OFFSET, 0, 0);
      producer.carryLatest(shared);
      this.commit();`,
  },
  {
    name: 'there is a ticket for each message',
    file: PIPE,
    find: 'if (!producer.replaceLatest(shared, length)) {',
    replace: 'producer.replaceLatest(shared, length); {',
  },
  {
    name: 'nobody is told of a ticket',
    file: PIPE,
    find: `      this.commit();
    }
    thread.bodies.done(shared);`,
    replace: `      producer.commit();
    }
    thread.bodies.done(shared);`,
  },
  {
    name: 'whoever waits for room is not told that none is needed',
    file: PIPE,
    find: '  signalRoom(words, at + PIPE_RING_A);',
    replace: '',
  },
  {
    name: 'the tail is not looked at for something newer',
    file: RING_CONSUMER,
    find: 'if (this.loadTail(at) === at) return false;',
    replace: 'if (this.limit === at) return false;',
  },
  {
    name: 'the last message is passed over for one that has not come',
    file: RING_CONSUMER,
    find: `    if (this.loadTail(at) === at) return false;
    const scout = this.scout();`,
    replace: '    const scout = this.scout(); if (this.loadTail(at) === at) return true;',
  },
];

export const CONNECTION_MUTANTS: readonly Mutant[] = [
  {
    name: 'no room is kept for the notice that a connection is gone',
    file: RAW_INBOUND,
    find: 'const NOTICE_BYTES = SHORT_HEADER;',
    replace: 'const NOTICE_BYTES = 0;',
  },
  {
    name: 'a read in place takes the room of the notice',
    file: RAW_INBOUND,
    find: 'room - LONG_HEADER - NOTICE_BYTES',
    replace: 'room - LONG_HEADER',
  },
  {
    name: 'a read beside the ring takes the room of the notice',
    file: RAW_INBOUND,
    find: 'const around = LONG_HEADER + NOTICE_BYTES;',
    replace: 'const around = LONG_HEADER;',
  },
  {
    name: 'a connection is told of without room for telling of its end',
    file: RAW_INBOUND,
    find: 'pipe.reserve(SHORT_HEADER + NOTICE_BYTES)',
    replace: 'pipe.reserve(SHORT_HEADER)',
  },
  {
    name: 'the end of a connection is told of that was not told of',
    file: RAW_INBOUND,
    find: '!this.announced || pipe === undefined',
    replace: 'pipe === undefined',
  },
  {
    name: 'whoever may read nothing above the mark asks nobody for room',
    file: RAW_INBOUND,
    find: 'if (!pipe.checkWrite()) return false;',
    replace: 'if (!pipe.producer.belowHwm()) return false;',
  },
  {
    name: 'what has come is published and announced to nobody',
    file: RAW_INBOUND,
    find: `    pipe.commit();
    return this.admits(pipe);`,
    replace: `    pipe.producer.commit();
    return this.admits(pipe);`,
  },
  {
    name: 'a pipe is left before the end of its connection is told of',
    file: RAW_ENGINE,
    find: `      return;
    }
    this.inbound.lost();
    this.events.disconnected(error);`,
    replace: `      return;
    }
    this.events.disconnected(error);
    this.inbound.lost();`,
  },
  {
    name: 'a connection is made again only to be closed',
    file: RAW_ENGINE,
    find: 'if (this.passEnd()) {',
    replace: 'if (this.pipe === undefined) {',
  },
  {
    name: 'a connection that is not read is closed, and its peer’s end never heard',
    file: RAW_ENGINE,
    find: '    link.resume();',
    replace: '',
  },
  {
    name: 'a connection is not closed behind what was sent',
    file: RAW_ENGINE,
    find: 'this.encoder.ended ? this.events.ended() : this.events.flushed()',
    replace: 'this.events.flushed()',
  },
  {
    name: 'a connection is closed before what was sent',
    file: STREAM,
    find: 'pipe.local || (pipe.producer.unpublished === 0 && pipe.producer.drained())',
    replace: 'true',
  },
  {
    name: 'who is gone can be sent to',
    file: STREAM,
    find: 'if (!this.#lasting.has(pipe)) this.refuse(pipe);',
    replace: '',
  },
  {
    name: 'who is lost and will be back is forgotten',
    file: STREAM,
    find: 'if (!this.#lasting.has(pipe)) this.refuse(pipe);',
    replace: 'this.refuse(pipe);',
  },
  {
    name: 'who is gone is forgotten, and its pipe never left',
    file: STREAM,
    find: 'if (!this.#lasting.has(pipe)) this.refuse(pipe);',
    replace: 'if (!this.#lasting.has(pipe)) this.#forget(pipe);',
  },
  {
    name: 'whoever waits for room waits on when the connection is lost',
    file: STREAM,
    find: 'pipe === undefined || pipe.peerEnded',
    replace: 'pipe === undefined',
  },
  {
    name: 'a pipe is kept for what nobody will read',
    file: STREAM,
    find: 'if (this.#routes.idOf(pipe) === undefined) this.refuse(pipe);',
    replace: '',
  },
  {
    name: 'a connection that was closed is still heard',
    file: STREAM,
    find: `    this.#closed.add(pipe);
    this.#forget(pipe);`,
    replace: '    this.#closed.add(pipe);',
  },
];
