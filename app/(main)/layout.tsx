import { redirect } from 'next/navigation';
import type { ReactNode } from 'react';
import { Shell } from '../components/shell/shell.tsx';
import { GraphqlProvider } from '../data/graphql-provider.tsx';
import { JobsProvider } from '../data/jobs.tsx';
import { SystemEventsProvider } from '../data/system-events.tsx';
import { MeProvider } from '../session/me-context.tsx';
import { readMe } from '../session/read-me.ts';

/** The pages of who is signed in. */
export default async function MainLayout({ children }: { children: ReactNode }) {
  const me = await readMe();
  if (!me) redirect('/sign-in');
  return (
    <MeProvider me={me}>
      <GraphqlProvider plantEpoch={me.plantEpoch}>
        <SystemEventsProvider>
          <JobsProvider>
            <Shell>{children}</Shell>
          </JobsProvider>
        </SystemEventsProvider>
      </GraphqlProvider>
    </MeProvider>
  );
}
