import type { Actor } from '../lib/services/permit.ts';
import type { Server } from '../lib/services/server.ts';

/** What every resolver is handed: the server, and who asks. */
export interface Context {
  readonly server: Server;
  /** Null: nobody is signed in. */
  readonly actor: Actor | null;
  /** Network address of the client. */
  readonly address: string;
  readonly userAgent: string;
  /** The plant epoch that the page read (header `x-plant-epoch`); null where the client sends none. */
  readonly plantEpoch: bigint | null;
  /** Adds a Set-Cookie header to the answer. */
  setCookie(cookie: string): void;
}
