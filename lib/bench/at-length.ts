import { runTool } from '#testing/tool.ts';

/** Runs a test file at the length that `env` sets; returns false if it failed. */
export async function passesAtLength(
  file: string,
  databaseUrl: string,
  env: Record<string, string>,
): Promise<boolean> {
  const vitest = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--config',
    'lib/testing/vitest.config.ts',
  ];
  return (await runTool([...vitest, file], { ...env, TEST_DATABASE_URL: databaseUrl })) === 0;
}
