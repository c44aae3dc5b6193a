// The stage of the wordcount example: counts the words of a piece of text.

export default function count(text: Uint8Array): Map<string, number> {
  const counts = new Map<string, number>();
  const words = Buffer.from(text.buffer, text.byteOffset, text.length).toString().toLowerCase();
  for (const [word] of words.matchAll(/\p{L}+/gu)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
