import { startEmbeddedPostgres } from '#launcher/postgres/embedded.ts';

/** The server that tests make their databases on. */
export interface TestServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** The server of TEST_DATABASE_URL, or an embedded one under `folder`. */
export async function startTestServer(folder: string): Promise<TestServer> {
  const given = process.env.TEST_DATABASE_URL;
  if (given) return { url: given, stop: async () => {} };
  return startEmbeddedPostgres(folder, {
    roleOptions: 'CREATEDB',
    // They protect against a crash of the machine, after which these databases do not matter.
    settings: { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' },
    say: (line) => process.stderr.write(`${line}\n`),
    signal: new AbortController().signal,
  });
}
