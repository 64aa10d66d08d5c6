import { createHash } from 'node:crypto';
import type { ChunkRef, ManifestFiles } from '../ports.ts';

/** Counts and digests a list of files, in order of their digests, as it goes by. */
export class FilesSummary {
  private readonly hash = createHash('sha256');
  private count = 0;
  private bytes = 0;

  add({ sha256, bytes }: { sha256: string; bytes: number }): void {
    this.hash.update(`${sha256} ${bytes}\n`);
    this.count++;
    this.bytes += bytes;
  }

  finish(list: readonly ChunkRef[]): ManifestFiles {
    return { count: this.count, bytes: this.bytes, digest: this.hash.digest('hex'), list };
  }
}
