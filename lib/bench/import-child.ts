/** Imports for the bench `import`, in a process of its own, so that its memory can be measured. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '#config';
import { requestApply, requestUndoImport } from '#services/imports/apply-import.ts';
import { receiveImportFile } from '#services/imports/import-files.ts';
import { requestImport } from '#services/imports/request-import.ts';
import { permit, systemActor } from '#services/permit.ts';
import { openServer, type Server } from '#services/server.ts';
import { startWorker } from '#testing/worker.ts';
import { serveStep } from './in-child.ts';

export interface ImportToDo {
  readonly kind: 'import';
  readonly databaseUrl: string;
  readonly dataDir: string;
  readonly rows: number;
}

/** Milliseconds. */
export interface ImportDone {
  readonly receivedMs: number;
  readonly readMs: number;
  readonly writtenMs: number;
  readonly undoneMs: number;
}

serveStep(async ({ databaseUrl, dataDir, rows }: ImportToDo): Promise<ImportDone> => {
  const env = { DATABASE_URL: databaseUrl, DATA_DIR: dataDir, LOG_LEVEL: 'silent' };
  const server = await openServer(
    readConfig({ ...env, SERVER_KEY: randomBytes(32).toString('hex') }),
  );
  const worker = startWorker(server);
  try {
    const may = await permit(server, systemActor, 'network.import');
    const name = 'postes.csv';
    const [file, receivedMs] = await timed(() =>
      receiveImportFile(server, may, { name, bytes: tableOf(rows) }),
    );
    const { id } = file;
    const [, readMs] = await timed(() => ended(server, requestImport(server, may, { fileId: id })));
    const [, writtenMs] = await timed(() => ended(server, requestApply(server, may, id)));
    const { changeSetId } = await server.vault.import.findUniqueOrThrow({ where: { id } });
    const [, undoneMs] = await timed(() =>
      ended(server, requestUndoImport(server, may, changeSetId ?? '')),
    );
    return { receivedMs, readMs, writtenMs, undoneMs };
  } finally {
    await worker.stop();
    await server.close();
  }
});

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const begun = performance.now();
  const result = await work();
  return [result, performance.now() - begun];
}

/** Waits for the job, and throws where it fails. */
async function ended(
  { vault }: Server,
  requested: Promise<{ readonly job: { readonly id: string } }>,
): Promise<void> {
  const { id } = (await requested).job;
  for (;;) {
    const job = await vault.job.findUniqueOrThrow({ where: { id } });
    if (job.status === 'SUCCEEDED') return;
    if (job.endedAt) throw new Error(`${job.kind} ${job.status}: ${JSON.stringify(job.error)}`);
    await sleep(100);
  }
}

async function* tableOf(rows: number): AsyncIterable<Uint8Array> {
  let text = 'Tipo;Nome;Latitude;Longitude;Projeto;Endereço;Id externo\r\n';
  for (let n = 0; n < rows; n++) {
    text += `Poste;I-${n};-10,${100_000 + n};-50,${200_000 + n};Importado ${n % 50};Rua ${n % 999};EXT-${n}\r\n`;
    if (text.length < 64 * 1024) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text);
}
