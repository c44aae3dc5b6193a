/** Of a ring that carries nothing: there may be thousands. */
const NONE = new Int32Array(0);
/** So few lie in the array object itself. */
const ENDS_FIRST = 8;

/**
 * The end position of each message in a ring, oldest first. With them the producer knows how many
 * messages are under way without the consumer counting for it: 4 to 10 ns a message.
 */
export class Marks {
  private ends = NONE;
  private first = 0;
  count = 0;

  push(end: number): void {
    if (this.count === this.ends.length) this.grow();
    this.ends[(this.first + this.count++) & (this.ends.length - 1)] = end;
  }

  /** Forgets the messages that end at or before `position`. */
  passed(position: number): void {
    const mask = this.ends.length - 1;
    while (this.count > 0 && ((position - this.ends[this.first]!) | 0) >= 0) {
      this.first = (this.first + 1) & mask;
      this.count--;
    }
  }

  private grow(): void {
    const ends = new Int32Array(Math.max(this.ends.length * 2, ENDS_FIRST));
    for (let i = 0; i < this.count; i++) {
      ends[i] = this.ends[(this.first + i) & (this.ends.length - 1)]!;
    }
    this.ends = ends;
    this.first = 0;
  }
}
