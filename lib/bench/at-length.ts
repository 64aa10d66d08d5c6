import { runTool } from '#testing/tool.ts';

/** Runs a test of the checkout that `env` makes longer than a test run bears; false where it failed. */
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
