import { newPlace, type PlaceValues } from '#app/(main)/settings/destinations/new-place.ts';
import { addressInput } from '#app/(main)/settings/destinations/place-values.ts';
import type {
  CheckRecoveryMutation,
  DestinationKind,
  RecoveryInput,
} from '#generated/graphql/client/graphql.ts';

/** What a kit opens in a source. */
export type Offer = CheckRecoveryMutation['checkRecovery']['offer'];

export type SourceKind = DestinationKind | 'ARCHIVE';

/** Kit and place as typed; only the fields of the kind count. */
export interface SourceValues {
  readonly kit: string;
  readonly kind: SourceKind;
  readonly place: PlaceValues;
  readonly archiveOn: 'here' | 'there';
  /** An archive on this computer. */
  readonly file: File | null;
  /** The path of an archive on the server. */
  readonly path: string;
}

export const newSource: SourceValues = {
  kit: '',
  kind: 'FOLDER',
  place: newPlace,
  archiveOn: 'here',
  file: null,
  path: '',
};

/** The header of an archive is within its first bytes: the server needs no more to try the kit on it. */
const HEAD_BYTES = 64 * 1024;

export async function sourceInput(values: SourceValues): Promise<RecoveryInput> {
  const { kit, kind, place, archiveOn, file, path } = values;
  if (kind !== 'ARCHIVE') return { kit, place: addressInput({ ...place, kind }) };
  if (archiveOn === 'there') return { kit, file: path.trim() };
  return { kit, upload: file && (await uploadInput(file)) };
}

async function uploadInput(file: File) {
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  return { fileName: file.name, size: String(file.size), head: base64(head) };
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
