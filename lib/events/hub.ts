import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import { EVENT_CHANNEL, eventKinds, type VaultEvent } from './channel.ts';
import { EventQueue } from './queue.ts';

const RECONNECT_MS = { first: 100, most: 3_000 };
/** A connection whose other end vanished stays silent, so it is probed this often. */
const PING_MS = 15_000;

const payload = z.object({ kind: z.enum(eventKinds), id: z.string().nullable() });

const hubs = new Map<string, EventHub>();

/**
 * Events of the database from now on, until the loop over them is left or `close` is called. The first is
 * REFETCH, once the process listens, so that a read after it misses nothing. Another follows each loss of
 * the connection, which is opened again while anybody reads. One connection serves the whole process.
 */
export function subscribe(databaseUrl: string): EventQueue {
  const hub = hubs.get(databaseUrl) ?? new EventHub(databaseUrl);
  hubs.set(databaseUrl, hub);
  return hub.add(() => {
    if (hub.remove()) hubs.delete(databaseUrl);
  });
}

class EventHub {
  readonly #databaseUrl: string;
  readonly #readers = new Set<EventQueue>();
  readonly #stop = new AbortController();
  #listening = false;

  constructor(databaseUrl: string) {
    this.#databaseUrl = databaseUrl;
    void this.#run();
  }

  add(onLeave: () => void): EventQueue {
    const reader: EventQueue = new EventQueue(() => {
      this.#readers.delete(reader);
      onLeave();
    });
    this.#readers.add(reader);
    if (this.#listening) reader.push({ kind: 'REFETCH', id: null });
    return reader;
  }

  /** Ends the connection when nobody reads any more. Answers whether it did. */
  remove(): boolean {
    if (this.#readers.size > 0) return false;
    this.#stop.abort();
    return true;
  }

  async #run(): Promise<void> {
    let wait = RECONNECT_MS.first;
    while (!this.#stop.signal.aborted) {
      if (await this.#listen()) wait = RECONNECT_MS.first;
      await sleep(wait, undefined, { signal: this.#stop.signal }).catch(() => {});
      wait = Math.min(wait * 2, RECONNECT_MS.most);
    }
  }

  /** Listens until the connection is lost or nobody reads. False where it could not be opened. */
  async #listen(): Promise<boolean> {
    const client = new pg.Client({
      connectionString: this.#databaseUrl,
      keepAlive: true,
      query_timeout: PING_MS,
    });
    client.on('notification', ({ payload }) => this.#tell(payload));
    try {
      const lost = lossOf(client, this.#stop.signal);
      await client.connect();
      await client.query(`LISTEN ${EVENT_CHANNEL}`);
      this.#listening = true;
      for (const reader of this.#readers) reader.push({ kind: 'REFETCH', id: null });
      await pingUntil(lost, client);
      return true;
    } catch {
      return false;
    } finally {
      this.#listening = false;
      client.end().catch(() => {});
    }
  }

  #tell(text: string | undefined): void {
    const event = parseEvent(text);
    if (event) for (const reader of this.#readers) reader.push(event);
  }
}

/** Settles when the connection breaks, ends, or is no longer needed. */
function lossOf(client: pg.Client, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    client.on('error', () => resolve());
    client.on('end', () => resolve());
    stop.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function pingUntil(lost: Promise<void>, client: pg.Client): Promise<void> {
  const ping = setInterval(() => client.query('SELECT 1').catch(() => client.end()), PING_MS);
  try {
    await lost;
  } finally {
    clearInterval(ping);
  }
}

/** Anybody with access to the database may notify on the channel; other payloads are ignored. */
function parseEvent(text: string | undefined): VaultEvent | null {
  try {
    return payload.parse(JSON.parse(text ?? ''));
  } catch {
    return null;
  }
}
