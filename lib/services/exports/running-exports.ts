import { FiberkeepError } from '#errors';

/** Each holds a connection to the database and an instant of it. */
const MOST_RUNNING = 4;
const MOST_OF_PERSON = 2;

/** The exports that this process writes, by person. */
export class RunningExports {
  readonly #byPerson = new Map<string | null, number>();

  /** Throws TOO_MANY where no other may begin now. */
  assertRoom(personId: string | null): void {
    const all = [...this.#byPerson.values()].reduce((sum, count) => sum + count, 0);
    const mine = this.#byPerson.get(personId) ?? 0;
    if (mine >= MOST_OF_PERSON) throw tooMany(MOST_OF_PERSON);
    if (all >= MOST_RUNNING) throw tooMany(MOST_RUNNING);
  }

  /** Notes one that begins; answers what to call once it has ended. Throws TOO_MANY. */
  begin(personId: string | null): () => void {
    this.assertRoom(personId);
    this.#byPerson.set(personId, (this.#byPerson.get(personId) ?? 0) + 1);
    return () => {
      const left = (this.#byPerson.get(personId) ?? 0) - 1;
      if (left > 0) this.#byPerson.set(personId, left);
      else this.#byPerson.delete(personId);
    };
  }
}

function tooMany(max: number): FiberkeepError {
  return new FiberkeepError('TOO_MANY', { reason: 'tooManyExports', params: { max } });
}
