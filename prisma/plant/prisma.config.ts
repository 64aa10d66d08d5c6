import { defineConfig } from 'prisma/config';

// `prisma generate` needs no engine; naming any executable keeps it from looking for one to download.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({
  schema: 'schema.prisma',
  migrations: { path: 'migrations' },
});
