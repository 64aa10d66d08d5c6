import { expect } from 'vitest';
import type { Upload } from '#generated/vault/client.ts';
import { until } from './process-tree.ts';
import type { TransferLab } from './transfer.ts';

const WITHIN_MS = 120_000;

/** A client of tus 1.0 for the lab's server. `me`: headers of a person who is signed in. */
export function openTusClient(lab: TransferLab, me: Record<string, string>) {
  const tus = (method: string, url: string, headers: Record<string, string> = {}, body?: Buffer) =>
    fetch(`${lab.web.url}${url}`, {
      method,
      headers: { ...me, 'tus-resumable': '1.0.0', ...headers },
      ...(body && { body: new Uint8Array(body) }),
    });

  async function announce(size: number, name = 'backup.tar.gz.doz'): Promise<string> {
    const response = await tus('POST', '/api/uploads', {
      'upload-length': String(size),
      'upload-metadata': `filename ${Buffer.from(name).toString('base64')}`,
    });
    expect(response.status).toBe(201);
    return response.headers.get('location') ?? '';
  }

  const patch = (url: string, offset: number, body: Buffer, headers: Record<string, string> = {}) =>
    tus(
      'PATCH',
      url,
      {
        'content-type': 'application/offset+octet-stream',
        'upload-offset': String(offset),
        ...headers,
      },
      body,
    );

  const offsetOf = async (url: string) =>
    Number((await tus('HEAD', url)).headers.get('upload-offset'));

  function rowOf(url: string): Promise<Upload> {
    const id = url.slice(url.lastIndexOf('/') + 1);
    return lab.server.vault.upload.findUniqueOrThrow({ where: { id } });
  }

  /** Uploads the bytes and waits for the verdict. */
  async function send(bytes: Buffer, name?: string): Promise<Upload> {
    const url = await announce(bytes.length, name);
    expect((await patch(url, 0, bytes)).status).toBe(204);
    return judged(url);
  }

  async function judged(url: string): Promise<Upload> {
    const { jobId } = await rowOf(url);
    await lab.worker.ended(jobId ?? '');
    // The bytes go a moment after the job ends.
    await until(async () => (await rowOf(url)).removedAt !== null, WITHIN_MS);
    return rowOf(url);
  }

  return { tus, announce, patch, offsetOf, rowOf, send, judged };
}

export type TusClient = ReturnType<typeof openTusClient>;
