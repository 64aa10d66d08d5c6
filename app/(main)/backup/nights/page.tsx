import type { Metadata } from 'next';
import { serverTexts } from '#app/i18n/request-locale.ts';
import { Guard } from '#app/session/guard.tsx';
import { BackupFrame } from '../backup-frame.tsx';
import { NightsPanel } from './nights-panel.tsx';
import { SpacePanel } from './space-panel.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await serverTexts('nights'))('title') };
}

/** How each night's automatic backup went, and the space that all backups take. */
export default function Page() {
  return (
    <Guard action="backup.view">
      <BackupFrame>
        <div className="grid grid-cols-1 gap-6">
          <NightsPanel />
          <SpacePanel />
        </div>
      </BackupFrame>
    </Guard>
  );
}
