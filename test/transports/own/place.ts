/** Host and port of an address; 0 for `*`. */
export function placeOf(address: string): { host: string; port: number } {
  const match = /^([^:]+):(\*|\d+)$/.exec(address);
  if (match === null) throw new Error(`${address} is not host:port`);
  return { host: match[1]!, port: match[2] === '*' ? 0 : Number(match[2]) };
}
