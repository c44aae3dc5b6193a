// Where the text of the wordcount example comes from, in pieces that end between two words.

const WORDS = (
  'the of and to in a is that it was for on are with as be this have from or one had by word but not what all ' +
  'were when we there can an your which their said if do will each about how up out them then she many some so ' +
  'these would other into has more her two like him see time could no make than first been its who now people'
).split(' ');

/** A text that is the same each time: common words often, others seldom. */
export function* invented(bytes: number): Generator<Buffer> {
  let state = 1;
  for (let left = bytes; left > 0;) {
    const line: string[] = [];
    for (let n = 0; n < 2000; n++) {
      // Lehmer's generator of random numbers.
      state = (state * 48_271) % 0x7fff_ffff;
      const part = state / 0x7fff_ffff;
      line.push(WORDS[Math.floor(part * part * WORDS.length)]!);
    }
    const made = Buffer.from(`${line.join(' ')}\n`);
    yield left < made.length ? made.subarray(0, left) : made;
    left -= made.length;
  }
}

/** Joins what comes to pieces of about `length` bytes, none of which ends within a word. */
export async function* pieces(
  source: Iterable<Buffer> | AsyncIterable<Buffer>,
  length: number,
): AsyncGenerator<Buffer> {
  let kept: Buffer[] = [];
  let size = 0;
  for await (const bytes of source) {
    kept.push(bytes);
    size += bytes.length;
    if (size < length) continue;
    let rest = Buffer.concat(kept);
    while (rest.length >= length) {
      const end = lastSpace(rest.subarray(0, length)) ?? firstSpace(rest, length);
      if (end === undefined) break;
      yield rest.subarray(0, end);
      rest = rest.subarray(end);
    }
    kept = [rest];
    size = rest.length;
  }
  if (size > 0) yield Buffer.concat(kept);
}

const SPACE = 0x20;
const NEWLINE = 0x0a;

/** Spaces are no part of a character of UTF-8, wherever one looks. */
function lastSpace(text: Buffer): number | undefined {
  const at = Math.max(text.lastIndexOf(SPACE), text.lastIndexOf(NEWLINE));
  return at === -1 ? undefined : at + 1;
}

function firstSpace(text: Buffer, from: number): number | undefined {
  const found = [text.indexOf(SPACE, from), text.indexOf(NEWLINE, from)].filter((at) => at >= 0);
  return found.length === 0 ? undefined : Math.min(...found) + 1;
}
