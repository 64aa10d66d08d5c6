import { readJson } from '#launcher/files.ts';

/** How many tests passed and failed. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
}

interface PlaywrightReport {
  readonly stats: {
    readonly expected: number;
    readonly unexpected: number;
    readonly flaky: number;
    readonly skipped: number;
  };
}

/** What vitest's JSON report at `file` counts; a run that failed in another way counts as one failure. */
export async function vitestCounts(file: string, exitCode: number): Promise<Counts> {
  const report = (await readJson(file)) as VitestReport | null;
  return atLeastOne(
    {
      passed: report?.numPassedTests ?? 0,
      failed: (report?.numFailedTests ?? 0) + (report?.numPendingTests ?? 0),
    },
    exitCode,
  );
}

/** The same of Playwright's. Tests are not skipped here; one that passed when tried again has passed. */
export async function playwrightCounts(file: string, exitCode: number): Promise<Counts> {
  const stats = ((await readJson(file)) as PlaywrightReport | null)?.stats;
  return atLeastOne(
    {
      passed: (stats?.expected ?? 0) + (stats?.flaky ?? 0),
      failed: (stats?.unexpected ?? 0) + (stats?.skipped ?? 0),
    },
    exitCode,
  );
}

function atLeastOne(counts: Counts, exitCode: number): Counts {
  return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}
