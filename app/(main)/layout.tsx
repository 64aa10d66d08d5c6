import { headers } from 'next/headers';
import { redirect } from 'next/navigation';
import type { ReactNode } from 'react';
import { ChangeSetUndoProvider } from '../components/change-sets/undo-change-set.tsx';
import { Shell } from '../components/shell/shell.tsx';
import { GraphqlProvider } from '../data/graphql-provider.tsx';
import { JobsProvider } from '../data/jobs.tsx';
import { SystemEventsProvider } from '../data/system-events.tsx';
import { OfflinePerson } from '../offline/offline-person.tsx';
import { MeProvider } from '../session/me-context.tsx';
import { PasswordAgainProvider } from '../session/password-again.tsx';
import { readMe } from '../session/read-me.ts';
import { DownloadsProvider } from '../transfers/downloads.tsx';
import { UploadsProvider } from '../transfers/uploads.tsx';
import { RestoreDialog } from './backup/restore/restore-dialog.tsx';

/** The layout of pages for people who are signed in. */
export default async function MainLayout({ children }: { children: ReactNode }) {
  const me = await readMe();
  if (!me) redirect(await signInPath());
  return (
    <MeProvider me={me}>
      <OfflinePerson id={me.user.id} />
      <GraphqlProvider plantEpoch={me.plantEpoch}>
        <PasswordAgainProvider>
          <SystemEventsProvider>
            <JobsProvider>
              <DownloadsProvider>
                <UploadsProvider>
                  <ChangeSetUndoProvider>
                    <Shell dialogs={<RestoreDialog />}>{children}</Shell>
                  </ChangeSetUndoProvider>
                </UploadsProvider>
              </DownloadsProvider>
            </JobsProvider>
          </SystemEventsProvider>
        </PasswordAgainProvider>
      </GraphqlProvider>
    </MeProvider>
  );
}

/** The address of the sign-in page, which returns to the page asked for. */
async function signInPath(): Promise<string> {
  const path = (await headers()).get('x-fiberkeep-path');
  return path && path !== '/' ? `/sign-in?next=${encodeURIComponent(path)}` : '/sign-in';
}
