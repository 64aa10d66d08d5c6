import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  bindMigrationAwareSqlAdapterFactory,
  DriverAdapterError,
} from '@prisma/driver-adapter-utils';
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';

/**
 * Prisma's schema engine as WebAssembly, in this process, over `pg`. It applies the same migrations with the
 * same `_prisma_migrations` table as `prisma migrate deploy`, without a binary to download.
 */
interface SchemaEngine {
  applyMigrations(input: object): Promise<{ appliedMigrationNames: string[] }>;
  diff(input: object): Promise<{ stdout?: string }>;
  free(): void;
}

const filters = { externalTables: [], externalEnums: [] };
let wasm: Promise<void> | undefined;

async function loadWasm(): Promise<void> {
  const require = createRequire(import.meta.url);
  const folder = path.dirname(require.resolve('@prisma/schema-engine-wasm/schema_engine_bg'));
  const bytes = await readFile(path.join(folder, 'schema_engine_bg.wasm'));
  Object.assign(globalThis, {
    PRISMA_WASM_PANIC_REGISTRY: {
      set_message: (message: string) => process.stderr.write(`schema engine: ${message}\n`),
    },
  });
  const { instance } = await WebAssembly.instantiate(bytes, {
    './schema_engine_bg.js': glue as unknown as WebAssembly.ModuleImports,
  });
  const exports = instance.exports as WebAssembly.Exports & { __wbindgen_start(): void };
  glue.__wbg_set_wasm(exports);
  exports.__wbindgen_start();
}

async function withEngine<T>(
  databaseUrl: string,
  schema: string,
  datamodel: string,
  use: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  wasm ??= loadWasm();
  await wasm;
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    options: `-c search_path=${pg.escapeIdentifier(schema)}`,
  });
  const codes = listenToErrors(pool);
  try {
    const factory = bindMigrationAwareSqlAdapterFactory(new WholeScripts(pool, { schema }));
    const Engine = glue.SchemaEngine as unknown as {
      new: (options: object, log: () => void, adapter: unknown) => Promise<SchemaEngine>;
    };
    const engine = await Engine.new(
      { datamodels: [['schema.prisma', datamodel]] },
      () => {},
      factory,
    );
    try {
      return await use(engine);
    } finally {
      engine.free();
    }
  } catch (error) {
    throw withCode(error, codes.at(-1));
  } finally {
    await pool.end();
  }
}

/** Sends a migration as it is. Prisma's own adapter cuts it at each semicolon, also within a function's body. */
class WholeScripts extends PrismaPg {
  override async connect() {
    const adapter = await super.connect();
    adapter.executeScript = async (script) => {
      await adapter.underlyingDriver().query(script).catch(raise);
    };
    return adapter;
  }
}

function raise(error: pg.DatabaseError): never {
  const { code = 'N/A', severity = 'N/A', message, detail, column, hint } = error;
  throw new DriverAdapterError({ kind: 'postgres', code, severity, message, detail, column, hint });
}

/** Passes SQLSTATEs on. A lost connection fails the current statement. */
function listenToErrors(pool: pg.Pool): string[] {
  const codes: string[] = [];
  pool.on('error', () => {});
  pool.on('connect', (client) => {
    client.on('error', () => {});
    client.connection.on('errorMessage', ({ code }: { code?: string }) => codes.push(code ?? ''));
  });
  return codes;
}

/** Keeps the server's own error: the engine reports only a text, and a full disk must be recognized. */
function withCode(error: unknown, code: string | undefined): unknown {
  return error instanceof Error && code ? Object.assign(error, { code }) : error;
}

/** Names of the migration folders under `folder`, oldest first. */
export async function migrationNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** Text of one migration's SQL. */
export function migrationSql(folder: string, name: string): Promise<string> {
  return readFile(path.join(folder, name, 'migration.sql'), 'utf8');
}

/** Applies the named migrations that `schema` lacks, in order; returns their names. */
export async function applyMigrations(
  databaseUrl: string,
  schema: string,
  root: string,
  names: readonly string[],
): Promise<string[]> {
  const folder = path.join(root, 'migrations');
  const datamodel = await readFile(path.join(root, 'schema.prisma'), 'utf8');
  const migrationDirectories = await Promise.all(
    names.map(async (name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok', value: await migrationSql(folder, name) },
      },
    })),
  );
  return withEngine(databaseUrl, schema, datamodel, async (engine) => {
    const result = await engine.applyMigrations({
      migrationsList: {
        baseDir: folder,
        lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
        shadowDbInitScript: '',
        migrationDirectories,
      },
      filters,
    });
    return result.appliedMigrationNames;
  });
}

/** SQL that migrates from one Prisma schema's text (`null`: empty) to another's. */
export function diffSchemas(databaseUrl: string, from: string | null, to: string): Promise<string> {
  const file = (content: string) => ({
    tag: 'schemaDatamodel',
    files: [{ path: 'schema.prisma', content }],
  });
  return withEngine(databaseUrl, 'public', to, async (engine) => {
    const result = await engine.diff({
      from: from === null ? { tag: 'empty' } : file(from),
      to: file(to),
      script: true,
      shadowDatabaseUrl: null,
      exitCode: null,
      filters,
    });
    return result.stdout ?? '';
  });
}
