'use client';

import { BackupFrame } from '../backup-frame.tsx';
import { NightsPanel } from './nights-panel.tsx';
import { SpacePanel } from './space-panel.tsx';

/** The past of the automatic backups: what came of each night, and the space that all of them take. */
export function NightsPage() {
  return (
    <BackupFrame>
      <div className="grid grid-cols-1 gap-6">
        <NightsPanel />
        <SpacePanel />
      </div>
    </BackupFrame>
  );
}
