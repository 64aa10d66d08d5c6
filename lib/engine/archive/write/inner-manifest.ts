import type { Manifest } from '#engine/ports.ts';
import { type ArchiveManifest, tableEntry } from '../container/archive-manifest.ts';
import type { FileSection } from './file-section.ts';

/** The `manifest.json` of a backup's archive. */
export function archiveManifestOf(manifest: Manifest, section: FileSection): ArchiveManifest {
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
    tables: tables.map(({ name, columns, rows, bytes, sha256 }) => ({
      name,
      entry: tableEntry(name),
      columns: [...columns],
      rows,
      bytes,
      sha256,
    })),
    files: { count, bytes, digest, list: section.list, held: section.held },
  };
}
