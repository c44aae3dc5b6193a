import { CODEC, type Codec, LOGGER, register } from '../../../src/actors.js';

/** JSON, so that it shows: it makes text of a date, and cannot be told from V8's form otherwise. */
export const json: Codec = {
  encode: (value) => Buffer.from(JSON.stringify(value)),
  decode: (bytes) => JSON.parse(String(bytes)) as unknown,
};

/** What an actor logs comes to its thread's `said`. */
export const said: string[] = [];

register(CODEC, () => json);
register(LOGGER, () => (name: string) => {
  const say = (text: string): void => void said.push(`${name}: ${text}`);
  return { info: say, warn: say, error: say };
});
