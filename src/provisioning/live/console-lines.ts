/** The last lines of a console, each under an id by which a viewer that was cut off goes on where it was. */

export interface ConsoleLine {
  /** Unique over all consoles and restarts; later lines of one console have later ids. */
  readonly id: string;
  readonly text: string;
}

/** What a viewer has to be told to be up to date; `isReset`: what it has seen before is to be forgotten. */
export interface CatchUp {
  readonly isReset: boolean;
  readonly lines: readonly ConsoleLine[];
}

export const LINES_MAX = 200;
const LINE_CHARS_MAX = 2_000;

export class ConsoleLines {
  private lines: ConsoleLine[] = [];
  private next = 1;

  /** @param epoch a name that no other console has had */
  constructor(private epoch: string) {}

  all(): readonly ConsoleLine[] {
    return this.lines;
  }

  /** A longer line than 2,000 characters is cut, and the oldest of more than 200 is forgotten. */
  add(text: string): ConsoleLine {
    const line = { id: `${this.epoch}.${this.next}`, text: text.slice(0, LINE_CHARS_MAX) };
    this.next += 1;
    this.lines.push(line);
    if (this.lines.length > LINES_MAX) this.lines.shift();
    return line;
  }

  /** The console is told from its beginning again. */
  restart(epoch: string): void {
    this.epoch = epoch;
    this.lines = [];
    this.next = 1;
  }

  /** @param lastId what the viewer has seen last; undefined: nothing yet */
  after(lastId: string | undefined): CatchUp {
    if (lastId === undefined) return { isReset: false, lines: this.lines };
    const seen = this.lines.findIndex(({ id }) => id === lastId);
    return seen < 0 ? { isReset: true, lines: this.lines } : { isReset: false, lines: this.lines.slice(seen + 1) };
  }
}
