import type {
  ContextStats,
  HolderStats,
  PipeEndStats,
  PipeStats,
  SocketStats,
  ThreadStats,
} from './stats.js';

/** A number stands on the right of its column, a text on the left. */
type Cell = number | string;

/**
 * `context.stats()` as text for people, a table each for threads, sockets and pipes. A socket is written
 * `17.1`: number 1 of the thread in slot 17. Directions of pipes that nothing went through are left out.
 */
export function formatStats(stats: ContextStats): string {
  const { threads, sockets, pipes } = stats;
  const used = pipes.filter(({ written, full }) => written > 0 || full);
  return [
    summary(stats),
    table(
      ['slot', 'thread', 'role', 'state', 'sockets', 'commands', 'serving', 'pages', 'blocks'],
      threads.map(threadRow),
    ),
    table(
      ['socket', 'type', 'pipes', 'sent', 'received', 'dropped', 'awaits', 'endpoints'],
      sockets.map(socketRow),
    ),
    table(
      ['from', 'to', 'kind', 'written', 'read', 'queued', 'bytes', 'mark', 'state'],
      used.map(pipeRow),
    ),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

function summary({ state, arena, holders, threads }: ContextStats): string {
  const { size, pageSize, pages, freePages, orphanedPages } = arena;
  const lines = [
    `context ${state}`,
    `arena ${bytes(size)}: ${freePages} of ${pages} pages of ${bytes(pageSize)} free` +
      (orphanedPages > 0 ? `, ${orphanedPages} of threads that are gone` : ''),
  ];
  if (holders.length > 0) {
    const verb = state === 'running' ? 'would wait' : 'waits';
    lines.push(`terminate ${verb} for ${holders.map(holder).join('; ')}`);
  }
  const unlisted = threads.reduce((sum, thread) => sum + thread.unlisted, 0);
  if (unlisted > 0) lines.push(`not listed for want of memory: ${unlisted}`);
  return lines.join('\n');
}

function holder({ slot, sockets, commands, serving }: HolderStats): string {
  const parts = [
    [sockets, 'open'],
    [commands, 'unanswered'],
    [serving, 'served'],
  ] as const;
  const held = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return `${slot} (${held.join(', ')})`;
}

function threadRow(thread: ThreadStats): Cell[] {
  const { slot, threadId, role, sockets, commands, serving, memory } = thread;
  return [
    slot,
    threadId,
    role,
    doing(thread),
    sockets,
    commands,
    serving,
    memory.pages,
    memory.blocks,
  ];
}

function doing({ slot, state, call, idle, called }: ThreadStats): string {
  let text: string = state;
  if (call !== undefined) {
    text += ` in ${call.name}`;
    if (call.socket !== undefined) text += ` of ${slot}.${call.socket}`;
    if (call.since !== undefined) text += ` for ${duration(call.since)}`;
  }
  if (idle !== undefined) text += ` for ${duration(idle)}`;
  return called ? `${text}, called` : text;
}

function socketRow(socket: SocketStats): Cell[] {
  const { slot, id, type, pipes, sent, received, dropped, endpoints } = socket;
  const awaits = socket.awaiting.map(
    ({ direction, calls, since }) =>
      `${calls > 1 ? `${calls} × ` : ''}${direction} for ${duration(since)}`,
  );
  return [
    `${slot}.${id}`,
    type,
    pipes,
    sent,
    received,
    dropped,
    awaits.join(', '),
    endpoints.join(', '),
  ];
}

function pipeRow(pipe: PipeStats): Cell[] {
  const { from, to, kind, written, read, queued, highWaterMark, full, waiting } = pipe;
  const { conflates, conflated } = pipe;
  const state = [
    conflated > 0 ? `${conflated} conflated` : '',
    full ? 'full' : '',
    waiting === undefined ? '' : `its writer waits for ${duration(waiting)}`,
  ];
  return [
    end(from),
    end(to),
    kind,
    written,
    read ?? '-',
    queued ?? '-',
    pipe.bytes,
    conflates ? 'last' : highWaterMark === 0 ? 'none' : highWaterMark,
    state.filter((part) => part !== '').join(', '),
  ];
}

function end(of: PipeEndStats | undefined): string {
  if (of === undefined) return 'nobody';
  const { slot, socket, left } = of;
  return (socket === undefined ? `${slot} (session)` : `${slot}.${socket}`) + (left ? ' left' : '');
}

/** Nothing if there are no rows. */
function table(heads: readonly string[], rows: readonly Cell[][]): string {
  if (rows.length === 0) return '';
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => String(row[column]).length)),
  );
  const numeric = heads.map((_, column) => rows.some((row) => typeof row[column] === 'number'));
  const line = (cells: readonly Cell[]): string =>
    cells
      .map((cell, column) => {
        const width = widths[column]!;
        return numeric[column] === true ? String(cell).padStart(width) : String(cell).padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [heads, ...rows].map(line).join('\n');
}

function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${milliseconds} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  if (milliseconds < 3_600_000) return `${(milliseconds / 60_000).toFixed(1)} min`;
  return `${(milliseconds / 3_600_000).toFixed(1)} h`;
}

function bytes(count: number): string {
  return count < 2 ** 20 ? `${count / 2 ** 10} KiB` : `${count / 2 ** 20} MiB`;
}
