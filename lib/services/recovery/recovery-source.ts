import path from 'node:path';
import {
  type ArchiveHeader,
  openHeader,
  requireLength,
  unlockHeader,
} from '#engine/archive/read/open-header.ts';
import type { ArchiveSource } from '#engine/archive/read/source.ts';
import type { GivenName } from '#engine/ports.ts';
import type { ServerKeys } from '#engine/sealing/keys.ts';
import { FiberkeepError } from '#errors';
import { readDestination } from '../external/destination-input.ts';
import { assertElsewhere, openSettings } from '../external/open-destination.ts';
import type { PlaceInput, PlaceSecrets, PlaceSettings } from '../external/place-settings.ts';
import type { Server } from '../server.ts';
import { openLocalFile } from '../uploads/inspect-archive.ts';
import { chooseBackup, type FoundBackup, findInPlace } from './find-in-place.ts';

/** Where a recovery reads from. */
export type RecoverySource =
  | { readonly kind: 'PLACE'; readonly settings: PlaceSettings; readonly secrets: PlaceSecrets }
  | { readonly kind: 'FILE'; readonly file: string }
  | {
      readonly kind: 'UPLOAD';
      readonly fileName: string;
      readonly bytes: number;
      readonly head: Buffer;
    };

/** As people enter it: one of the three. */
export interface SourceInput {
  readonly place?: PlaceInput | null;
  /** The path of an archive on the server's machine. */
  readonly file?: string | null;
  readonly upload?: UploadedArchive | null;
}

/** An archive on the machine of the person, before it is sent. */
export interface UploadedArchive {
  readonly fileName: string;
  readonly size: bigint;
  /** The first 64 KiB of it, or all of a shorter one, in base64. */
  readonly head: string;
}

/** A backup that can come back. */
export interface OfferedBackup {
  readonly id: string;
  readonly name: string;
  readonly givenName: GivenName | null;
  /** Null: an archive, which says so only once it is read. */
  readonly createdAt: Date | null;
  readonly includesFiles: boolean | null;
}

/** What a kit opens in a source. */
export interface RecoveryOffer {
  /** For people: the URL of the place, the path of the file, its name. */
  readonly place: string;
  /** Newest first; at least one. */
  readonly backups: readonly OfferedBackup[];
  /** The newest that holds its files. */
  readonly chosen: OfferedBackup;
  /** Manifests that do not open. */
  readonly unreadable: number;
}

/** Throws VALIDATION_FAILED naming each wrong field, BAD_REQUEST where not one of the three is given. */
export function readSource({ place, file, upload }: SourceInput): RecoverySource {
  const given = [place, file, upload].filter((one) => one !== null && one !== undefined);
  if (given.length !== 1) throw new FiberkeepError('BAD_REQUEST', { reason: 'oneRecoverySource' });
  if (place) {
    const { settings, secrets } = readDestination({ ...place, name: 'recovery' }, null);
    return { kind: 'PLACE', settings, secrets };
  }
  if (upload) {
    const { fileName, size, head } = upload;
    return { kind: 'UPLOAD', fileName, bytes: Number(size), head: Buffer.from(head, 'base64') };
  }
  return { kind: 'FILE', file: path.resolve(file ?? '') };
}

/**
 * Tells what a kit opens in a source, `backup` chosen by name or id if given. Writes nothing anywhere. Throws
 * WRONG_KEY where the kit is another server's, NOT_FOUND where there is no backup or not this one,
 * DESTINATION_UNUSABLE, ADDRESS_REFUSED, and what is wrong with an archive.
 */
export async function offerFrom(
  server: Pick<Server, 'config'>,
  source: RecoverySource,
  keys: ServerKeys,
  backup: string | null,
  signal: AbortSignal,
): Promise<RecoveryOffer> {
  if (source.kind === 'PLACE') return offerOfPlace(server, source, keys, backup, signal);
  if (source.kind === 'UPLOAD') return offerOfArchive(source.fileName, headOf(source), keys);
  await using file = await openLocalFile(source.file);
  return await offerOfArchive(source.file, file, keys);
}

async function offerOfPlace(
  server: Pick<Server, 'config'>,
  { settings, secrets }: RecoverySource & { kind: 'PLACE' },
  keys: ServerKeys,
  backup: string | null,
  signal: AbortSignal,
): Promise<RecoveryOffer> {
  await assertElsewhere(server.config, settings);
  await using place = await openSettings(server, settings, secrets, signal);
  const found = await findInPlace(place, keys, signal);
  return {
    place: place.url,
    backups: found.backups.map(offered),
    chosen: offered(chooseBackup(found, backup)),
    unreadable: found.unreadable,
  };
}

function offered({ name, givenName, metadata }: FoundBackup): OfferedBackup {
  const { backupId: id, createdAt, includesFiles } = metadata;
  return { id, name, givenName, createdAt: new Date(createdAt), includesFiles };
}

/** The header, which the kit authenticates, names backup and size. All else is checked when it is read. */
async function offerOfArchive(
  place: string,
  source: ArchiveSource,
  keys: ServerKeys,
): Promise<RecoveryOffer> {
  const header: ArchiveHeader = await openHeader(source);
  if (header.serverId !== keys.serverId)
    throw new FiberkeepError('WRONG_KEY', { reason: 'kitOfOtherServer', params: { place } });
  requireLength(source, await unlockHeader(source, keys));
  const name = path.basename(place);
  const chosen = {
    id: header.backupId,
    name,
    givenName: null,
    createdAt: null,
    includesFiles: null,
  };
  return { place, backups: [chosen], chosen, unreadable: 0 };
}

function headOf({ bytes, head }: RecoverySource & { kind: 'UPLOAD' }): ArchiveSource {
  async function* read(start: number) {
    yield head.subarray(start);
  }
  return { bytes, read };
}
