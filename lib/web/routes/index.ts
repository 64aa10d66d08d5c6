import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from '#services/server.ts';
import { handleArchive } from './archive.ts';
import { handleAutomatic } from './automatic.ts';
import { handleExports } from './exports.ts';
import { handleFileDownload } from './files.ts';
import { handleImportFile } from './imports.ts';
import { handleMetrics } from './metrics.ts';
import { handleOfflineWorker } from './offline-worker.ts';
import { handlePostFileUpload } from './post-files.ts';
import { handleTiles } from './tiles.ts';
import { handleUploads } from './uploads.ts';

/** Answers the request and true, or leaves it alone and answers false. */
export type ByteRoute = (
  request: IncomingMessage,
  response: ServerResponse,
  server: Server,
) => Promise<boolean>;

/** Whether the body may be large, and so take long. */
export function isUpload({ url = '' }: IncomingMessage): boolean {
  return /^\/api\/(?:uploads|imports|posts\/[^/?]+\/files)(?:[/?]|$)/.test(url);
}

/** Tried in this order, before Next, which drops Content-Length and buffers. */
export const byteRoutes: readonly ByteRoute[] = [
  handlePostFileUpload,
  handleImportFile,
  handleFileDownload,
  handleArchive,
  handleAutomatic,
  handleUploads,
  handleTiles,
  handleExports,
  handleMetrics,
  handleOfflineWorker,
];
