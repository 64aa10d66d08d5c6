import { randomBytes } from 'node:crypto';
import { asFiberkeepError, type Failure, FiberkeepError, failureOf } from '#errors';
import type { Place } from '../store/place.ts';
import type { StorageClass } from '../store/storage-class.ts';
import { testLock } from './test-lock.ts';

/** What a place must be able to do, in the order of the test, and what it had better be able to. */
export const placeSteps = [
  'WRITE',
  'READ',
  'RANGE',
  'LIST',
  'REPLACE',
  'CREATE_ONCE',
  'DELETE',
  'CLOCK',
  'SPACE',
] as const;
/**
 * OTHER_DISK: whether a folder lies on another disk than what it protects, which its server adds. LOCK: only where
 * objects are to be locked. STORAGE_CLASS: only where contents are to be put in one.
 */
export type PlaceStep = TestedStep | 'OTHER_DISK';
type TestedStep = (typeof placeSteps)[number] | 'LOCK' | 'STORAGE_CLASS';

/** What else than usual is to be done there. */
export interface PlaceWishes {
  readonly withLock: boolean;
  /** Null: as the bucket has it. */
  readonly storageClass: StorageClass | null;
}

const noWishes: PlaceWishes = { withLock: false, storageClass: null };

/** WARNING: the place cannot do it, and is good enough without. SKIPPED: a step before it failed. */
export type StepOutcome = 'OK' | 'WARNING' | 'FAILED' | 'SKIPPED';

export interface StepResult {
  readonly step: PlaceStep;
  readonly outcome: StepOutcome;
  readonly failure: Failure | null;
}

export interface PlaceReport {
  readonly steps: readonly StepResult[];
  /** Null where the place does not tell. */
  readonly freeBytes: bigint | null;
}

/** Objects of different sizes: one is empty, one does not fit into one packet. More than two pages of a listing. */
const SIZES = [0, 1, 1_000, 20_000, 300_000];
const NAMES_A_PAGE = 2;
const MOST_CLOCK_SECONDS = 300;

/**
 * Finds out by behavior what a place can do: everything is tried with objects under `test/`, which are removed.
 * Never throws for what the place does; the report says it, with the failure of each step.
 */
export async function testPlace(
  place: Place,
  signal: AbortSignal,
  wishes: Partial<PlaceWishes> = {},
): Promise<PlaceReport> {
  const all = { ...noWishes, ...wishes };
  const test = new PlaceTest(place, signal, all);
  const steps: StepResult[] = [];
  let failed = false;
  for (const step of stepsOf(all)) {
    signal.throwIfAborted();
    const result: StepResult = failed ? skipped(step) : await resultOf(step, () => test.run(step));
    failed ||= result.outcome === 'FAILED';
    steps.push(result);
  }
  await test.tidy();
  return { steps, freeBytes: test.freeBytes };
}

/** The steps of a test, in their order. */
export function stepsOf({ withLock, storageClass }: PlaceWishes): readonly TestedStep[] {
  const more: TestedStep[] = [];
  if (withLock) more.push('LOCK');
  if (storageClass) more.push('STORAGE_CLASS');
  return [...placeSteps, ...more];
}

/** Whether backups may be sent there. */
export function isUsable({ steps }: Pick<PlaceReport, 'steps'>): boolean {
  return steps.every(({ outcome }) => outcome === 'OK' || outcome === 'WARNING');
}

/** Two servers could write to it without noticing each other. */
export function lacksFencing({ steps }: Pick<PlaceReport, 'steps'>): boolean {
  return steps.some(({ step, outcome }) => step === 'CREATE_ONCE' && outcome === 'WARNING');
}

async function resultOf(step: PlaceStep, run: () => Promise<void>): Promise<StepResult> {
  try {
    await run();
    return { step, outcome: 'OK', failure: null };
  } catch (thrown) {
    const outcome = thrown instanceof Shortcoming ? 'WARNING' : 'FAILED';
    return { step, outcome, failure: failureOf(asFiberkeepError(thrown)) };
  }
}

function skipped(step: PlaceStep): StepResult {
  return { step, outcome: 'SKIPPED', failure: null };
}

/** What a place cannot do, though it is good enough. */
class Shortcoming extends FiberkeepError {}

