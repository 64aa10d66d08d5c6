/** Exports for the bench `export`, in a process of its own, so that its memory can be measured. */
import { randomBytes } from 'node:crypto';
import { readConfig } from '#config';
import type { ExportFormat } from '#plant/exchange/write/formats.ts';
import { readFilter } from '#services/exports/export-order.ts';
import { permitExport } from '#services/exports/permit-export.ts';
import { writeExport } from '#services/exports/write-export.ts';
import { systemActor } from '#services/permit.ts';
import { openServer } from '#services/server.ts';
import { serveStep } from './in-child.ts';

export interface ExportToDo {
  readonly kind: 'export';
  readonly databaseUrl: string;
  readonly dataDir: string;
  readonly format: ExportFormat;
}

export interface ExportDone {
  readonly elements: number;
  readonly bytes: number;
}

serveStep(async ({ databaseUrl, dataDir, format }: ExportToDo): Promise<ExportDone> => {
  const env = { DATABASE_URL: databaseUrl, DATA_DIR: dataDir, LOG_LEVEL: 'silent' };
  const server = await openServer(
    readConfig({ ...env, SERVER_KEY: randomBytes(32).toString('hex') }),
  );
  try {
    const may = await permitExport(server, systemActor);
    const order = { format, filter: readFilter({}), locale: 'pt-BR' } as const;
    const { signal } = new AbortController();
    let bytes = 0;
    const elements = await writeExport(server, may, order, signal, async (pieces) => {
      for await (const piece of pieces) bytes += piece.length;
    });
    return { elements, bytes };
  } finally {
    await server.close();
  }
});
