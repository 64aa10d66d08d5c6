import { type Command, Option } from 'commander';
import { requestSample } from '#services/network/load-sample.ts';
import { addCommand, type Context } from './command.ts';
import { jobView } from './views.ts';
import { waitForJob } from './wait-for-job.ts';

type Size = 'small' | 'city' | 'region';

export function addSample(program: Command): void {
  const size = new Option('--size <size>', 'about 2 thousand, 100 thousand or 3 million rows')
    .choices(['small', 'city', 'region'])
    .default('small');
  addCommand<{ size: Size }>(
    program,
    'sample',
    'fill an empty network with a believable one',
    (command) => command.addOption(size),
    loadSample,
  );
}

async function loadSample(
  { session, out }: Context,
  _args: string[],
  { size }: { size: Size },
): Promise<void> {
  const asked = await requestSample(session.server, await session.permit('network.import'), size);
  const job = await waitForJob(session, asked, out.json);
  out.answer({ job: jobView(job) }, [`The sample network “${size}” is there.`]);
}
