import { FiberkeepError } from '#errors';
import type { TableShape } from '../ports.ts';
import { listTables } from '../postgres/introspect.ts';
import { dropWithin } from '../postgres/side-schema.ts';
import { type StageRequest, stageBackup } from '../restore/stage.ts';
import { commonMigrations, findNotRestorable, sameStructure } from '../restore/structure.ts';
import type { CompareRequest } from './compare-request.ts';
import { type Side, sides } from './scratch.ts';

const DROP_TIMEOUT_MS = 10_000;
/** Hexadecimal, as all of a side schema's name is after its prefix. */
const SUFFIXES = { before: 'b0', after: 'a0' } as const;

/** A side whose backup has an older structure: all of it at today's, in a schema of its own. */
export interface StagedSide {
  readonly schema: string;
  readonly tables: readonly TableShape[];
  /** Tables of the backup that a stage leaves out, because no migration makes them. */
  readonly leftOut: ReadonlySet<string>;
}

export type StagedSides = Readonly<Partial<Record<Side, StagedSide>>>;

/** The schema in which a compare stages one of its sides. */
export function stagedSchema(scratch: string, side: Side): string {
  return `${scratch}${SUFFIXES[side]}`;
}

/** The scratch schema of the compare that a staged side belongs to; of another name, the name itself. */
export function scratchOwner(schema: string): string {
  return schema.replace(/^(compare_[0-9a-f]{16})[ab]0$/, '$1');
}

/**
 * Stages the sides that have an older structure. Throws STRUCTURE_NEWER and STRUCTURE_DIFFERENT before anything is
 * built, and what `stageBackup` throws.
 */
export async function stageOlderSides(request: CompareRequest): Promise<StagedSides> {
  const older = sides.filter((side) => isOlder(request, side));
  const staged: Partial<Record<Side, StagedSide>> = {};
  try {
    for (const side of older) staged[side] = await stageSide(request, side);
    return staged;
  } catch (cause) {
    await dropStagedSides(request, older);
    throw cause;
  }
}

function isOlder(request: CompareRequest, side: Side): boolean {
  const { structure } = request[side];
  commonMigrations(structure, request.structure);
  if (sameStructure(structure, request.structure)) return false;
  if (!request.migrate) throw new FiberkeepError('STRUCTURE_DIFFERENT');
  return true;
}

async function stageSide(request: CompareRequest, side: Side): Promise<StagedSide> {
  const { connect, store, keys, structure, report, signal } = request;
  const schema = stagedSchema(request.schema, side);
  const migrate = request.migrate as StageRequest['migrate'];
  const manifest = request[side];
  await stageBackup({ connect, store, keys, structure, report, signal, schema, manifest, migrate });
  const client = await connect();
  try {
    const tables = await listTables(client, schema);
    const odd = findNotRestorable(manifest.tables, tables);
    const leftOut = odd.flatMap(({ table, columns, reason }) =>
      reason === 'MADE_BY_HAND' && columns === null ? [table] : [],
    );
    return { schema, tables, leftOut: new Set(leftOut) };
  } finally {
    await client.end();
  }
}

/** Housekeeping drops what cannot be dropped now: they go with the compare that they are named after. */
export async function dropStagedSides(
  { connect, schema }: CompareRequest,
  staged: readonly Side[],
): Promise<void> {
  for (const side of staged)
    await dropWithin(connect, stagedSchema(schema, side), DROP_TIMEOUT_MS).catch(() => {});
}
