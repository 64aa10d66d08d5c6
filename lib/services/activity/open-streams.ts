/** Event streams of one person in one web process. A page opens three at most, and only while it is visible. */
export const MOST_STREAMS = 16;

/**
 * The open event streams by person. Past MOST_STREAMS the oldest ends, not the newest: the newest belongs to the
 * page that somebody looks at, while old ones may be left over from a laptop that was closed.
 */
export class OpenStreams {
  readonly #byPerson = new Map<string, Set<() => void>>();

  /** Notes a stream that `end` ends. Answers what to call once it has ended. */
  add(personId: string, end: () => void): () => void {
    const mine = this.#byPerson.get(personId) ?? new Set();
    this.#byPerson.set(personId, mine);
    mine.add(end);
    const [oldest] = mine;
    if (mine.size > MOST_STREAMS && oldest) {
      mine.delete(oldest);
      oldest();
    }
    return () => {
      mine.delete(end);
      if (mine.size === 0 && this.#byPerson.get(personId) === mine) this.#byPerson.delete(personId);
    };
  }
}
