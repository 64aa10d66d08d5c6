import type { IncomingHttpHeaders } from 'node:http';
import { Metadata } from '@tus/server';
import { type FieldError, validationError } from '#errors';

const BYTES = 'application/offset+octet-stream';
/** @tus/server answers other spellings with plain text. Fifteen digits are an exact number. */
const COUNT = /^(?:0|[1-9]\d{0,14})$/;

/** tus 1.0, "PATCH": where the bytes go, and that they are bytes. Throws VALIDATION_FAILED. */
export function assertCarriesBytes(headers: IncomingHttpHeaders): void {
  const wrong: FieldError[] = [];
  if (!COUNT.test(String(headers['upload-offset'] ?? '')))
    wrong.push({ path: 'Upload-Offset', reason: 'uploadOffsetRequired' });
  if (headers['content-type'] !== BYTES)
    wrong.push({ path: 'Content-Type', reason: 'contentTypeMustBe', params: { type: BYTES } });
  if (wrong.length > 0) throw validationError(wrong);
}

/** tus 1.0, "Creation": the size, and metadata that can be read. Throws VALIDATION_FAILED. */
export function assertAnnounces(headers: IncomingHttpHeaders): void {
  const wrong: FieldError[] = [];
  if (!COUNT.test(String(headers['upload-length'] ?? '')))
    wrong.push({ path: 'Upload-Length', reason: 'uploadLengthRequired' });
  const metadata = headers['upload-metadata'];
  if (metadata !== undefined && !isMetadata(String(metadata)))
    wrong.push({ path: 'Upload-Metadata', reason: 'uploadMetadataMalformed' });
  if (wrong.length > 0) throw validationError(wrong);
}

/** The parser replaces what is no UTF-8, so the pairs must be those that encoding gives again. */
function isMetadata(header: string): boolean {
  try {
    const again = Metadata.stringify(Metadata.parse(header));
    return again === header.replaceAll(/ (?=,|$)/g, '');
  } catch {
    return false;
  }
}
