import type { Client } from 'pg';
import type { Connect, Manifest, Report, StructureVersion } from '../ports.ts';
import type { StageRequest } from '../restore/stage.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from '../store/port.ts';
import type { TableCounts } from './equal-rows.ts';
import type { ScratchTable } from './scratch.ts';

export interface CompareRequest {
  readonly connect: Connect;
  /** A new name: `compare_<hex>`. */
  readonly schema: string;
  /** The live schema, whose types the rows get. */
  readonly plant: string;
  readonly before: Manifest;
  readonly after: Manifest;
  readonly store: ObjectStore;
  readonly keys: ServerKeys;
  /** This server's. */
  readonly structure: StructureVersion;
  /** As of a stage. Without it a backup of an older structure is refused. */
  readonly migrate?: StageRequest['migrate'];
  /** Writes more into the schema once the rows are there, on a connection that has it as its search path. */
  describe(client: Client, tables: readonly ComparedTable[]): Promise<void>;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** A table that differs. */
export interface ComparedTable extends ScratchTable {
  readonly counts: TableCounts;
}
