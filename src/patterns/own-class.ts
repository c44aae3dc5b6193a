import { ZmqError } from '../runtime/base/errors.js';

/** A pattern's class, or one that somebody has made. */
type SocketClass = new (options?: object) => object;

/** Under which a prototype made here says whose members it has. */
const PATTERN = Symbol('pattern');

/** By libzmq's number. The doors of the package fill it, `loomwire/draft` only when it is imported. */
const PATTERNS = new Map<number, SocketClass>();

/** By the class that was asked for, and the type's number. */
const MADE = new WeakMap<SocketClass, Map<number, SocketClass>>();

export function registerPatterns(patterns: Readonly<Record<number, unknown>>): void {
  for (const [type, pattern] of Object.entries(patterns)) {
    PATTERNS.set(Number(type), pattern as SocketClass);
  }
}

/**
 * A socket of a class that extends Socket itself, and says by a number of which type it is, as zeromq.js's classes do:
 * made by the pattern of that type, with whose members between it and its class:
 *
 *     socket → the pattern's members → the class asked for → … → Socket
 *
 * What the class has of its own it keeps. One class may have sockets of several types.
 * @param base Socket's prototype, at which classes end
 * @throws TypeError if the type is no number; ZmqError EINVAL if there is no such type
 */
export function constructOwn(
  type: unknown,
  options: object | undefined,
  asked: unknown,
  base: object,
): object {
  if (typeof type !== 'number') throw new TypeError('Socket type must be a number');
  const pattern = PATTERNS.get(type);
  if (pattern === undefined) {
    throw new ZmqError('EINVAL', {
      message: `There is no socket type ${type}; those of drafts are in loomwire/draft`,
    });
  }
  return Reflect.construct(
    pattern,
    [options],
    withMembers(asked as SocketClass, type, pattern, base),
  );
}

/** The pattern's own member, for a class that calls `super.send` and the like; undefined if it has none. */
export function patternMember(socket: object, name: string): unknown {
  const pattern = (socket as { [PATTERN]?: Record<string, unknown> })[PATTERN];
  return pattern?.[name];
}

/** What `constructOwn` constructs: a function whose instances have the pattern's members. */
function withMembers(
  asked: SocketClass,
  type: number,
  pattern: SocketClass,
  base: object,
): SocketClass {
  const made = MADE.get(asked) ?? new Map<number, SocketClass>();
  MADE.set(asked, made);
  let found = made.get(type);
  if (found === undefined) {
    const own = new Set(membersOf(asked.prototype as object, base).keys());
    const link = Object.create(asked.prototype as object) as object;
    for (const [name, member] of membersOf(pattern.prototype as object, base)) {
      if (!own.has(name)) Object.defineProperty(link, name, member);
    }
    Object.defineProperty(link, PATTERN, { value: pattern.prototype as object });
    found = function () {
      // Only its prototype is of interest.
    } as unknown as SocketClass;
    found.prototype = link;
    made.set(type, found);
  }
  return found;
}

/** What a prototype has, itself and inherited, below `base`. */
function membersOf(prototype: object, base: object): Map<PropertyKey, PropertyDescriptor> {
  const members = new Map<PropertyKey, PropertyDescriptor>();
  for (
    let at: object | null = prototype;
    at !== null && at !== base;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    for (const name of Reflect.ownKeys(at)) {
      if (name === 'constructor' || members.has(name)) continue;
      members.set(name, Object.getOwnPropertyDescriptor(at, name)!);
    }
  }
  return members;
}
