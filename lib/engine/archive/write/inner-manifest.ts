import type { Manifest } from '#engine/ports.ts';
import { type ArchiveManifest, tableEntry } from '../container/archive-manifest.ts';
import type { FileSection } from './file-section.ts';

/** The `manifest.json` of a backup's archive. `sums`: the SHA-256 (hex) of each table, in the manifest's order. */
export function archiveManifestOf(
  manifest: Manifest,
  section: FileSection,
  sums: readonly string[],
): ArchiveManifest {
  const { format, metadata, structure, tables, files } = manifest;
  const { count, bytes, digest } = files;
  return {
    format,
    metadata: {
      ...metadata,
      givenName: metadata.givenName && { ...metadata.givenName },
      author: { ...metadata.author },
    },
    structure: structure.map(({ name, checksum }) => ({ name, checksum })),
    tables: tables.map(({ name, columns, rows, bytes }, n) => ({
      name,
      entry: tableEntry(name),
      columns: [...columns],
      rows,
      bytes,
      sha256: sums[n] ?? '',
    })),
    files: { count, bytes, digest, list: section.list, held: section.held },
  };
}