class PlaceTest {
  readonly #place: Place;
  readonly #signal: AbortSignal;
  readonly #wishes: PlaceWishes;
  readonly #prefix = `test/${randomBytes(6).toString('hex')}-`;
  readonly #objects = SIZES.map((size, n) => ({
    name: `${this.#prefix}${n}`,
    bytes: randomBytes(size),
  }));
  freeBytes: bigint | null = null;

  constructor(place: Place, signal: AbortSignal, wishes: PlaceWishes) {
    this.#place = place;
    this.#signal = signal;
    this.#wishes = wishes;
  }

  run(step: TestedStep): Promise<void> {
    switch (step) {
      case 'WRITE':
        return this.#write();
      case 'READ':
        return this.#read();
      case 'RANGE':
        return this.#range();
      case 'LIST':
        return this.#list();
      case 'REPLACE':
        return this.#replace();
      case 'CREATE_ONCE':
        return this.#createOnce();
      case 'DELETE':
        return this.#delete();
      case 'CLOCK':
        return this.#clock();
      case 'SPACE':
        return this.#space();
      case 'LOCK':
        return testLock(this.#place, this.#locked, this.#signal);
      case 'STORAGE_CLASS':
        return this.#storageClass();
    }
  }

  /** What a failed test left behind; a failure to remove it changes nothing of the verdict. */
  async tidy(): Promise<void> {
    const { lock, store } = this.#place;
    const { withLock, storageClass } = this.#wishes;
    const names = [...this.#objects.map(({ name }) => name), this.#once];
    if (storageClass) names.push(this.#cold);
    if (withLock) names.push(this.#locked);
    const remove = async (name: string) => {
      if (withLock && lock) await lock.remove(name);
      else await store.delete(name);
    };
    await Promise.allSettled(names.map(remove));
  }

  /** Whether the bucket knows the class. What is frozen cannot be read back. */
  async #storageClass(): Promise<void> {
    const { storageClass } = this.#wishes;
    if (storageClass) await this.#place.classes?.put(this.#cold, Buffer.from('cold'), storageClass);
  }

  get #cold(): string {
    return `${this.#prefix}cold`;
  }

  get #locked(): string {
    return `${this.#prefix}locked`;
  }

  get #once(): string {
    return `${this.#prefix}once`;
  }

  async #write(): Promise<void> {
    for (const { name, bytes } of this.#objects) await this.#place.store.put(name, bytes);
    await this.#place.store.sync();
  }

  async #read(): Promise<void> {
    for (const { name, bytes } of this.#objects) await this.#compare(name, bytes);
  }

  /** Nothing here reads parts yet, but tools that repair do, and a place that gets it wrong is not sound. */
  async #range(): Promise<void> {
    const [start, length] = [101, 65_536];
    const largest = this.#objects.at(-1);
    if (!largest) return;
    const part = await this.#place.part(largest.name, start, length);
    if (part.equals(largest.bytes.subarray(start, start + length))) return;
    throw new Shortcoming('DESTINATION_UNUSABLE', {
      reason: 'placeCannotRange',
      params: { place: this.#place.url },
    });
  }

  async #list(): Promise<void> {
    const found = new Map<string, number>();
    for await (const { name, bytes } of this.#place.listBy(this.#prefix, NAMES_A_PAGE))
      found.set(name, bytes);
    const lacking = this.#objects.filter(({ name, bytes }) => found.get(name) !== bytes.length);
    if (lacking.length === 0) return;
    throw new FiberkeepError('DESTINATION_UNUSABLE', {
      reason: 'placeListsLess',
      params: { place: this.#place.url, found: found.size, put: this.#objects.length },
    });
  }

  async #replace(): Promise<void> {
    const [first] = this.#objects;
    if (!first) return;
    const other = Buffer.from('another');
    await this.#place.store.put(first.name, other);
    await this.#compare(first.name, other);
  }

  async #createOnce(): Promise<void> {
    const { store } = this.#place;
    const made = [];
    for (const text of ['first', 'second'])
      made.push(await store.putNew(this.#once, Buffer.from(text)).catch(asShortcoming));
    const isOnce = made[0] === true && made[1] === false;
    if (isOnce && (await store.get(this.#once)).toString() === 'first') return;
    throw new Shortcoming('DESTINATION_UNUSABLE', {
      reason: 'placeCannotFence',
      params: { place: this.#place.url },
    });
  }

  async #delete(): Promise<void> {
    const { store } = this.#place;
    for (const { name } of this.#objects) await store.delete(name);
    await store.delete(this.#once);
    for (const { name } of this.#objects) if (await store.has(name)) throw this.#differs(name);
  }

  async #clock(): Promise<void> {
    const theirs = await this.#place.clock();
    if (!theirs) return;
    const seconds = Math.round((theirs.getTime() - Date.now()) / 1000);
    if (Math.abs(seconds) <= MOST_CLOCK_SECONDS) return;
    throw new Shortcoming('DESTINATION_UNUSABLE', {
      reason: 'placeClockDiffers',
      params: { place: this.#place.url, seconds },
    });
  }

  async #space(): Promise<void> {
    this.freeBytes = await this.#place.store.freeBytes();
    if (this.freeBytes !== 0n) return;
    throw new FiberkeepError('DESTINATION_UNUSABLE', {
      reason: 'placeFull',
      params: { place: this.#place.url },
    });
  }

  async #compare(name: string, bytes: Buffer): Promise<void> {
    if (!(await this.#place.store.get(name)).equals(bytes)) throw this.#differs(name);
  }

  #differs(object: string): FiberkeepError {
    return new FiberkeepError('DESTINATION_UNUSABLE', {
      reason: 'placeObjectAltered',
      params: { place: this.#place.url, object },
    });
  }
}

/** A place that cannot create an object once answers that it did not. */
function asShortcoming(thrown: unknown): null {
  if (thrown instanceof FiberkeepError && thrown.reason === 'placeCannot') return null;
  throw thrown;
}
